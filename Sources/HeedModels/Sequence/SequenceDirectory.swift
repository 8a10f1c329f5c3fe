import Foundation
import HeedLayers
import HeedTensor

extension ModelDirectory {
  /// What config.json says the model is.
  ///
  /// - Throws: `ConfigurationError` for a file that cannot be read.
  public func modelType() throws -> String? {
    do throws(ConfigurationError) {
      return try ConfigurationFields(try ModelReader.data(configurationURL), file: configurationURL.path)
        .string("model_type")
    } catch {
      var located = error
      located.file = configurationURL.path
      throw located
    }
  }

  /// Reads the choices that make a recurrent or convolutional model.
  ///
  /// - Throws: `ConfigurationError` for a field that cannot be used.
  public func sequenceConfiguration<Configuration: SequenceConfiguration>() throws -> Configuration {
    try Configuration(json: try ModelReader.data(configurationURL), file: configurationURL.path)
  }
}

extension SequenceToSequenceModel {
  /// What config.json calls the model.
  public var modelType: String { Configuration.modelType }

  /// Loads a model of this type, strictly.
  ///
  /// - Parameters:
  ///   - directory: Where it is.
  ///   - use: What it is for.
  /// - Throws: `ConfigurationError`, or `CheckpointError` with everything that is missing, left over or misshapen.
  public init(from directory: ModelDirectory, for use: ModelUse = .training) throws {
    try self.init(
      try directory.sequenceConfiguration(), try CheckpointLoader.open(directory: directory.url), for: use)
  }

  /// A model with the weights of a file.
  init(
    _ configuration: Configuration, _ weights: any CheckpointFile, for use: ModelUse
  ) throws(CheckpointError) {
    try ModelReader.checkSize(configuration.weightCount, weights)
    var initializer = ParameterInitializer.placeholder
    var model = Self(configuration, &initializer)
    try WeightReader(file: weights, table: model.weightTable, use: use).read(into: &model)
    self = model
  }

  /// The same architecture with the weights of a file.
  public func reading(_ weights: any CheckpointFile) throws(CheckpointError) -> Self {
    try Self(configuration, weights, for: .training)
  }

  /// Writes configuration and weights.
  ///
  /// - Parameters:
  ///   - directory: Where to.
  ///   - precision: How numbers are stored.
  ///   - source: The directory that it came from, if any: then its settings of search stay as they are.
  /// - Throws: `FileError`.
  public func write(
    to directory: ModelDirectory, precision: WeightPrecision = .float32, from source: ModelDirectory? = nil
  ) throws {
    let tokens = configuration.vocabulary
    let search = try ModelDirectory.encode(GenerationFields.fields(of: tokens))
    let fields = try configuration.json(precision)
    try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
    try writeWeights(to: directory.weightsURL, precision: precision)
    try AtomicFile.write(fields, to: directory.configurationURL)
    if source == nil { try AtomicFile.write(search, to: directory.generationConfigurationURL) }
  }

  /// Writes the weights alone.
  public func writeWeights(to file: URL, precision: WeightPrecision = .float32) throws {
    let writer = WeightWriter(table: weightTable, precision: precision)
    try SafetensorsWriter.write(writer.tensors(of: self), metadata: ["format": "pt"], to: file)
  }

  /// The gradients under the names that files have for their parameters.
  package var storedGradients: [(name: String, gradient: Tensor)] {
    parameters.compactMap { path, parameter in parameter.gradient.map { (Self.storedName(of: path), $0) } }
  }

  private var weightTable: WeightTable {
    WeightTable(names: parameters.map { WeightName($0.path, Self.storedName(of: $0.path)) })
  }
}
