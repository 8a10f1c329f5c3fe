import Foundation
import HeedLayers

/// A directory with a model in Hugging Face's layout: `config.json`, `generation_config.json`, weights, and a tokenizer.
///
/// Weights are read in any form that ``CheckpointLoader`` opens, and written as `model.safetensors`.
public struct ModelDirectory: Sendable {
  /// Where it is.
  public let url: URL

  /// The directory at `url`; nothing is read yet.
  public init(_ url: URL) {
    self.url = url
  }

  /// The file of weights that is written.
  public var weightsURL: URL { url.appending(path: "model.safetensors") }
  /// The architecture.
  public var configurationURL: URL { url.appending(path: "config.json") }
  /// The settings of search.
  public var generationConfigurationURL: URL { url.appending(path: "generation_config.json") }
  /// The tokenizer, of both sides if there is no other.
  public var tokenizerURL: URL { url.appending(path: "tokenizer.json") }
  /// The tokenizer of the target side, where it has one of its own.
  public var targetTokenizerURL: URL { url.appending(path: "target_tokenizer.json") }

  /// Reads the architecture.
  ///
  /// - Throws: `ConfigurationError` for a field that cannot be used, and for a family that is not known.
  public func configuration() throws -> TransformerConfiguration {
    try ModelReader.configuration(try ModelReader.data(configurationURL), file: configurationURL.path)
  }

  /// Loads an encoder-decoder, strictly.
  ///
  /// - Parameter use: What the model is for.
  /// - Returns: The model.
  /// - Throws: `ConfigurationError`, or `CheckpointError` with everything that is missing, left over or misshapen.
  public func loadModel(for use: ModelUse = .training) throws -> EncoderDecoder {
    try load(EncoderDecoder.self, use, .encoderDecoder, "an encoder-decoder (marian, m2m_100, bart, t5)")
  }

  /// Loads a text encoder, strictly.
  public func loadEncoder(for use: ModelUse = .training) throws -> TextEncoder {
    try load(TextEncoder.self, use, .encoder, "a text encoder (bert, roberta, distilbert)")
  }

  /// Loads a language model, strictly.
  public func loadLanguageModel(for use: ModelUse = .training) throws -> LanguageModel {
    try load(LanguageModel.self, use, .decoder, "a language model (gpt2, llama, qwen2)")
  }

  /// Loads whatever the directory holds, strictly.
  ///
  /// - Parameter use: What the model is for.
  /// - Returns: The model.
  /// - Throws: `ConfigurationError`, or `CheckpointError` with everything that is missing, left over or misshapen.
  public func loadAny(for use: ModelUse = .training) throws -> AnyModel {
    try ModelReader.anyModel(try configuration(), try CheckpointLoader.open(directory: url), for: use)
  }

  private func load<Model: TransformerModel>(
    _ type: Model.Type, _ use: ModelUse, _ shape: ModelShape, _ expected: String
  ) throws -> Model {
    let configuration = try configuration()
    guard configuration.family.shape == shape else {
      throw ConfigurationError(
        file: configurationURL.path, "model_type",
        "'\(configuration.family.rawValue)' is not \(expected), which this needs")
    }
    return try ModelReader.model(configuration, try CheckpointLoader.open(directory: url), for: use)
  }

  /// Writes configuration and weights.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - precision: How its numbers are stored.
  ///   - source: The directory that it came from, if any: what its config.json says beside the architecture is kept, and
  ///     its settings of search stay as they are.
  /// - Throws: `FileError`, or `ConfigurationError` for a model that config.json has no words for.
  public func save(
    _ model: some TransformerModel, precision: WeightPrecision = .float32, from source: ModelDirectory? = nil
  ) throws {
    let configuration = model.configuration
    if case .rotary(let positions) = configuration.decoder.attentionPositions,
      case .divisors = positions.scaling
    {
      throw ConfigurationError(
        file: configurationURL.path, "rope_parameters",
        "cannot say that each frequency has a divisor of its own, as \(GGUFModelDescription.rotaryFactorsName) of a "
          + "GGUF file does; convert the model from its Hugging Face directory instead")
    }
    // Everything that can fail for what the model is comes before anything is written.
    let fields = try Self.encode(try self.fields(configuration, precision, source))
    let search = try Self.encode(GenerationFields.fields(of: configuration).filter { $0.value != .null })
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try saveWeights(model, precision: precision, to: weightsURL)
    try AtomicFile.write(fields, to: configurationURL)
    if configuration.family.shape != .encoder, source == nil {
      try AtomicFile.write(search, to: generationConfigurationURL)
    }
  }

  private func fields(
    _ configuration: TransformerConfiguration, _ precision: WeightPrecision, _ source: ModelDirectory?
  ) throws -> [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [:]
    if let source {
      fields = try JSONDecoder().decode(
        [String: ConfigurationValue].self, from: try ModelReader.data(source.configurationURL))
      for key in ["quantization_config", "torch_dtype", "_name_or_path"] { fields[key] = nil }
    }
    fields.merge(configuration.family.table.fields(of: configuration)) { $1 }
    fields = fields.filter { $0.value != .null }
    fields["model_type"] = .string(configuration.family.rawValue)
    return fields.merging(ConfigurationValue.fields(of: precision)) { $1 }
  }

  /// Writes the weights alone, as `model.safetensors` holds them.
  public func saveWeights(
    _ model: some TransformerModel, precision: WeightPrecision = .float32, to file: URL
  ) throws {
    try model.writeWeights(to: file, precision: precision)
  }

  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }
}

extension ConfigurationValue {
  /// The fields that say how the numbers of a checkpoint are stored.
  static func fields(of precision: WeightPrecision) -> [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [
      "dtype": .string(precision == .bfloat16 ? "bfloat16" : "float32")
    ]
    if precision == .int8 || precision == .int4 {
      // I8 `NAME` `[rows, inner]` with F32 `NAME.scale` `[rows]`, or U8 `NAME` `[rows, inner / 32 × 20]`.
      fields["quantization_config"] = .object([
        "quant_method": .string("heed"), "form": .string(precision.rawValue),
      ])
    }
    return fields
  }
}
