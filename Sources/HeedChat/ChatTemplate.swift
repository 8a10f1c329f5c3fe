/// The template with which a model's conversations become text: the part of Jinja that chat templates use.
///
/// It gives what jinja2 gives in the environment that the `transformers` library makes for chat templates: block tags
/// take the newline after them and the spaces before them, lists and mappings cannot be changed, `tojson` writes plain
/// JSON, and `{% generation %}` marks nothing. A template is code of a stranger, so what it may use of time, memory and
/// depth is bounded, and it can reach nothing but its arguments.
public struct ChatTemplate: Sendable {
  private let body: [Statement]

  /// Reads a template.
  ///
  /// - Throws: `ChatTemplateError` with the line where the text is not a template, or uses what Heed lacks.
  public init(_ source: String) throws(ChatTemplateError) {
    let tokens = try TemplateLexer.tokens(of: source)
    body = try TemplateParser.parse(tokens)
  }

  /// The text of a conversation.
  ///
  /// - Parameters:
  ///   - messages: The conversation.
  ///   - addingGenerationPrompt: Whether the text ends with what begins an answer.
  ///   - tokens: Texts of special tokens by their names in `tokenizer_config.json`, such as `bos_token`.
  ///   - tools: Descriptions of the functions that the model may call, usually a list; nil for none.
  ///   - variables: Whatever else the template reads, such as `enable_thinking`.
  /// - Returns: The text, as it goes to the tokenizer without further special tokens.
  /// - Throws: `ChatTemplateError` where the template refuses the messages, or fails.
  public func render(
    messages: [ChatMessage], addingGenerationPrompt: Bool, tokens: [String: String] = [:],
    tools: TemplateValue? = nil, variables: [String: TemplateValue] = [:]
  ) throws(ChatTemplateError) -> String {
    var values: [String: TemplateValue] = [
      "messages": .list(messages.map { .object($0.fields) }),
      "add_generation_prompt": .boolean(addingGenerationPrompt),
      "tools": tools ?? .null,
      "documents": .null,
    ]
    for (name, text) in tokens { values[name] = .string(text) }
    values.merge(variables) { _, given in given }
    return try render(variables: values)
  }

  /// The text of the template with these variables and no others.
  package func render(variables: [String: TemplateValue]) throws(ChatTemplateError) -> String {
    let interpreter = Interpreter()
    defer { interpreter.release() }
    return try interpreter.render(body, variables: variables)
  }
}
