import CHeedShippedModel
import Heed

/// The English→German model that ships with Heed: the files of a model directory, inside the binary.
///
/// The bytes are mapped with the binary, never copied, at addresses divisible by 64, and stay valid while the process
/// lives. Only programs that link this module carry them.
public enum ShippedModel {
  /// A file of the model directory.
  public enum File: String, Sendable, CaseIterable {
    /// The architecture.
    case configuration = "config.json"
    /// The settings of search.
    case generationConfiguration = "generation_config.json"
    /// The tokenizer of both sides.
    case tokenizer = "tokenizer.json"
    /// The weights, in the int8 form.
    case weights = "model.safetensors"

    fileprivate var part: heed_shipped_part {
      switch self {
      case .configuration: HEED_SHIPPED_CONFIG
      case .generationConfiguration: HEED_SHIPPED_GENERATION_CONFIG
      case .tokenizer: HEED_SHIPPED_TOKENIZER
      case .weights: HEED_SHIPPED_WEIGHTS
      }
    }
  }

  /// The bytes of a file.
  ///
  /// - Throws: `ShippedModelError` if the file was absent when Heed was built.
  public static func bytes(of file: File) throws(ShippedModelError) -> UnsafeRawBufferPointer {
    let content = heed_shipped_model_file(file.part)
    guard content.size > 0, let start = content.bytes else { throw .absent(file) }
    return UnsafeRawBufferPointer(start: start, count: content.size)
  }
}

extension Translator {
  /// The translator of the model that ships with Heed, English to German.
  ///
  ///     import HeedShippedModel
  ///     let translator = try Translator.shipped()
  ///
  /// - Throws: `ShippedModelError` in a build without the model's files; else what `init(embedded:)` throws.
  public static func shipped() throws -> Translator {
    try Translator(
      embedded: EmbeddedModel(
        name: "the shipped model", configuration: ShippedModel.bytes(of: .configuration),
        generationConfiguration: ShippedModel.bytes(of: .generationConfiguration),
        tokenizer: ShippedModel.bytes(of: .tokenizer), weights: ShippedModel.bytes(of: .weights)))
  }
}

/// Why there is no shipped model.
public enum ShippedModelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A file of it was absent when Heed was built.
  case absent(ShippedModel.File)

  /// One sentence for standard error.
  public var description: String {
    switch self {
    case .absent(let file):
      "This build has no shipped model: Sources/CHeedShippedModel/model/\(file.rawValue) was absent when it was built; "
        + "name a model directory with --model, or put the file there and build again."
    }
  }
}
