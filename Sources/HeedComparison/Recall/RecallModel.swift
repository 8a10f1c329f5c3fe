import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining

/// A model of the comparison.
package enum RecallModel: String, Codable, CaseIterable, Sendable {
  /// The encoder-decoder of the paper.
  case transformer
  /// Long short-term memory that knows the source by the encoder's last state alone.
  case lstm
  /// The same with additive attention to the source.
  case lstmAdditive = "lstm-additive"
  /// The same with multiplicative attention.
  case lstmMultiplicative = "lstm-multiplicative"
  /// Gated recurrent units that know the source by the encoder's last state alone.
  case gru
  /// The same with additive attention to the source.
  case gruAdditive = "gru-additive"
  /// The same with multiplicative attention.
  case gruMultiplicative = "gru-multiplicative"
  /// Gated convolutions with attention in each layer of the decoder.
  case convolution

  /// What it is called in a report.
  package var title: String {
    switch self {
    case .transformer: "Transformer"
    case .lstm: "LSTM"
    case .lstmAdditive: "LSTM, additive attention"
    case .lstmMultiplicative: "LSTM, multiplicative attention"
    case .gru: "GRU"
    case .gruAdditive: "GRU, additive attention"
    case .gruMultiplicative: "GRU, multiplicative attention"
    case .convolution: "convolution"
    }
  }

  /// The same in a sentence, where those without attention are to be told from those with it.
  package var name: String {
    switch self {
    case .lstm, .gru: "the \(title) without attention"
    case .lstmAdditive: "the LSTM with additive attention"
    case .lstmMultiplicative: "the LSTM with multiplicative attention"
    case .gruAdditive: "the GRU with additive attention"
    case .gruMultiplicative: "the GRU with multiplicative attention"
    case .transformer: "the Transformer"
    case .convolution: "the convolutional model"
    }
  }

  /// The cell and the attention of a recurrent model.
  fileprivate var recurrence: (cell: RecurrentCell, attention: RecurrentConfiguration.Attention)? {
    switch self {
    case .transformer, .convolution: nil
    case .lstm: (.lstm, .none)
    case .lstmAdditive: (.lstm, .additive)
    case .lstmMultiplicative: (.lstm, .multiplicative)
    case .gru: (.gru, .none)
    case .gruAdditive: (.gru, .additive)
    case .gruMultiplicative: (.gru, .multiplicative)
    }
  }
}

