import HeedLayers
import HeedModels
import HeedTensor
import TestSupport

/// The kinds of Transformer that the laws are about.
enum LawModel: String, CaseIterable, Sendable {
  case postNorm, preNorm, separateVocabularies, learnedPositions

  /// A model with random values everywhere, gains and biases too, so that no parameter is without effect.
  func make(dropout: Float = 0) throws -> EncoderDecoder {
    var block = BlockConfiguration(
      hiddenSize: 32, headCount: 4, feedForwardSize: 48,
      normPlacement: [.preNorm, .learnedPositions].contains(self) ? .before : .after, dropout: dropout)
    block.attentionDropout = dropout
    block.activationDropout = dropout
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 2, decoderLayerCount: 2, vocabularySize: 60,
      targetVocabularySize: self == .separateVocabularies ? 70 : nil,
      maximumPositions: self == .learnedPositions ? 128 : 512, learnsPositions: self == .learnedPositions)
    var initializer = ParameterInitializer(seed: 5)
    var model = EncoderDecoder(configuration, &initializer)
    var seed: UInt64 = 0
    model.forEachParameter { path, parameter in
      seed += 1
      guard parameter.shape.rank == 1 else { return }
      let noise = normalValues(parameter.shape, seed: seed, deviation: 0.2)
      parameter = path.hasSuffix("Norm.weight") ? noise + Tensor(repeating: 1, noise.shape) : noise
    }
    if model.outputBias != nil {
      model.outputBias = normalValues([configuration.targetVocabularySize], seed: 99, deviation: 0.3)
    }
    return model
  }
}

/// Sentence pairs of many lengths.
struct LawBatch {
  let sources: [[Int32]]
  let targets: [[Int32]]

  /// Lengths from 1 token upward; with enough pairs the products are cut among threads.
  init(pairCount: Int, seed: UInt64 = 1, longest: Int = 25) {
    var generator = SplitMix64(seed: seed)
    func sentence() -> [Int32] {
      let length = 1 + generator.next(below: longest)
      return (0..<length).map { _ in Int32(4 + generator.next(below: 56)) }
    }
    var (sources, targets): ([[Int32]], [[Int32]]) = ([[7]], [[8]])
    for _ in 1..<pairCount {
      sources.append(sentence())
      targets.append(sentence())
    }
    self.sources = sources
    self.targets = targets
  }

  /// The tokens that follow; the last one of each target, and now and then another, does not count.
  var labels: [Int32] {
    targets.flatMap { target in
      target.indices.map { $0 + 1 < target.count && $0 % 7 != 3 ? target[$0 + 1] : $0 == 0 ? 5 : -1 }
    }
  }

  func loss(_ model: EncoderDecoder, smoothing: Float = 0.1, scale: Float, _ context: ForwardContext)
    -> LossResult
  {
    var context = context
    return model.loss(
      sources: TokenSequences(sources), targets: TokenSequences(targets), labels: labels,
      smoothing: smoothing,
      scale: scale, &context)
  }
}
