import Foundation
import HeedLayers

/// Reads models from bytes, wherever those come from: a directory, or the binary itself.
public enum ModelReader {
  /// The architecture that `config.json` describes.
  public static func configuration(_ data: Data, file: String) throws -> TransformerConfiguration {
    do {
      let fields = try ConfigurationFields(data, file: file)
      guard let type = try fields.string("model_type") else {
        throw ConfigurationError("model_type", "is missing")
      }
      let otherTypes = [RecurrentConfiguration.modelType, ConvolutionalConfiguration.modelType]
      guard !otherTypes.contains(type) else {
        throw ConfigurationError(
          "model_type", "'\(type)' is no Transformer, which this needs; such models are translated with")
      }
      guard let family = ModelFamily(rawValue: type) else {
        let known = ModelFamily.allCases.map(\.rawValue) + otherTypes
        throw ConfigurationError(
          "model_type", "'\(type)' is not supported; supported are \(known.joined(separator: ", "))")
      }
      try fields.checkQuantization()
      return try family.table.configuration(fields)
    } catch var error as ConfigurationError {
      error.file = file
      throw error
    }
  }

  /// A model with the weights of a file.
  ///
  /// - Parameters:
  ///   - configuration: What the file holds.
  ///   - weights: The file.
  ///   - use: What the model is for.
  /// - Returns: The model.
  /// - Throws: `CheckpointError` with everything that is missing, left over or misshapen.
  public static func model<Model: TransformerModel>(
    _ configuration: TransformerConfiguration, _ weights: any CheckpointFile, for use: ModelUse = .training
  ) throws(CheckpointError) -> Model {
    try checkSize(configuration.weightCount, weights)
    var initializer = ParameterInitializer.placeholder
    var model = Model(configuration, &initializer)
    try WeightReader(file: weights, table: configuration.family.table.weights(of: configuration), use: use)
      .read(into: &model)
    return model
  }

  /// Checks that a file holds about as many numbers as a configuration describes: it can describe far more than memory
  /// holds, and it is not to be trusted before the file is checked.
  static func checkSize(_ described: Int, _ weights: any CheckpointFile) throws(CheckpointError) {
    let stored = weights.entries.reduce(0) { $0 + $1.elementCount }
    guard described / 2 <= stored + 10_000_000 else {
      let reason = "config.json describes a model of \(described) numbers, and the file holds \(stored)"
      throw CheckpointError(file: weights.file, problems: [.malformed(tensor: nil, reason: reason)])
    }
  }

  /// A model of whichever shape the configuration describes.
  public static func anyModel(
    _ configuration: TransformerConfiguration, _ weights: any CheckpointFile, for use: ModelUse = .training
  ) throws(CheckpointError) -> AnyModel {
    switch configuration.family.shape {
    case .encoderDecoder: .encoderDecoder(try model(configuration, weights, for: use))
    case .encoder: .encoder(try model(configuration, weights, for: use))
    case .decoder: .decoder(try model(configuration, weights, for: use))
    }
  }

  /// The bytes of a model's config.json.
  static func data(_ url: URL) throws(ConfigurationError) -> Data {
    do throws(ConfigurationError) {
      return try ConfigurationError.data(of: url)
    } catch {
      throw ConfigurationError(
        file: error.file, nil,
        "\(error.reason); a model directory holds config.json, model.safetensors and tokenizer.json")
    }
  }
}

extension ConfigurationFields {
  /// Whether the weights are stored as Heed stores them, or plainly.
  func checkQuantization() throws(ConfigurationError) {
    guard let quantization = try object("quantization_config") else { return }
    let method = try quantization.string("quant_method") ?? ""
    let form = try quantization.string("form") ?? ""
    guard method == "heed", ["int8", "int4"].contains(form) else {
      throw ConfigurationError("quantization_config", "'\(method)' '\(form)' is not heed's int8 or int4")
    }
  }
}

extension TransformerConfiguration {
  /// The numbers in embeddings and matrices, counted without making them.
  fileprivate var weightCount: Int {
    let tables = sharesEmbeddings ? sourceVocabularySize : sourceVocabularySize + targetVocabularySize
    let learned = positions == .learned ? maximumPositions + firstPosition : 0
    var buckets = 0
    if case .relative(let relative) = encoder.attentionPositions {
      buckets = relative.bucketCount * encoder.headCount * 2
    }
    let rows = tables + (encoderLayerCount > 0 && decoderLayerCount > 0 ? 2 : 1) * learned + segmentCount
    return (rows + head.labels.count) * hiddenSize + buckets + encoderLayerCount
      * encoder.weightCount(attentions: 1)
      + decoderLayerCount * decoder.weightCount(attentions: encoderLayerCount > 0 ? 2 : 1)
  }
}

extension BlockConfiguration {
  fileprivate func weightCount(attentions: Int) -> Int {
    let attention = 2 * hiddenSize * (queryWidth + keyWidth)
    return attentions * attention + (isGated ? 3 : 2) * hiddenSize * feedForwardSize
  }
}
