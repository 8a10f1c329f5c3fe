import HeedModels
import HeedText

/// A text, or a model of texts, with which a text encoder cannot do what it is asked for.
public enum EncoderError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The tokenizer gives tokens that the model has no embedding for.
  case vocabularyTooLarge(directory: String, tokenCount: Int, embeddingCount: Int)
  /// The tokenizer tells more kinds of segments apart than the model does.
  case tooManySegments(directory: String, segment: Int, segmentCount: Int)
  /// The model ends with something else than what is needed.
  case otherHead(directory: String, needed: String, found: String)
  /// The tokenizer names no token that hides a word.
  case noMaskToken(directory: String)
  /// The text has nothing to fill in; `line` counts from 1.
  case noMask(line: Int, mask: String)
  /// The text is too long for the model's positions; `line` counts from 1.
  case textTooLong(line: Int, tokenCount: Int, limit: Int)
  /// The text has no token at all; `line` counts from 1.
  case emptyText(line: Int)
  /// There is no text to look for an answer in.
  case emptyContext
  /// A question leaves no room for the context in a window; `line` counts from 1.
  case questionTooLong(line: Int, tokenCount: Int, window: Int, stride: Int)
  /// An option is not what it must be.
  case option(name: String, reason: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .vocabularyTooLarge(let directory, let tokenCount, let embeddingCount):
      "\(directory): the tokenizer has \(tokenCount) tokens and the model embeddings for \(embeddingCount): they do "
        + "not belong together"
    case .tooManySegments(let directory, let segment, let segmentCount):
      "\(directory): the tokenizer gives tokens the segment \(segment), and the model has \(segmentCount) of them, "
        + "counted from 0: they do not belong together"
    case .otherHead(let directory, let needed, let found):
      "\(directory): the model \(found), and one is needed that \(needed)"
    case .noMaskToken(let directory):
      "\(directory): the tokenizer has no token that hides a word (mask_token in tokenizer_config.json)"
    case .noMask(let line, let mask):
      "line \(line): there is nothing to fill in; write \(mask) where a word is missing"
    case .textTooLong(let line, let tokenCount, let limit):
      "line \(line): the text has \(tokenCount) tokens and the model reads \(limit) at most; shorten it"
    case .emptyText(let line):
      "line \(line): the text is empty, and the model's tokenizer adds nothing to it that could be read"
    case .emptyContext:
      "the context is empty: there is nothing to look for an answer in"
    case .questionTooLong(let line, let tokenCount, let window, let stride):
      "line \(line): the question has \(tokenCount) tokens, which leaves no room for the context in a window of "
        + "\(window) tokens of which \(stride) are shared; shorten it"
    case .option(let name, let reason):
      "\(name) \(reason)"
    }
  }

  /// Throws `option` unless it is met.
  static func require(_ condition: Bool, _ name: String, _ reason: @autoclosure () -> String)
    throws(EncoderError)
  {
    guard condition else { throw .option(name: name, reason: reason()) }
  }
}

extension EncoderHead {
  /// What a model with this head does, as a clause.
  var deed: String {
    switch self {
    case .states: "ends with the states of its tokens"
    case .maskedLanguageModel: "predicts masked words"
    case .preTraining: "predicts masked words and what goes on from what"
    case .sequenceClassification: "labels texts"
    case .tokenClassification: "labels tokens"
    case .questionAnswering: "finds answers"
    }
  }
}
