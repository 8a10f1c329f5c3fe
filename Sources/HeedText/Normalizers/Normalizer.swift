/// Text on its way through the normalizers.
struct NormalizedText: Sendable {
  var bytes: [UInt8]
  /// Whether the bytes begin where the text given to the tokenizer begins, with nothing taken away before them.
  var startsText: Bool
}

/// A step that rewrites text before it is cut into pieces.
protocol Normalizer: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  func normalize(_ text: inout NormalizedText)
}

/// The normalizers that a `tokenizer.json` may name.
enum NormalizerRegistry {
  static let all: [any Normalizer.Type] = [
    NormalizerSequence.self, NFCNormalizer.self, NFKCNormalizer.self, NFDNormalizer.self, NFKDNormalizer.self,
    LowercaseNormalizer.self, StripAccentsNormalizer.self, StripNormalizer.self, ReplaceNormalizer.self,
    PrependNormalizer.self, BERTNormalizer.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any Normalizer {
    let type = try json.required("type").string()
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the normalizer \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }
}

/// Normalizers one after the other.
struct NormalizerSequence: Normalizer {
  static let type = "Sequence"
  let steps: [any Normalizer]

  init(_ steps: [any Normalizer]) { self.steps = steps }

  init(json: JSONValue) throws(TokenizerError) {
    var steps: [any Normalizer] = []
    for step in try json.required("normalizers").elements() {
      steps.append(try NormalizerRegistry.make(step))
    }
    self.steps = steps
  }

  var json: JSONOutput { .component(Self.type, [("normalizers", .array(steps.map { $0.json }))]) }

  func normalize(_ text: inout NormalizedText) {
    for step in steps { step.normalize(&text) }
  }
}
