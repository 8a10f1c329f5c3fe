/// A step that adds special tokens to the tokens of a text.
protocol PostProcessor: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  func process(_ tokens: [TokenID]) -> [TokenID]
}

/// The post-processors that a `tokenizer.json` may name.
enum PostProcessorRegistry {
  static let all: [any PostProcessor.Type] = [
    TemplatePostProcessor.self, PostProcessorSequence.self, ByteLevelPostProcessor.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any PostProcessor {
    let type = try json.required("type").string()
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the post-processor \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }
}

/// Post-processors one after the other.
struct PostProcessorSequence: PostProcessor {
  static let type = "Sequence"
  let steps: [any PostProcessor]

  init(json: JSONValue) throws(TokenizerError) {
    var steps: [any PostProcessor] = []
    for step in try json.required("processors").elements() {
      steps.append(try PostProcessorRegistry.make(step))
    }
    self.steps = steps
  }

  var json: JSONOutput { .component(Self.type, [("processors", .array(steps.map { $0.json }))]) }

  func process(_ tokens: [TokenID]) -> [TokenID] { steps.reduce(tokens) { $1.process($0) } }
}

/// Trims offsets in the reference; the tokens stay as they are.
struct ByteLevelPostProcessor: PostProcessor {
  static let type = "ByteLevel"
  private let settings: ByteLevelPreTokenizer

  init() { settings = ByteLevelPreTokenizer(addsPrefixSpace: false) }
  init(json: JSONValue) throws(TokenizerError) { settings = try ByteLevelPreTokenizer(json: json) }
  var json: JSONOutput { .component(Self.type, settings.members) }
  func process(_ tokens: [TokenID]) -> [TokenID] { tokens }
}
