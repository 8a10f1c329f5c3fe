/// Text on its way through the normalizers.
struct NormalizedText: Sendable {
  var bytes: [UInt8]
  /// For each byte what it stands for; nil where nobody asks.
  var sources: [SourceRange]?
  /// Whether the bytes begin where the text given to the tokenizer begins, with nothing taken away before them.
  var startsText: Bool

  init(bytes: [UInt8], startsText: Bool, sources: [SourceRange]? = nil) {
    (self.bytes, self.startsText, self.sources) = (bytes, startsText, sources)
  }

  /// Writes the text anew.
  @inline(__always) mutating func rewrite(_ write: (UnsafeBufferPointer<UInt8>, inout TextBuilder) -> Void) {
    var builder = TextBuilder(rewriting: sources, capacity: bytes.count)
    bytes.withUnsafeBufferPointer { write($0, &builder) }
    (bytes, sources) = (builder.bytes, builder.sources)
  }

  /// Keeps the scalars for which `isKept` holds.
  @inline(__always) mutating func filter(_ isKept: (UInt32) -> Bool) {
    var startsText = startsText
    rewrite { buffer, output in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if isKept(value) {
          output.copy(buffer, index..<index + length)
        } else if output.bytes.isEmpty {
          startsText = false
        }
        index += length
      }
    }
    self.startsText = startsText
  }

  /// Puts other scalars in the place of those for which `change` gives one.
  @inline(__always) mutating func map(_ change: (UInt32) -> UInt32?) {
    rewrite { buffer, output in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if let scalar = change(value) {
          output.append(scalar: scalar, from: index)
        } else {
          output.copy(buffer, index..<index + length)
        }
        index += length
      }
    }
  }

  /// Takes the scalars of `result` for the text, each with the number of scalars that it stands for.
  ///
  /// The reference tells its normalizers' changes this way, and its offsets follow from it, odd ones too: a change of 0
  /// stands for the next scalar of the text, 1 for none (it shares the source of the one before), -n for the next and
  /// n more.
  mutating func replace(by result: [UInt32], changes: [Int]) {
    guard let origin = sources else {
      bytes.removeAll(keepingCapacity: true)
      for scalar in result { bytes.append(scalar: scalar) }
      return
    }
    let lengths = UTF8Scanning.scalars(bytes).map { UTF8Scanning.length(scalar: $0) }
    var output = TextBuilder(rewriting: origin, capacity: bytes.count)
    var next = 0
    var offset = 0
    for (scalar, change) in zip(result, changes) {
      if change > 0, offset == 0 {
        var text: [UInt8] = []
        text.append(scalar: scalar)
        output.insertAtStart(text)
      } else {
        output.append(scalar: scalar, from: min(change > 0 ? offset - 1 : offset, origin.count - 1))
      }
      if change <= 0 {
        for _ in 0...(-change) where next < lengths.count {
          offset += lengths[next]
          next += 1
        }
      }
    }
    (bytes, sources) = (output.bytes, output.sources)
  }
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
    PrependNormalizer.self, BERTNormalizer.self, PrecompiledNormalizer.self, NMTNormalizer.self,
    ByteLevelNormalizer.self, SentencePieceNormalizer.self,
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