/// The sizes of the models: the Transformer's are given, those of the others follow from its number of parameters.
package struct RecallShape: Codable, Hashable, Sendable {
  /// The width of the Transformer.
  package var hiddenSize = 64
  /// Its heads.
  package var headCount = 4
  /// The layers of encoder and decoder, of the Transformer and the convolutional model; a recurrent model has one.
  package var layerCount = 2
  /// The tokens that a convolution sees.
  package var kernelSize = 3
  /// The longest sequences that are trained on: the convolutional model has position embeddings for those.
  package var trainedLength = 64

  /// The usual sizes.
  package init() {}

  private static var vocabulary: SequenceVocabulary {
    SequenceVocabulary(
      sourceSize: RecallVocabulary.size, startToken: RecallVocabulary.start, endToken: RecallVocabulary.end,
      padToken: RecallVocabulary.start)
  }

  /// The Transformer: post-norm and with sinusoids, as in the paper, without dropout, for generated data never repeat.
  package func transformer(seed: UInt64) throws -> EncoderDecoder {
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: headCount, feedForwardSize: 4 * hiddenSize, dropout: 0)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: layerCount, decoderLayerCount: layerCount,
      vocabularySize: RecallVocabulary.size,
      tokens: .init(begin: 0, pad: RecallVocabulary.start, end: RecallVocabulary.end))
    var initializer = ParameterInitializer(seed: seed)
    return EncoderDecoder(configuration, &initializer)
  }

  /// A recurrent model of a width.
  private func recurrent(
    _ cell: RecurrentCell, _ attention: RecurrentConfiguration.Attention, width: Int
  ) -> RecurrentConfiguration {
    RecurrentConfiguration(
      Self.vocabulary, cell: cell, attention: attention, embeddingSize: width, hiddenSize: width, dropout: 0)
  }

  /// A convolutional model of a width.
  private func convolutional(width: Int) -> ConvolutionalConfiguration {
    ConvolutionalConfiguration(
      Self.vocabulary, embeddingSize: width, hiddenSize: width, encoderLayerCount: layerCount,
      decoderLayerCount: layerCount, kernelSize: kernelSize, maximumPositions: trainedLength + 2, dropout: 0)
  }

  /// Calls `body` with a model that has about as many parameters as the Transformer, and its width.
  ///
  /// - Parameters:
  ///   - model: Which one.
  ///   - seed: What its first values follow from.
  ///   - body: What is done with it.
  /// - Returns: What `body` returns.
  /// - Throws: `ConfigurationError` for sizes that make no Transformer, or what `body` throws.
  package func withModel<Result>(
    _ model: RecallModel, seed: UInt64, _ body: (any RecallLearner, Int) throws -> Result
  ) throws -> Result {
    let transformer = try transformer(seed: seed)
    if model == .transformer { return try body(transformer, hiddenSize) }
    let goal = transformer.parameterCount
    var initializer = ParameterInitializer(seed: seed)
    guard let (cell, attention) = model.recurrence else {
      let width = WidthSearch.width(nearest: goal, step: 4) { width in
        var placeholder = ParameterInitializer.placeholder
        return ConvolutionalEncoderDecoder(convolutional(width: width), &placeholder).parameterCount
      }
      return try body(ConvolutionalEncoderDecoder(convolutional(width: width), &initializer), width)
    }
    let width = WidthSearch.width(nearest: goal, step: 4) { width in
      var placeholder = ParameterInitializer.placeholder
      return RecurrentEncoderDecoder(recurrent(cell, attention, width: width), &placeholder).parameterCount
    }
    return try body(RecurrentEncoderDecoder(recurrent(cell, attention, width: width), &initializer), width)
  }
}

/// What training and measuring need of a model, whichever it is.
package protocol RecallLearner: StoredModel, SearchableModel {
  /// How it is trained.
  associatedtype Work: TrainingTask where Work.Model == Self

  /// The task of turning sources into targets.
  static func work(training: PairStore, validation: PairStore) -> Work
  /// Source embeddings, `[vocabulary, embedding]`; also those of the target unless there are any for it.
  var embedding: Tensor { get set }
  /// Target embeddings, where they are not the source's.
  var targetEmbedding: Tensor? { get set }
  /// What embeddings are multiplied by.
  var embeddingFactor: Float { get }

  /// The loss of predicting `labels`; those below 0 do not count.
  func loss(
    sources: TokenSequences, targets: TokenSequences, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult
}

extension RecallLearner {
  fileprivate static func pairs(_ training: PairStore, _ validation: PairStore) -> SequenceToSequenceTask {
    let tokens = SequenceVocabulary(
      sourceSize: RecallVocabulary.size, startToken: RecallVocabulary.start, endToken: RecallVocabulary.end)
    return SequenceToSequenceTask(training: training, validation: validation, .init(tokens))
  }
}

extension EncoderDecoder: RecallLearner {
  /// Pairs, batches and figures of translation.
  package static func work(training: PairStore, validation: PairStore) -> SequenceToSequenceTask {
    pairs(training, validation)
  }
  /// √hidden.
  package var embeddingFactor: Float { configuration.embeddingScale }
}

extension RecurrentEncoderDecoder: RecallLearner {
  /// Pairs, batches and figures of translation.
  package static func work(
    training: PairStore, validation: PairStore
  ) -> SequenceModelTask<RecurrentEncoderDecoder> {
    SequenceModelTask(pairs(training, validation))
  }
  /// Embeddings are taken as they are.
  package var embeddingFactor: Float { 1 }
}

extension ConvolutionalEncoderDecoder: RecallLearner {
  /// Pairs, batches and figures of translation.
  package static func work(
    training: PairStore, validation: PairStore
  ) -> SequenceModelTask<ConvolutionalEncoderDecoder> {
    SequenceModelTask(pairs(training, validation))
  }
  /// Embeddings are taken as they are.
  package var embeddingFactor: Float { 1 }
}
