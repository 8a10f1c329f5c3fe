import HeedText

/// A translation, or a translator, that cannot be.
public enum TranslatorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A tokenizer gives tokens that the model has no embedding for.
  case vocabularyTooLarge(file: String, tokenCount: Int, embeddingCount: Int)
  /// Models of an ensemble differ in what they must share.
  case unequalModels(first: String, second: String, difference: String)
  /// A source is too long for the model's positions; `line` counts from 1.
  case sourceTooLong(line: Int, tokenCount: Int, limit: Int)
  /// A given translation, or a forced beginning, is too long for the model's positions; `line` counts from 1.
  case targetTooLong(line: Int, tokenCount: Int, limit: Int)
  /// There are more given translations than sources, or fewer.
  case unequalLineCounts(sources: Int, references: Int)
  /// The model translates into many languages, and none was named.
  case targetLanguageMissing(model: String)
  /// The decoder has fewer layers than was asked for; `layer` counts from 0.
  case noSuchLayer(layer: Int, layerCount: Int)
  /// Attention or alignments were asked of a recurrent model that has no attention.
  case noAttention

  /// One sentence.
  public var description: String {
    switch self {
    case .vocabularyTooLarge(let file, let tokenCount, let embeddingCount):
      "\(file): the tokenizer has \(tokenCount) tokens and the model embeddings for \(embeddingCount): they do not "
        + "belong together"
    case .unequalModels(let first, let second, let difference):
      "the models of an ensemble must share one vocabulary, but \(first) and \(second) differ in \(difference)"
    case .sourceTooLong(let line, let tokenCount, let limit):
      "line \(line): the source has \(tokenCount) tokens and the model takes \(limit) at most; shorten it, "
        + "or translate it sentence by sentence"
    case .targetTooLong(let line, let tokenCount, let limit):
      "line \(line): the given translation has \(tokenCount) tokens and the model takes \(limit) at most; shorten it"
    case .unequalLineCounts(let sources, let references):
      "there are \(sources) sources and \(references) given translations; expected one for each source, in their order"
    case .targetLanguageMissing(let model):
      "\(model): this model translates into many languages; name one (--target-language), and that of the source"
    case .noSuchLayer(let layer, let layerCount):
      "attention was asked of layer \(layer), and the decoder's layers are 0 to \(layerCount - 1)"
    case .noAttention:
      "the model has no attention that could be shown: all that its decoder knows of a source is the state that the "
        + "encoder ended with"
    }
  }
}
