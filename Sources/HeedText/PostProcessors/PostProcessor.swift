/// A step that says what stands round the tokens of a text or of a pair of texts.
protocol PostProcessor: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  var layout: SequenceLayout { get }
}

/// What stands where in the tokens of a text or of a pair of texts.
struct SequenceLayout: Sendable {
  /// A part of the whole.
  enum Part: Sendable {
    /// The tokens of the first text or of the second.
    case sequence(isSecond: Bool, typeID: TokenID)
    /// Tokens that are added, with their spellings.
    case special([TokenID], spellings: [[UInt8]], typeID: TokenID)
  }

  /// How white space at the ends of tokens is taken out of their offsets.
  struct Trimming: Sendable {
    /// Whether a single space at the very beginning may be one that was put there.
    let addsPrefixSpace: Bool
  }

  var single: [Part]
  var pair: [Part]
  var trimmings: [Trimming] = []

  /// Just the tokens.
  static let plain = SequenceLayout(
    single: [.sequence(isSecond: false, typeID: 0)],
    pair: [.sequence(isSecond: false, typeID: 0), .sequence(isSecond: true, typeID: 1)])

  /// The tokens of a text or a pair.
  func tokens(_ first: [TokenID], _ second: [TokenID]?, addingSpecialTokens: Bool) -> [TokenID] {
    let parts = second == nil ? single : pair
    if parts.count == 1, case .sequence(isSecond: false, _) = parts[0] { return first }
    var output: [TokenID] = []
    output.reserveCapacity(first.count + (second?.count ?? 0) + parts.count)
    for part in parts {
      switch part {
      case .sequence(let isSecond, _): output += isSecond ? second ?? [] : first
      case .special(let ids, _, _): if addingSpecialTokens { output += ids }
      }
    }
    return output
  }
}

/// The post-processors that a `tokenizer.json` may name.
enum PostProcessorRegistry {
  static let all: [any PostProcessor.Type] = [
    TemplatePostProcessor.self, BERTPostProcessor.self, RoBERTaPostProcessor.self, PostProcessorSequence.self,
    ByteLevelPostProcessor.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any PostProcessor {
    let type = try json.required("type").string()
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the post-processor \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }
}

/// Post-processors one after the other, of which one at most adds tokens.
struct PostProcessorSequence: PostProcessor {
  static let type = "Sequence"
  let steps: [any PostProcessor]
  let layout: SequenceLayout

  init(json: JSONValue) throws(TokenizerError) {
    var steps: [any PostProcessor] = []
    var layout = SequenceLayout.plain
    var trimmings: [SequenceLayout.Trimming] = []
    var isLaidOut = false
    for value in try json.required("processors").elements() {
      let step = try PostProcessorRegistry.make(value)
      steps.append(step)
      trimmings += step.layout.trimmings
      if step is ByteLevelPostProcessor { continue }
      guard !isLaidOut else {
        throw .unsupported(
          value.path, "a second post-processor that adds tokens",
          supported: ["one of them and any number of ByteLevel"])
      }
      isLaidOut = true
      layout = step.layout
    }
    self.steps = steps
    layout.trimmings = trimmings
    self.layout = layout
  }

  var json: JSONOutput { .component(Self.type, [("processors", .array(steps.map { $0.json }))]) }
}

/// Takes white space out of the offsets of GPT-2's tokens, if so asked; the tokens stay as they are.
struct ByteLevelPostProcessor: PostProcessor {
  static let type = "ByteLevel"
  private let settings: ByteLevelPreTokenizer

  init() { settings = ByteLevelPreTokenizer(addsPrefixSpace: false) }
  init(json: JSONValue) throws(TokenizerError) { settings = try ByteLevelPreTokenizer(json: json) }
  var json: JSONOutput { .component(Self.type, settings.members) }

  var layout: SequenceLayout {
    var layout = SequenceLayout.plain
    if settings.trimsOffsets {
      layout.trimmings = [SequenceLayout.Trimming(addsPrefixSpace: settings.addsPrefixSpace)]
    }
    return layout
  }
}
