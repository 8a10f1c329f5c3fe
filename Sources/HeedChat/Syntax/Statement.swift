/// A statement, and the line on which it begins.
struct Statement: Sendable {
  indirect enum Kind: Sendable {
    case text([Unicode.Scalar])
    case output(Expression)
    case branches([(condition: Expression?, body: [Statement])])
    case loop(LoopDefinition)
    case assign(Target, Expression)
    case assignBlock(Target, filters: [Suffix], body: [Statement])
    case with([(target: Target, value: Expression)], body: [Statement])
    case filtered([Suffix], body: [Statement])
    case macro(MacroDefinition)
    case call(MacroDefinition, call: Expression)
    /// A block that has its own variables and is otherwise nothing.
    case scope([Statement])
    case breakLoop
    case continueLoop
  }

  let kind: Kind
  let line: Int
}

struct LoopDefinition: Sendable {
  let target: Target
  let items: Expression
  let condition: Expression?
  let body: [Statement]
  let otherwise: [Statement]
}

struct MacroDefinition: Sendable {
  let name: String
  let parameters: [(name: String, initial: Expression?)]
  let body: [Statement]
  /// Whether the body speaks of these: then more arguments than there are parameters are taken.
  let takesPositionalRest: Bool
  let takesNamedRest: Bool
  let takesCaller: Bool
}

/// What is assigned to.
indirect enum Target: Sendable {
  case name(String)
  case attribute(namespace: String, name: String)
  case tuple([Target])
}
