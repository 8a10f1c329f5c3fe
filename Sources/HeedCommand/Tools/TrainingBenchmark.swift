import ArgumentParser
import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining

/// `heed benchmark train`: whole training steps on random sentences.
struct TrainingBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Measure training, in target tokens a second.",
    discussion: """
      Steps of the paper's Transformer on random sentences of 4 to 40 tokens: label smoothing 0.1, dropout 0.1 (of \
      attention weights too), clipping at 1, Adam. Counted are the tokens that the decoder has to predict. Batches \
      are cut as a program that pads would cut them: the longest sentence times their number reaches --batch-tokens.
      """)

  /// A model to train.
  enum Size: String, CaseIterable, ExpressibleByArgument, Encodable {
    case tiny, small, base

    var shape: (layers: Int, hidden: Int, feedForward: Int, heads: Int, vocabulary: Int, steps: Int) {
      switch self {
      case .tiny: (4, 128, 256, 4, 10_000, 22)
      case .small: (3, 256, 1024, 4, 8_000, 18)
      case .base: (6, 512, 2048, 8, 10_000, 4)
      }
    }
  }

  @OptionGroup var options: BenchmarkOptions
  @Option(help: "The model.") var size = Size.tiny
  @Option(help: "Tokens of a batch, padding included.") var batchTokens = 4096
  @Option(help: "Steps to measure, after two to warm up (default: 22, 18, 4 by size).") var steps: Int?
  @OptionGroup var machine: MachineOptions

  private static let warmupSteps = 2

  func validate() throws {
    guard (40...1_000_000).contains(batchTokens) else {
      throw ValidationError("--batch-tokens must be from 40 to 1000000, got \(batchTokens).")
    }
    guard (1...100_000).contains(steps ?? 1) else {
      throw ValidationError("--steps must be from 1 to 100000, got \(steps ?? 0).")
    }
    // Batches are made before the time is taken.
    guard batchTokens * (steps ?? 1) <= 50_000_000 else {
      throw ValidationError(
        "--batch-tokens times --steps must be at most 50000000, got \(batchTokens * (steps ?? 1)).")
    }
  }

  mutating func perform() throws {
    try machine.apply()
    let shape = size.shape
    let block = BlockConfiguration(
      hiddenSize: shape.hidden, headCount: shape.heads, feedForwardSize: shape.feedForward, dropout: 0.1,
      attentionDropout: 0.1)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: shape.layers, decoderLayerCount: shape.layers,
      vocabularySize: shape.vocabulary)
    var initializer = ParameterInitializer(seed: 1)
    let model = EncoderDecoder(configuration, &initializer)
    var settings = TrainerSettings()
    settings.clipNorm = 1
    settings.labelSmoothing = 0.1
    settings.schedule = .constant(rate: 1e-4, warmupSteps: 0, initial: 0)
    var session = TrainingSession(model, settings)

    let count = Self.warmupSteps + (steps ?? shape.steps)
    let batches = RandomBatches(vocabularySize: shape.vocabulary, batchTokens: batchTokens).batches(count)
    var losses = batches.prefix(Self.warmupSteps).map { session.take([$0]).report.loss }
    let measured = batches.dropFirst(Self.warmupSteps)
    let seconds = Measurement.seconds {
      for batch in measured { losses.append(session.take([batch]).report.loss) }
    }
    let tokens = measured.reduce(0) { $0 + $1.tokenCount }
    let report = Report(
      batchTokens: batchTokens, isa: Machine.instructionSet, losses: losses,
      parameters: model.parameterCount,
      peakMemoryBytes: Machine.peakMemoryBytes, secondsPerStep: seconds / Double(measured.count), size: size,
      steps: measured.count, targetTokensPerSecond: Double(tokens) / seconds,
      threads: ThreadPool.shared.threadCount)
    if options.json {
      try options.printJSON(report)
    } else {
      print(
        "heed \(size.rawValue): params \((Double(report.parameters) / 1e6).fixed(1))M  target tokens/s "
          + "\(report.targetTokensPerSecond.fixed(0))  s/step \(report.secondsPerStep.fixed(3))  "
          + "threads \(report.threads)  \(report.isa)")
      print("peak memory \((Double(report.peakMemoryBytes) / 1e6).fixed(0)) MB")
    }
  }

  private struct Report: Encodable {
    let batchTokens: Int
    let isa: String
    /// Of each step, those to warm up included: the same with any number of threads, bit for bit.
    let losses: [Double]
    let parameters, peakMemoryBytes: Int
    let secondsPerStep: Double
    let size: Size
    let steps: Int
    let targetTokensPerSecond: Double
    let threads: Int
  }
}

/// Batches of random tokens with lengths like those of everyday sentences.
struct RandomBatches {
  let vocabularySize: Int
  let batchTokens: Int

  private static let start: Int32 = 1
  private static let lengths = 4...40

  /// This many batches, in random order.
  func batches(_ count: Int) -> [RaggedBatch] {
    var random = SplitMix64(seed: 1)
    var batches: [RaggedBatch] = []
    // A round gives some ten batches more than its size asks for; a budget of few sentences may need several rounds.
    while batches.count < count {
      var round = cut(sortedLengths((count + 8) * 400 * max(1, batchTokens / 4096), &random))
      random.shuffle(&round)
      for lengths in round.prefix(count - batches.count) { batches.append(fill(lengths, &random)) }
    }
    return batches
  }

  private func sortedLengths(_ count: Int, _ random: inout SplitMix64) -> [(source: Int, target: Int)] {
    func clamped(_ length: Int) -> Int { min(Self.lengths.upperBound, max(Self.lengths.lowerBound, length)) }
    let deviations = Tensor.normal(deviation: 5, [count], using: &random).scalars
    let pairs = deviations.map { deviation -> (source: Int, target: Int) in
      let source = clamped(Int(14 + deviation))
      return (source, clamped(source - 3 + random.next(below: 7)))
    }
    return pairs.sorted { $0 < $1 }
  }

  private func cut(_ lengths: [(source: Int, target: Int)]) -> [[(source: Int, target: Int)]] {
    var result: [[(source: Int, target: Int)]] = []
    var current: [(source: Int, target: Int)] = []
    var longest = 0
    for pair in lengths {
      current.append(pair)
      longest = max(longest, pair.source, pair.target)
      if longest * current.count >= batchTokens {
        result.append(current)
        (current, longest) = ([], 0)
      }
    }
    return result
  }

  /// A batch whose decoder predicts `target` tokens of each pair.
  private func fill(_ lengths: [(source: Int, target: Int)], _ random: inout SplitMix64) -> RaggedBatch {
    func tokens(_ count: Int) -> [Int32] {
      (0..<count).map { _ in Int32(4 + random.next(below: vocabularySize - 4)) }
    }
    var store = PairStore()
    var ends: [Int32] = []
    for pair in lengths {
      store.append(source: tokens(pair.source), target: tokens(pair.target - 1))
      ends += tokens(1)
    }
    // The last token of a target takes the place of the end of sentence, so that `target` counts all that is predicted.
    var batch = RaggedBatch(store, Array(0..<store.count), startToken: Self.start, endToken: 0)
    for (offset, end) in zip(batch.targetOffsets.dropFirst(), ends) { batch.labels[offset - 1] = end }
    return batch
  }
}
