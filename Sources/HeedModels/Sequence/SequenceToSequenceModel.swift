import Foundation
import HeedLayers
import HeedTensor

/// What makes a model of those that the Transformer replaced: a few choices that config.json holds.
public protocol SequenceConfiguration: Sendable, Hashable {
  /// What `model_type` in config.json says.
  static var modelType: String { get }
  /// The tokens.
  var vocabulary: SequenceVocabulary { get }
  /// Reads config.json.
  ///
  /// - Throws: `ConfigurationError` for a field that cannot be used.
  init(json: Data, file: String) throws(ConfigurationError)
  /// What config.json says for weights of that precision.
  func json(_ precision: WeightPrecision) throws -> Data
  /// The attentions of the model.
  var attentions: AttentionSizes { get }
  /// About how many numbers the embeddings and matrices hold, counted without making them.
  var weightCount: Int { get }
}

/// A model that reads a sequence and writes another, and keeps what it has written in a few rows of numbers.
///
/// That is what the recurrent and the convolutional model have in common: a Transformer's decoder keeps all of the past.
public protocol SequenceToSequenceModel: StoredModel {
  /// The choices that make the model.
  associatedtype Configuration: SequenceConfiguration
  /// The choices that make this model.
  var configuration: Configuration { get }
  /// A model with first values from the initializer.
  init(_ configuration: Configuration, _ initializer: inout ParameterInitializer)

  /// Source embeddings, `[source tokens, embedding]`; also those of the target where they are shared.
  var embedding: Tensor { get }
  /// Target embeddings, where they are not shared.
  var targetEmbedding: Tensor? { get }

  /// What the logits follow from for whole target sequences, `[tokens, embedding]`.
  ///
  /// - Parameters:
  ///   - sources: Source sequences, each with a token at least.
  ///   - targets: As many sequences, each behind the start token.
  ///   - context: Training or inference.
  /// - Returns: A row for each target token.
  func states(
    sources: TokenSequences, targets: TokenSequences, _ context: inout ForwardContext
  ) -> Tensor

  /// Reads the sources.
  func memory(of sources: TokenSequences) -> SourceMemory

  /// Takes the newest token of each hypothesis.
  ///
  /// - Parameters:
  ///   - tokens: The newest token of each.
  ///   - position: How many target tokens came before; the same for all.
  ///   - past: What is known of each hypothesis, a row for each in every tensor; at first the rows of `start` of their
  ///     sources. Moved on by one token.
  ///   - memory: What was read of the sources.
  ///   - sources: The source of each hypothesis.
  /// - Returns: What the logits follow from, `[rows, embedding]`.
  func step(
    _ tokens: [Int32], position: Int, _ past: inout [Tensor], _ memory: SourceMemory, sources: [Int]
  ) -> Tensor

  /// What a parameter is called in a file.
  static func storedName(of path: String) -> String
}

/// What a model has read.
public struct SourceMemory: Sendable {
  /// Rows for the tokens of all sources, as the model's decoder wants them.
  public let tensors: [Tensor]
  /// The rows of each source.
  public let ranges: [Range<Int>]
  /// What is known before the first token, a row for each source.
  public let start: [Tensor]

  /// A memory of sources.
  public init(tensors: [Tensor], ranges: [Range<Int>], start: [Tensor]) {
    self.tensors = tensors
    self.ranges = ranges
    self.start = start
  }
}

extension SequenceToSequenceModel {
  /// The table that target tokens are looked up in, which is also the output projection (Press and Wolf 2017).
  var targetTable: Tensor { targetEmbedding ?? embedding }

  /// Scores of the whole vocabulary, `[rows, vocabulary]`, for states `[rows, embedding]`.
  public func logits(_ states: Tensor) -> Tensor { states.linear(targetTable) }

  /// The loss of predicting `labels`; see `EncoderDecoder`.
  ///
  /// - Parameters:
  ///   - sources: Source sequences, each with a token at least.
  ///   - targets: What the decoder reads: each label sequence shifted right behind the start token.
  ///   - labels: The token that follows each target token; one below 0 does not count.
  ///   - smoothing: Label smoothing.
  ///   - scale: The factor of the loss; 1 / (number of labels) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  public func loss(
    sources: TokenSequences, targets: TokenSequences, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    states(sources: sources, targets: targets, &context).projectedCrossEntropy(
      targetTable, labels: labels, smoothing: smoothing, scale: scale)
  }

  /// Embedded tokens with some of them dropped, `[tokens, embedding]`.
  func embedded(
    _ ids: [Int32], in table: Tensor, dropout: Float, _ context: inout ForwardContext
  ) -> Tensor {
    table.embedding(of: ids).dropped(dropout, &context)
  }
}

extension Tensor {
  /// The next dropout of a pass.
  func dropped(_ probability: Float, _ context: inout ForwardContext) -> Tensor {
    let choice = context.dropout(probability)
    return dropout(choice.probability, seed: choice.seed)
  }
}
