import HeedModels
import HeedTensor

/// To write the spans that are missing from a text: T5's task (Raffel et al. 2020, section 3.1.4).
///
/// Some spans of a text are each replaced by a sentinel; the target is the sentinels, each followed by what it stands for,
/// and one more at the end, as the paper's figure 2 has it (the program of its authors, whose texts always end in a span, writes
/// none there). What is left out is drawn anew in each epoch.
public struct SpanCorruptionTask: TrainingTask {
  private let training: TokenStore
  private let validation: TokenStore
  private let corruption: SpanCorruption
  private let ends: SequenceToSequenceTask.Ends
  private let validationTokenBudget: Int
  private let seed: UInt64
  private let writing: Writing?
  /// The sizes of all texts, as large as corruption can make them.
  public let exampleSizes: [ExampleSize]

  /// Shows what a model writes for corrupted texts: given sources and targets in tokens.
  public typealias Writing = @Sendable (EncoderDecoder, PairStore) throws -> [ValidationReport.Sample]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The texts to learn from, without special tokens.
  ///   - validation: The texts to validate on.
  ///   - corruption: How spans are left out.
  ///   - ends: The tokens that the model's decoder starts from and ends with.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set, on its larger side.
  ///   - seed: What is left out follows from it.
  ///   - writing: Shows what a model makes of some texts; without it validation shows nothing.
  public init(
    training: TokenStore, validation: TokenStore, _ corruption: SpanCorruption,
    _ ends: SequenceToSequenceTask.Ends,
    validationTokenBudget: Int = 4096, seed: UInt64, writing: Writing? = nil
  ) {
    self.training = training
    self.validation = validation
    self.corruption = corruption
    self.ends = ends
    self.validationTokenBudget = validationTokenBudget
    self.seed = seed
    self.writing = writing
    exampleSizes = Self.sizes(training, corruption)
  }

  /// What tells the texts from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training)
    return fingerprint.text
  }

  /// Lays out some texts and leaves spans of them out.
  public func batch(_ examples: [Int], epoch: Int) -> RaggedBatch {
    batch(pairs(examples, of: training, epoch: epoch))
  }

  /// The loss on what was left out of the held-out text, once and for all.
  public func validate(_ model: EncoderDecoder) throws -> ValidationFigures {
    let batches = Self.sizes(validation, corruption).inOrder(tokenBudget: validationTokenBudget)
    let loss = RaggedBatch.loss(
      of: model,
      on: batches.lazy.map { batch(pairs(Array($0), of: validation, epoch: Self.validationEpoch)) })
    let count = min(Self.sampleCount, validation.count)
    let chosen = (0..<count).map { $0 * validation.count / count }
    let shown = pairs(chosen, of: validation, epoch: Self.validationEpoch)
    return ValidationFigures(loss: loss, samples: try writing?(model.preparedForInference, shown) ?? [])
  }

  /// No pass over the training data has this number.
  private static var validationEpoch: Int { -1 }
  private static var sampleCount: Int { 4 }

  private func batch(_ pairs: PairStore) -> RaggedBatch {
    RaggedBatch(pairs, Array(0..<pairs.count), startToken: ends.start, endToken: ends.end)
  }

  private func pairs(_ examples: [Int], of store: TokenStore, epoch: Int) -> PairStore {
    PairStore(
      examples.map { index in
        var random = SplitMix64(seed: seed, epoch: epoch, example: index)
        var pair = corruption.corrupt(store[index], &random)
        pair.source.append(ends.end)
        return pair
      })
  }

  private static func sizes(_ store: TokenStore, _ corruption: SpanCorruption) -> [ExampleSize] {
    (0..<store.count).map { index in
      let (noise, spans) = corruption.counts(store.length(index))
      let length = store.length(index)
      return ExampleSize(source: length - noise + spans + 1, target: noise + spans + 2)
    }
  }
}

/// How spans are left out of a text (Raffel et al. 2020, sections 3.1.4 and 3.3.4).
public struct SpanCorruption: Sendable {
  /// The share of tokens that are left out.
  public var share: Double
  /// The mean length of what is left out at a time.
  public var meanSpanLength: Double
  /// The tokens that stand for what is left out, in the order in which they are used.
  public let sentinels: [Int32]

  /// A way to leave spans out: 15 % of the tokens, 3 at a time, as T5's authors do.
  public init(share: Double = 0.15, meanSpanLength: Double = 3, sentinels: [Int32]) {
    precondition(
      share > 0 && share < 1 && meanSpanLength >= 1, "SpanCorruption: share or length out of range")
    precondition(sentinels.count > 1, "SpanCorruption: two sentinels at least")
    self.share = share
    self.meanSpanLength = meanSpanLength
    self.sentinels = sentinels
  }

  /// How many tokens of a text of so many are left out, in how many spans. At least one of each, and something stays.
  package func counts(_ length: Int) -> (noise: Int, spans: Int) {
    guard length > 1 else { return (0, 0) }
    let noise = min(max(1, Int((share * Double(length)).rounded())), length - 1)
    let spans = max(1, Int((Double(noise) / meanSpanLength).rounded()))
    // Each span needs a token of its own, one before it, and a sentinel; one sentinel ends the target.
    return (noise, min(spans, noise, length - noise, sentinels.count - 1))
  }

  /// Leaves spans out of a text: the text with sentinels, and what they stand for.
  package func corrupt(_ text: ArraySlice<Int32>, _ random: inout SplitMix64) -> EncodedPair {
    let (noise, spans) = counts(text.count)
    var pair = EncodedPair(source: [], target: [])
    guard spans > 0 else { return EncodedPair(source: Array(text), target: [sentinels[0]]) }
    let kept = Self.parts(of: text.count - noise, spans, &random)
    let lost = Self.parts(of: noise, spans, &random)
    var place = text.startIndex
    for span in 0..<spans {
      pair.source += text[place..<place + kept[span]]
      place += kept[span]
      pair.source.append(sentinels[span])
      pair.target.append(sentinels[span])
      pair.target += text[place..<place + lost[span]]
      place += lost[span]
    }
    pair.target.append(sentinels[spans])
    return pair
  }

  /// `total` as a sum of `count` numbers that are at least 1, each such sum as likely as any other.
  private static func parts(of total: Int, _ count: Int, _ random: inout SplitMix64) -> [Int] {
    // The places of the cuts are a random choice among those between neighbours.
    var isCut = [Bool](repeating: false, count: total - 1)
    for place in 0..<count - 1 { isCut[place] = true }
    random.shuffle(&isCut)
    var parts = [1]
    for cut in isCut {
      if cut { parts.append(1) } else { parts[parts.count - 1] += 1 }
    }
    return parts
  }
}
