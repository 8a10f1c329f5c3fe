import Foundation
import Heed

/// A model as the doctor finds it, held as commands run it.
struct ExaminedModel {
  let location: ModelLocation
  let model: CheckedModel
  /// What the weights are in the file.
  let weights: any CheckpointFile
  /// Nil where a directory holds none.
  let tokenizers: Tokenizers?
  /// How to search where a reference says nothing.
  let options: GenerationOptions

  /// What makes tokens of texts, and texts of tokens.
  struct Tokenizers {
    let source: TextTokenizer
    /// Nil for one on both sides.
    var target: TextTokenizer?
    /// Where they come from.
    let origin: String
  }

  /// Loads a model strictly.
  ///
  /// - Parameters:
  ///   - location: Where it lies.
  ///   - precision: How its weights are held; nil for as the files have them.
  /// - Throws: `ConfigurationError`, `CheckpointError` or `TokenizerError`, which say what cannot be used and why.
  init(_ location: ModelLocation, _ precision: WeightPrecision?) throws {
    // As transformers' generate: nothing is suppressed that the file does not name.
    self.location = location
    switch location {
    case .directory(let url):
      let files = ModelDirectory(url)
      let architecture = try files.translationArchitecture()
      weights = try CheckpointLoader.open(directory: url)
      let use = ModelUse.inference(precision)
      model =
        if let configuration = architecture.transformer {
          .transformer(try ModelReader.anyModel(configuration, weights, for: use))
        } else {
          .sequence(try files.loadTranslationModel(for: use))
        }
      options = try GenerationConfiguration.options(
        for: architecture.interface, in: files, suppressingPad: false)
      tokenizers = try files.tokenizers(modelType: architecture.modelType).map {
        Tokenizers(
          source: $0.source, target: $0.hasOwnTarget ? $0.target : nil,
          origin: $0.files.map(\.lastPathComponent).joined(separator: ", "))
      }
    case .gguf(let url):
      let file = try GGUFFile(url: url)
      let gguf = try GGUFModel(file)
      weights = file
      model = .transformer(.decoder(try gguf.model(for: .inference(precision))))
      options = GenerationConfiguration.defaults(for: gguf.configuration, suppressingPad: false)
      tokenizers = Tokenizers(
        source: try TextTokenizer.gguf(GGUFTokenizerFields(gguf.description.tokenizer)).tokenizer,
        origin: "in the file")
    }
  }
}

extension ModelDirectory {
  /// The tokenizers, or nil where the directory holds no file of one.
  fileprivate func tokenizers(modelType: String) throws -> TokenizerDirectory? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let isThere = names.contains {
      $0 == "tokenizer.json" || $0.hasPrefix("vocab.") || $0.hasSuffix(".spm") || $0.hasSuffix(".model")
    }
    return isThere ? try TokenizerDirectory(url, modelType: modelType) : nil
  }
}
