/// A message of a conversation, as a template sees it: a mapping with a role, a content and perhaps more.
public struct ChatMessage: Sendable, Hashable {
  /// The fields in their order, such as `role`, `content`, `tool_calls`; of two with one name the later counts.
  public var fields: [TemplateValue.Field]

  /// A message of text.
  ///
  /// - Parameters:
  ///   - role: Who speaks: `system`, `user`, `assistant`, or what else the template knows.
  ///   - content: What is said.
  public init(role: String, content: String) {
    self.init(fields: [.init("role", .string(role)), .init("content", .string(content))])
  }

  /// A message with the given fields.
  public init(fields: [TemplateValue.Field]) {
    self.fields = fields
  }
}
