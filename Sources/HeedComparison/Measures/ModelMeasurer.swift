import Foundation
import Heed
import HeedEvaluation
import HeedGeneration
import HeedTraining

/// Measures what a trained model is worth, and how fast it translates.
struct ModelMeasurer: Sendable {
  private let translator: Translator
  private let text: HeldOutText
  private let settings: MeasurementSettings
  /// The model writes lower case where its vocabulary has no other.
  private let ignoresCase: Bool

  /// Sentences between two questions whether to stop.
  private static let windowCount = 128
  /// Groups of sources of like length.
  private static let bucketCount = 5
  /// Sentences that reports show.
  private static let exampleCount = 3

  /// Loads the model of a run.
  init(_ run: ComparedRun, _ text: HeldOutText, _ settings: MeasurementSettings) throws {
    translator = try Translator(directory: URL(fileURLWithPath: run.path))
    self.text = text
    self.settings = settings
    ignoresCase = run.recipe.vocabulary.lowercase
  }

  /// What the model is worth on the held-out text: beam search for BLEU and chrF, and the probabilities of the
  /// references.
  ///
  /// - Parameter checkpoint: Called now and then; may throw to stop.
  /// - Returns: The figures, and a translation for each sentence.
  /// - Throws: What translating or `checkpoint` throws.
  func quality(_ checkpoint: () throws -> Void) throws -> (
    figures: RunFigures.Quality, translations: [String]
  ) {
    var options = TranslationOptions()
    options.splitsSentences = false
    options.beamSize = settings.beamSize
    options.lengthPenalty = .huggingFace(Float(settings.lengthPenalty))
    var hypotheses: [String] = []
    var losses: [(sum: Double, count: Int)] = []
    for start in stride(from: 0, to: text.sources.count, by: Self.windowCount) {
      try checkpoint()
      let window = start..<min(start + Self.windowCount, text.sources.count)
      let sources = Array(text.sources[window])
      hypotheses += try translator.translate(sources, options, firstLine: start).map(\.text)
      let scored = try translator.score(sources, translations: Array(text.references[window]), options)
      losses += scored.map { line in
        let tokens = line.hypotheses.first?.tokenLogProbabilities ?? []
        return (tokens.reduce(0) { $0 - Double($1) }, tokens.count)
      }
    }
    func loss(_ places: some Sequence<Int>) -> Double {
      let (sum, count) = places.reduce((0.0, 0)) { ($0.0 + losses[$1].sum, $0.1 + losses[$1].count) }
      return sum / Double(max(1, count))
    }
    func scores(_ places: some Sequence<Int>) -> (bleu: BLEUScore, chrf: Double) {
      let places = Array(places)
      let (found, wanted) = (places.map { hypotheses[$0] }, places.map { text.references[$0] })
      return (
        BLEU(lowercase: ignoresCase).score(hypotheses: found, references: [wanted]),
        CHRF(lowercase: ignoresCase).score(hypotheses: found, references: [wanted]).score
      )
    }
    let byLength = text.buckets(Self.bucketCount).map { places in
      let (bleu, chrf) = scores(places)
      let lengths = places.map { text.lengths[$0] }
      return RunFigures.LengthBucket(
        shortest: lengths.min() ?? 0, longest: lengths.max() ?? 0, sentenceCount: places.count,
        meanLength: Double(lengths.reduce(0, +)) / Double(places.count), loss: loss(places),
        bleu: bleu.score, chrf: chrf)
    }
    let all = scores(hypotheses.indices)
    let figures = RunFigures.Quality(
      sentenceCount: hypotheses.count, leftOutCount: text.leftOutCount, loss: loss(hypotheses.indices),
      bleu: all.bleu.score, bleuSignature: all.bleu.signature(), chrf: all.chrf,
      examples: examples(hypotheses), byLength: byLength)
    return (figures, hypotheses)
  }

  /// A few sentences from all parts of the text.
  private func examples(_ hypotheses: [String]) -> [MetricsRecord.Sample] {
    let count = min(Self.exampleCount, hypotheses.count)
    return (0..<count).map { number in
      let place = number * hypotheses.count / count
      return .init(
        source: text.sources[place], reference: text.references[place], hypothesis: hypotheses[place])
    }
  }

  // MARK: Speed

  /// Tokens that are written for each source, so that all models do the same work.
  private static let writtenCount = 32
  /// Sentences that are translated together.
  static let togetherCount = 32
  /// Seconds and repetitions after which a speed is known well enough.
  private static let (enoughSeconds, enoughRepetitions) = (4.0, 12)

  /// Target tokens a second of greedy search, each source given exactly as many tokens.
  ///
  /// - Parameters:
  ///   - count: How many sentences are translated together; the first ones, again and again if there are fewer.
  ///   - checkpoint: Called now and then; may throw to stop.
  /// - Returns: The speed of the fastest repetition.
  /// - Throws: What translating or `checkpoint` throws.
  func tokensPerSecond(together count: Int, _ checkpoint: () throws -> Void) throws -> Double {
    var options = TranslationOptions()
    options.splitsSentences = false
    options.beamSize = 1
    let length = min(Self.writtenCount, translator.interface.lengthLimit ?? Self.writtenCount)
    options.minimumLength = length
    options.maximumLength = length
    options.batchTokens = 1 << 24
    var (best, seconds) = (0.0, 0.0)
    // The first one is not counted: memory is new, and threads awake, only then.
    for repetition in 0...Self.enoughRepetitions {
      try checkpoint()
      let first = count == 1 ? repetition : 0
      let sources = (first..<first + count).map { text.sources[$0 % text.sources.count] }
      let start = ContinuousClock.now
      let found = try translator.translate(sources, options)
      let elapsed = (ContinuousClock.now - start).seconds
      guard repetition > 0, elapsed > 0 else { continue }
      let tokens = found.reduce(0) { $0 + ($1.hypotheses.first?.tokens.count ?? 0) }
      best = max(best, Double(tokens) / elapsed)
      seconds += elapsed
      if seconds > Self.enoughSeconds { break }
    }
    return best
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
