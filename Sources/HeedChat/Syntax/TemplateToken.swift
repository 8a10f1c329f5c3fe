/// A piece of a template, and the line on which it begins.
struct TemplateToken: Sendable {
  enum Kind: Sendable, Equatable {
    /// Text between tags.
    case data([Unicode.Scalar])
    case variableBegin, variableEnd
    case blockBegin, blockEnd
    case name(String)
    case string([Unicode.Scalar])
    case integer(Int)
    case number(Double)
    case operation(String)
    case end
  }

  let kind: Kind
  let line: Int

  /// What the token is to a reader of a message.
  var text: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "`{{`"
    case .variableEnd: "`}}`"
    case .blockBegin: "`{%`"
    case .blockEnd: "`%}`"
    case .name(let name): "`\(name)`"
    case .string: "a string"
    case .integer, .number: "a number"
    case .operation(let text): "`\(text)`"
    case .end: "the end of the template"
    }
  }
}
