/// What a GGUF file says about its model, for the decoders of type `llama` and `qwen2`.
///
/// Source: the key names in ggml's specification and the converter of llama.cpp.
public struct GGUFModelDescription: Sendable, Hashable {
  /// The architectures that can be described, as `general.architecture` names them.
  public static let architectures = ["llama", "qwen2"]

  /// How rotary positions are stretched beyond the context of training.
  public struct PositionScaling: Sendable, Hashable {
    /// `linear`, `yarn` or another name; `none` is given as no scaling at all.
    public let method: String
    /// By how much positions are stretched.
    public let factor: Double
    /// Positions of the context before it was stretched.
    public let originalContextLength: Int?
  }

  /// `llama` or `qwen2`.
  public let architecture: String
  /// What its makers call the model.
  public let name: String?
  /// Positions that the model was trained for.
  public let contextLength: Int
  /// Width of the hidden states.
  public let hiddenSize: Int
  /// Layers.
  public let layerCount: Int
  /// Width of the feed-forward network.
  public let feedForwardSize: Int
  /// Heads of queries.
  public let headCount: Int
  /// Heads of keys and values.
  public let keyValueHeadCount: Int
  /// Width of a head.
  public let headSize: Int
  /// Numbers of each head that rotate.
  public let rotaryDimensionCount: Int
  /// The base θ of the rotary frequencies.
  public let rotaryBase: Double
  /// How positions are stretched, if they are. Llama 3.1's factors are in the tensor ``rotaryFactorsName`` instead.
  public let positionScaling: PositionScaling?
  /// ε of the root-mean-square norms.
  public let normEpsilon: Double
  /// Tokens in the vocabulary.
  public let vocabularySize: Int
  /// The tokenizer.
  public let tokenizer: GGUFTokenizerDescription

  /// The tensor, `[rotaryDimensionCount / 2]`, that divides the rotary frequencies where a file has it.
  public static let rotaryFactorsName = "rope_freqs.weight"

  /// Whether the rows of the query and key projections are in another order than in a Hugging Face checkpoint.
  ///
  /// Rotary positions turn pairs of numbers. Hugging Face's layers pair number i of a head with number i + headSize / 2,
  /// ggml's `llama` pairs neighbours, so that llama.cpp's converter interleaves the rows of both halves of each head (and
  /// of the biases); `qwen2` is left as it is. ``GGUFRowOrder/separateHalves(_:rowCount:headCount:)`` puts them back.
  public var permutesQueriesAndKeys: Bool { architecture == "llama" }

  /// Reads the description from a file's metadata.
  ///
  /// - Throws: A `CheckpointError` with everything that is missing or cannot be used, and for another architecture.
  public init(_ metadata: GGUFMetadata) throws(CheckpointError) {
    guard let architecture = try metadata.string("general.architecture") else {
      throw metadata.failure("general.architecture", "is missing")
    }
    guard Self.architectures.contains(architecture) else {
      let known = Self.architectures.joined(separator: ", ")
      throw metadata.failure(
        "general.architecture", "is \(quoted(architecture)), which is not supported; supported are \(known)")
    }
    self.architecture = architecture
    var fields = GGUFFields(metadata)
    func key(_ name: String) -> String { "\(architecture).\(name)" }

    name = fields.string("general.name")
    contextLength = fields.count(key("context_length"))
    hiddenSize = fields.count(key("embedding_length"))
    layerCount = fields.count(key("block_count"))
    feedForwardSize = fields.count(key("feed_forward_length"))
    headCount = fields.count(key("attention.head_count"))
    keyValueHeadCount = fields.optionalCount(key("attention.head_count_kv")) ?? headCount
    let keyLength = fields.optionalCount(key("attention.key_length"))
    headSize = keyLength ?? max(1, hiddenSize / headCount)
    rotaryDimensionCount = fields.optionalCount(key("rope.dimension_count")) ?? headSize
    rotaryBase = fields.optionalPositive(key("rope.freq_base")) ?? 10_000
    positionScaling = Self.positionScaling(&fields, key)
    normEpsilon = fields.optionalPositive(key("attention.layer_norm_rms_epsilon")) ?? 0
    if !metadata.contains(key("attention.layer_norm_rms_epsilon")) {
      fields.note(key("attention.layer_norm_rms_epsilon"), "is missing")
    }

    if keyLength == nil, !hiddenSize.isMultiple(of: headCount) {
      fields.note(key("attention.head_count"), "is \(headCount), which does not divide \(hiddenSize)")
    }
    if !headCount.isMultiple(of: keyValueHeadCount) {
      fields.note(
        key("attention.head_count_kv"), "is \(keyValueHeadCount), which does not divide \(headCount) heads")
    }
    if let valueLength = fields.optionalCount(key("attention.value_length")), valueLength != headSize {
      fields.note(key("attention.value_length"), "is \(valueLength), but keys have \(headSize)")
    }
    if rotaryDimensionCount > headSize || !rotaryDimensionCount.isMultiple(of: 2) {
      fields.note(
        key("rope.dimension_count"),
        "is \(rotaryDimensionCount), which must be even and at most the head's size \(headSize)")
    }
    if let expertCount = fields.optional({ (metadata) throws(CheckpointError) in
      try metadata.integer(key("expert_count"))
    }), expertCount > 0 {
      fields.note(key("expert_count"), "is \(expertCount): mixtures of experts are not supported")
    }
    tokenizer = GGUFTokenizerDescription(&fields)
    vocabularySize = fields.optionalCount(key("vocab_size")) ?? tokenizer.tokens.count
    try fields.finish()
  }

  private static func positionScaling(
    _ fields: inout GGUFFields, _ key: (String) -> String
  ) -> PositionScaling? {
    // Before scaling had a type there was one factor, always linear.
    let oldFactor = fields.optionalPositive(key("rope.scale_linear"))
    let method = fields.string(key("rope.scaling.type")) ?? (oldFactor == nil ? "none" : "linear")
    let factor = fields.optionalPositive(key("rope.scaling.factor")) ?? oldFactor ?? 1
    guard method != "none", factor != 1 else { return nil }
    return PositionScaling(
      method: method, factor: factor,
      originalContextLength: fields.optionalCount(key("rope.scaling.original_context_length")))
  }
}
