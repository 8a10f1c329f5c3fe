import Foundation
import HeedGeneration
import HeedModels
import HeedText

extension TextGenerator {
  /// Loads a GGUF file, in which architecture, weights, tokenizer and chat template lie together.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - precision: How the weights are held; nil for as the file has them. What lies in blocks of a kind that there
  ///     are no kernels for becomes float32.
  /// - Throws: `CheckpointError`, `ConfigurationError`, `TokenizerError` or `ChatTemplateError`, which say what cannot be
  ///   used and why.
  public init(gguf url: URL, precision: WeightPrecision? = nil) throws {
    let file = try GGUFFile(url: url)
    let gguf = try GGUFModel(file)
    let description = gguf.description.tokenizer
    let tokenizer = try TextTokenizer.gguf(GGUFTokenizerFields(description))
    try self.init(
      model: try gguf.model(for: .inference(precision)), tokenizer: tokenizer.tokenizer,
      chatTemplate: description.chatTemplate,
      specialTokens: tokenizer.specialTokens.byName, name: url.path)
  }
}

extension GGUFTokenizerFields {
  /// What a file says of its tokenizer.
  public init(_ description: GGUFTokenizerDescription) {
    self.init(model: description.model, tokens: description.tokens)
    pre = description.preTokenizer
    scores = description.scores.isEmpty ? nil : description.scores
    types = description.types.isEmpty ? nil : description.types.map { Int32($0.rawValue) }
    merges = description.merges.isEmpty ? nil : description.merges
    beginningID = description.beginningID.flatMap { TokenID(exactly: $0) }
    endID = description.endID.flatMap { TokenID(exactly: $0) }
    unknownID = description.unknownID.flatMap { TokenID(exactly: $0) }
    paddingID = description.paddingID.flatMap { TokenID(exactly: $0) }
    separatorID = description.separatorID.flatMap { TokenID(exactly: $0) }
    addsBeginning = description.addsBeginning
    addsEnd = description.addsEnd
    addsSpacePrefix = description.addsSpacePrefix
  }
}
