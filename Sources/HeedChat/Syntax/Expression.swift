/// An expression. Chains are flat, so that a long one makes no deep tree.
indirect enum Expression: Sendable {
  case literal(Literal)
  case name(String)
  case list([Expression])
  case tuple([Expression])
  case dictionary([(key: Expression, value: Expression)])
  /// A value and what follows it: attributes, calls, filters, tests.
  case chain(Expression, [Suffix])
  case negation(Expression)
  case plus(Expression)
  case not(Expression)
  /// From left to right.
  case arithmetic(Expression, [(operation: Arithmetic, operand: Expression)])
  case concatenation([Expression])
  case comparison(Expression, [(operation: Comparison, operand: Expression)])
  case and([Expression])
  case or([Expression])
  case conditional(condition: Expression, then: Expression, otherwise: Expression?)
}

enum Literal: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text([Unicode.Scalar])
}

enum Arithmetic: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "**"
}

enum Comparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case isIn = "in"
  case isNotIn = "not in"
}

/// What follows a value, and the line on which it stands.
struct Suffix: Sendable {
  enum Kind: Sendable {
    case attribute(String)
    case item(Expression)
    case slice(start: Expression?, stop: Expression?, step: Expression?)
    case call(CallArguments)
    case filter(String, CallArguments)
    case test(String, CallArguments, isNegated: Bool)
  }

  let kind: Kind
  let line: Int
}

/// The arguments of a call as they are written.
struct CallArguments: Sendable {
  var positional: [Expression] = []
  var named: [(name: String, value: Expression)] = []
  /// What follows `*`.
  var spread: Expression?
  /// What follows `**`.
  var namedSpread: Expression?
}
