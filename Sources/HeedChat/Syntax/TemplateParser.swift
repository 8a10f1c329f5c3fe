/// Makes statements and expressions of tokens.
struct TemplateParser {
  /// Blocks inside blocks, and brackets inside brackets; real templates have fewer than ten.
  static let statementDepthLimit = 40
  static let expressionDepthLimit = 60

  private let tokens: [TemplateToken]
  private var index = 0
  private var statementDepth = 0
  var expressionDepth = 0
  var loopDepth = 0
  /// The names that were read since the innermost macro began.
  var namesRead: Set<String> = []

  /// The statements of a template.
  static func parse(_ tokens: [TemplateToken]) throws(ChatTemplateError) -> [Statement] {
    var parser = TemplateParser(tokens: tokens)
    let body = try parser.statements(until: [])
    guard parser.current.kind == .end else { throw parser.unexpected("the end of the template") }
    return body
  }

  private init(tokens: [TemplateToken]) { self.tokens = tokens }

  // MARK: Tokens

  var current: TemplateToken { tokens[min(index, tokens.count - 1)] }
  var next: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  @discardableResult
  mutating func take() -> TemplateToken {
    defer { index += 1 }
    return current
  }

  func isOperation(_ text: String) -> Bool { current.kind == .operation(text) }
  func isName(_ name: String) -> Bool { current.kind == .name(name) }

  mutating func skip(operation: String) -> Bool {
    guard isOperation(operation) else { return false }
    take()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard isName(name) else { return false }
    take()
    return true
  }

  mutating func expect(operation: String) throws(ChatTemplateError) {
    guard skip(operation: operation) else { throw unexpected("`\(operation)`") }
  }

  mutating func expectName(_ expected: String = "a name") throws(ChatTemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected(expected) }
    take()
    return name
  }

  mutating func expectBlockEnd() throws(ChatTemplateError) {
    guard current.kind == .blockEnd else { throw unexpected("`%}`") }
    take()
  }

  func unexpected(_ expected: String) -> ChatTemplateError {
    ChatTemplateError(.syntax, line: current.line, "found \(current.text), expected \(expected)")
  }

  // MARK: Blocks

  /// Statements up to one of the tags `ends`, whose name is then the current token.
  mutating func statements(until ends: [String]) throws(ChatTemplateError) -> [Statement] {
    statementDepth += 1
    defer { statementDepth -= 1 }
    guard statementDepth <= Self.statementDepthLimit else {
      throw ChatTemplateError(
        .limit, line: current.line, "more than \(Self.statementDepthLimit) blocks lie inside one another")
    }
    var body: [Statement] = []
    while true {
      let token = take()
      switch token.kind {
      case .data(let text): body.append(Statement(kind: .text(text), line: token.line))
      case .variableBegin:
        let expression = try tupleOrExpression(closing: [])
        guard current.kind == .variableEnd else { throw unexpected("`}}`") }
        take()
        body.append(Statement(kind: .output(expression), line: token.line))
      case .blockBegin:
        if case .name(let name) = current.kind, ends.contains(name) { return body }
        body += try statement()
        try expectBlockEnd()
      default:
        index -= 1
        guard ends.isEmpty else {
          throw unexpected(ends.map { "`{% \($0) %}`" }.joined(separator: " or "))
        }
        return body
      }
    }
  }

  /// The statements of a block whose tag ends here, up to one of the tags `ends`, whose name is taken.
  mutating func block(until ends: [String]) throws(ChatTemplateError) -> (body: [Statement], end: String) {
    _ = skip(operation: ":")
    try expectBlockEnd()
    let body = try statements(until: ends)
    return (body, try expectName())
  }
}
