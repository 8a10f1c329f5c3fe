import HeedLayers
import HeedTensor

/// A GGUF file as a model: architecture, weights and tokenizer in one file.
public struct GGUFModel: Sendable {
  /// What the file says about itself.
  public let description: GGUFModelDescription
  /// The architecture.
  public let configuration: TransformerConfiguration
  private let weights: GGUFModelCheckpoint

  /// Reads what the file is; no weights yet.
  ///
  /// - Throws: `CheckpointError` or `ConfigurationError` for what cannot be used, and for an architecture that is not
  ///   supported.
  public init(_ file: GGUFFile) throws {
    description = try GGUFModelDescription(file.metadata)
    weights = try GGUFModelCheckpoint(file, description)
    do {
      configuration = try Self.configuration(description, weights)
    } catch var error as ConfigurationError {
      error.file = file.file
      throw error
    }
  }

  /// The model.
  ///
  /// - Parameter use: What it is for.
  /// - Returns: The model.
  /// - Throws: `CheckpointError` with everything that is missing, left over or misshapen.
  public func model(for use: ModelUse = .training) throws(CheckpointError) -> LanguageModel {
    // The divisors of frequencies are part of the configuration already.
    let named = try weights.renamed { $0 == GGUFModelDescription.rotaryFactorsName ? nil : $0 }
    return try ModelReader.model(configuration, named, for: use)
  }

  /// The description in the words of a config.json, so that it is checked where those are.
  private static func configuration(
    _ description: GGUFModelDescription, _ weights: GGUFModelCheckpoint
  ) throws -> TransformerConfiguration {
    let tokenizer = description.tokenizer
    var rotary: [String: ConfigurationValue] = [
      "rope_theta": .double(description.rotaryBase)
    ]
    if let scaling = description.positionScaling {
      rotary["rope_type"] = .string(scaling.method)
      rotary["factor"] = .double(scaling.factor)
    }
    let ends = [tokenizer.endID, tokenizer.endOfTurnID].compactMap(\.self)
    let fields = ConfigurationFields([
      "hidden_size": .int(description.hiddenSize),
      "num_hidden_layers": .int(description.layerCount),
      "num_attention_heads": .int(description.headCount),
      "num_key_value_heads": .int(description.keyValueHeadCount),
      "head_dim": .int(description.headSize),
      "intermediate_size": .int(description.feedForwardSize),
      "max_position_embeddings": .int(description.contextLength),
      "rms_norm_eps": .double(description.normEpsilon),
      "vocab_size": .int(description.vocabularySize),
      "rope_parameters": .object(rotary),
      "tie_word_embeddings": .bool(weights.entry("lm_head.weight") == nil),
      "bos_token_id": tokenizer.beginningID.map { .int($0) } ?? .null,
      "eos_token_id": .array(ends.map { .int($0) }),
      "pad_token_id": tokenizer.paddingID.map { .int($0) } ?? .null,
    ])
    var configuration =
      try description.architecture == "qwen2"
      ? Qwen2Table.configuration(fields) : LlamaTable.configuration(fields)
    configuration.beginToken = tokenizer.beginningID.flatMap { Int32(exactly: $0) }
    guard case .rotary(var positions) = configuration.decoder.attentionPositions else { return configuration }
    positions.dimension = description.rotaryDimensionCount
    if let entry = weights.entry(GGUFModelDescription.rotaryFactorsName) {
      let divisors = try weights.floats(of: entry)
      guard divisors.count == positions.dimension / 2, divisors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        let reason = "must be \(positions.dimension / 2) numbers above 0"
        throw CheckpointError(file: weights.file, problems: [.malformed(tensor: entry.name, reason: reason)])
      }
      // Where positions are stretched as well, llama.cpp does both.
      switch positions.scaling {
      case .none: positions.scaling = .divisors(divisors)
      case .linear(let factor): positions.scaling = .divisors(divisors.map { $0 * factor })
      case .llama3, .divisors:
        let reason = "cannot be combined with the stretching of positions that the metadata asks for"
        throw CheckpointError(file: weights.file, problems: [.malformed(tensor: entry.name, reason: reason)])
      }
    }
    configuration.decoder.attentionPositions = .rotary(positions)
    configuration.encoder.attentionPositions = .rotary(positions)
    return configuration
  }
}
