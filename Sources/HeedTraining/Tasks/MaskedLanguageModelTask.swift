import HeedLayers
import HeedModels
import HeedTensor

/// To find hidden words: BERT's task (Devlin et al. 2019, section 3.1).
///
/// Which words are hidden is drawn anew in each epoch (as RoBERTa does, Liu et al. 2019, section 4.1), and once and for
/// all for the held-out text, so that validations can be compared.
public struct MaskedLanguageModelTask: TrainingTask {
  /// What words are hidden of.
  public enum Texts: Sendable {
    /// Texts as the model reads them.
    case sequences(TokenStore)
    /// Pairs of texts, of which it also learns whether the second goes on from the first.
    case pairs(NextSentencePairs)

    var count: Int {
      switch self {
      case .sequences(let store): store.count
      case .pairs(let pairs): pairs.count
      }
    }

    var tokenCount: Int {
      switch self {
      case .sequences(let store): store.tokens.count
      case .pairs(let pairs): pairs.tokenCount
      }
    }

    var exampleSizes: [ExampleSize] {
      switch self {
      case .sequences(let store): store.exampleSizes
      case .pairs(let pairs): pairs.exampleSizes
      }
    }
  }

  private let training: Texts
  private let validation: Texts
  private let masking: WordMasking
  private let validationTokenBudget: Int
  private let seed: UInt64
  private let decode: @Sendable ([Int32]) -> String
  /// The sizes of all texts.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The texts to learn from.
  ///   - validation: The texts to validate on.
  ///   - masking: How words are hidden.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set.
  ///   - seed: What is hidden follows from it.
  ///   - decode: Makes text of tokens, to show some of it.
  public init(
    training: Texts, validation: Texts, _ masking: WordMasking, validationTokenBudget: Int = 4096,
    seed: UInt64, decode: @escaping @Sendable ([Int32]) -> String
  ) {
    self.training = training
    self.validation = validation
    self.masking = masking
    self.validationTokenBudget = validationTokenBudget
    self.seed = seed
    self.decode = decode
    exampleSizes = training.exampleSizes
  }

  /// What tells the texts from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    switch training {
    case .sequences(let store): fingerprint.mix(store)
    case .pairs(let pairs): pairs.mix(into: &fingerprint)
    }
    return fingerprint.text
  }

  /// Lays out some texts and hides words of them.
  public func batch(_ examples: [Int], epoch: Int) -> MaskedBatch {
    batch(examples, of: training, epoch: epoch)
  }

  /// The loss on the hidden words of the held-out text, and what the model takes some of them for; of pairs also how often
  /// it knows whether the second text goes on from the first, which is no part of that loss.
  public func validate(_ model: TextEncoder) throws -> ValidationFigures {
    let model = model.detached
    var (sum, wordCount, rightCount, pairCount) = (0.0, 0, 0, 0)
    for range in validation.exampleSizes.inOrder(tokenBudget: validationTokenBudget) {
      let batch = batch(Array(range), of: validation, epoch: Self.validationEpoch)
      var context = ForwardContext.inference
      let states = model(batch.input.sequences, segmentIDs: batch.input.segmentIDs, &context)
      let words = model.maskedLoss(states: states, labels: batch.labels, smoothing: 0, scale: 1)
      sum += words.negativeLogLikelihoodSum
      wordCount += words.labelCount
      guard let nextLabels = batch.nextLabels else { continue }
      let logits = model.nextSentenceLogits(states, batch.input.sequences).scalars
      pairCount += nextLabels.count
      rightCount += nextLabels.indices.count {
        (logits[2 * $0] < logits[2 * $0 + 1]) == (nextLabels[$0] == 1)
      }
    }
    return ValidationFigures(
      // Without a label nothing is known, which is not the same as knowing everything.
      loss: wordCount > 0 ? sum / Double(wordCount) : .infinity,
      scores: pairCount > 0 ? [.nextSentenceAccuracy: 100 * Double(rightCount) / Double(pairCount)] : [:],
      samples: samples(of: model))
  }

  /// Whether a word of the held-out text can be hidden at all; without one there is nothing to measure.
  var canBeValidated: Bool {
    (0..<validation.count).contains { index in
      batch([index], of: validation, epoch: Self.validationEpoch).labels.contains { $0 >= 0 }
    }
  }

  /// No pass over the training data has this number.
  private static var validationEpoch: Int { -1 }
  private static var sampleCount: Int { 4 }

  private func batch(_ examples: [Int], of texts: Texts, epoch: Int) -> MaskedBatch {
    var labels: [Int32] = []
    func masked(_ text: ArraySlice<Int32>, _ random: inout SplitMix64) -> ArraySlice<Int32> {
      let masked = masking.mask(text, &random)
      labels += masked.labels
      return masked.tokens[...]
    }
    func random(_ index: Int) -> SplitMix64 { SplitMix64(seed: seed, epoch: epoch, example: index) }
    switch texts {
    case .sequences(let store):
      let texts = examples.map { index in
        var random = random(index)
        return masked(store[index], &random)
      }
      return MaskedBatch(EncoderInput(texts), labels: labels)
    case .pairs(let pairs):
      var (texts, segments, next) = ([ArraySlice<Int32>](), [ArraySlice<Int32>](), [Int32]())
      for index in examples {
        var random = random(index)
        let pair = pairs.pair(index, &random)
        texts.append(masked(pair.tokens[...], &random))
        segments.append(pair.segments[...])
        next.append(pair.isNext ? 0 : 1)
      }
      return MaskedBatch(EncoderInput(texts, segmentIDs: segments), labels: labels, nextLabels: next)
    }
  }

  private func samples(of model: TextEncoder) -> [ValidationReport.Sample] {
    let count = min(Self.sampleCount, validation.count)
    return (0..<count).map { number in
      let index = number * validation.count / count
      let batch = batch([index], of: validation, epoch: Self.validationEpoch)
      var context = ForwardContext.inference
      let rows = batch.labels.indices.filter { batch.labels[$0] >= 0 }
      let logits = model.maskedLogits(
        model(batch.input.sequences, segmentIDs: batch.input.segmentIDs, &context).rows(rows))
      let columns = logits.shape.columns
      let found = logits.withUnsafeValues { values in
        rows.indices.map { row in
          Int32((0..<columns).max { values[row * columns + $0] < values[row * columns + $1] } ?? 0)
        }
      }
      func words(_ tokens: [Int32]) -> String { tokens.map { decode([$0]) }.joined(separator: " | ") }
      return ValidationReport.Sample(
        source: decode(batch.input.sequences.ids), reference: words(rows.map { batch.labels[$0] }),
        hypothesis: words(found))
    }
  }
}
