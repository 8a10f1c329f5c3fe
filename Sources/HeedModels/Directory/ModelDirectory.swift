import Foundation
import HeedLayers

/// A directory with a model in Hugging Face's layout: `config.json`, `generation_config.json`, `model.safetensors`, and
/// a tokenizer.
public struct ModelDirectory: Sendable {
  /// Where it is.
  public let url: URL

  /// The directory at `url`; nothing is read yet.
  public init(_ url: URL) {
    self.url = url
  }

  /// The file of weights.
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

  /// Loads the model, strictly.
  ///
  /// - Throws: `ConfigurationError`, or `CheckpointError` with everything that is missing, left over or misshapen.
  public func loadModel() throws -> EncoderDecoder {
    try ModelReader.model(try configuration(), try SafetensorsFile(url: weightsURL))
  }

  /// Writes configuration and weights.
  public func save(_ model: EncoderDecoder, precision: WeightPrecision = .float32) throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try saveWeights(model, precision: precision, to: weightsURL)
    let fields = EncoderDecoderFields(
      model.configuration,
      quantization: precision == .int8 ? QuantizationFields(method: "heed", form: "int8") : nil)
    try AtomicFile.write(try Self.encode(fields), to: configurationURL)
    try AtomicFile.write(
      try Self.encode(GenerationFields(model.configuration)), to: generationConfigurationURL)
  }

  /// Writes the weights alone, as `model.safetensors` holds them.
  public func saveWeights(_ model: EncoderDecoder, precision: WeightPrecision = .float32, to file: URL) throws
  {
    let writer = WeightWriter(table: .encoderDecoder(model.configuration), precision: precision)
    try SafetensorsWriter.write(writer.tensors(of: model), metadata: ["format": "pt"], to: file)
  }

  private static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + Data("\n".utf8)
  }
}

/// Reads models from bytes, wherever those come from: a directory, or the binary itself.
public enum ModelReader {
  /// The architecture that `config.json` describes.
  public static func configuration(_ data: Data, file: String) throws -> TransformerConfiguration {
    do {
      let type = try JSONDecoder().decode(ModelType.self, from: data).name
      guard let family = ModelFamily(rawValue: type) else {
        let known = ModelFamily.allCases.map(\.rawValue).joined(separator: ", ")
        throw ConfigurationError("model_type", "'\(type)' is not supported; supported are \(known)")
      }
      let fields = try JSONDecoder().decode(EncoderDecoderFields.self, from: data)
      if let quantization = fields.quantization, quantization.method != "heed" || quantization.form != "int8"
      {
        throw ConfigurationError(
          "quantization_config", "'\(quantization.method)' '\(quantization.form)' is not heed's int8")
      }
      return try fields.configuration(family: family)
    } catch var error as ConfigurationError {
      error.file = file
      throw error
    } catch let error as DecodingError {
      throw ConfigurationError(file: file, decoding: error)
    }
  }

  /// A model with the weights of a file.
  public static func model(
    _ configuration: TransformerConfiguration, _ weights: any CheckpointFile
  ) throws(CheckpointError) -> EncoderDecoder {
    // A configuration can describe far more than memory holds, and it is not to be trusted before the file is checked.
    let described = configuration.weightCount
    let stored = weights.entries.reduce(0) { $0 + $1.elementCount }
    guard described / 2 <= stored + 10_000_000 else {
      let reason = "config.json describes a model of \(described) numbers, and the file holds \(stored)"
      throw CheckpointError(file: weights.file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    var initializer = ParameterInitializer.placeholder
    var model = EncoderDecoder(configuration, &initializer)
    try WeightReader(file: weights, table: .encoderDecoder(configuration)).read(into: &model)
    return model
  }

  static func data(_ url: URL) throws -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      throw ConfigurationError(
        file: url.path, nil,
        "cannot be read (\((error as NSError).localizedDescription)); a model directory holds config.json, "
          + "model.safetensors and tokenizer.json")
    }
  }

  private struct ModelType: Decodable {
    let name: String
    enum CodingKeys: String, CodingKey {
      case name = "model_type"
    }
  }
}

extension TransformerConfiguration {
  /// The numbers in embeddings and matrices, counted without making them.
  fileprivate var weightCount: Int {
    let hidden = hiddenSize
    let tables = sharesEmbeddings ? sourceVocabularySize : sourceVocabularySize + targetVocabularySize
    let encoderLayer = hidden * (4 * hidden + 2 * encoder.feedForwardSize)
    let decoderLayer = hidden * (8 * hidden + 2 * decoder.feedForwardSize)
    return tables * hidden + encoderLayerCount * encoderLayer + decoderLayerCount * decoderLayer
  }
}

extension ConfigurationError {
  /// What a JSON decoder found wrong, in one sentence.
  package init(file: String, decoding error: DecodingError) {
    switch error {
    case .keyNotFound(let key, _):
      self.init(file: file, key.stringValue, "is missing")
    case .typeMismatch(let type, let context):
      self.init(file: file, context.fieldName, "must be of type \(type)")
    case .valueNotFound(let type, let context):
      self.init(file: file, context.fieldName, "must be of type \(type), found null")
    case .dataCorrupted(let context):
      self.init(file: file, context.fieldName, "is not valid JSON: \(context.debugDescription)")
    @unknown default:
      self.init(file: file, nil, "cannot be decoded")
    }
  }
}

extension DecodingError.Context {
  fileprivate var fieldName: String? {
    codingPath.isEmpty ? nil : codingPath.map(\.stringValue).joined(separator: ".")
  }
}
