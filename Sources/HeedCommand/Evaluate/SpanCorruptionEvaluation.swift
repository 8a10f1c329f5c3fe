import Foundation
import HeedTraining

extension EvaluateCommand {
  /// Loss and perplexity of what is left out of a text.
  func evaluateSpanCorruption() throws {
    var evaluation = SpanCorruptionEvaluation()
    if let share = try maskedShare() { evaluation.share = share }
    if let length = choices.meanSpanLength {
      guard length >= 1, length.isFinite else {
        throw CommandError.usage("--mean-span-length must be at least 1, got \(length)")
      }
      evaluation.meanSpanLength = length
    }
    if let length = choices.maxTokens {
      try requireAtLeastOne(length, "--max-tokens")
      evaluation.maximumLength = length
    }
    evaluation.seed = choices.seed ?? evaluation.seed
    evaluation.batchTokens = search.batchTokens
    let figures = try evaluation.measure(
      directory: onlyDirectory().path, on: source.map { TextFile($0, .lines) })
    if json {
      return try ResultStream.write(
        json: SpanReport(
          perplexity: exp(figures.loss), loss: figures.loss, sequences: figures.sequenceCount,
          tokens: figures.tokenCount, maskedShare: evaluation.share,
          meanSpanLength: evaluation.meanSpanLength,
          seed: evaluation.seed))
    }
    try ResultStream.write(
      "perplexity of missing spans \(exp(figures.loss).formatted(4)), loss \(figures.loss.formatted(4)) "
        + "(\(figures.sequenceCount) sequences, \(figures.tokenCount) tokens, share \(evaluation.share), "
        + "spans of \(evaluation.meanSpanLength), seed \(evaluation.seed))")
  }

  /// What `--masked-share` says.
  func maskedShare() throws -> Double? {
    guard let share = choices.maskedShare else { return nil }
    guard share > 0, share < 1 else {
      throw CommandError.usage("--masked-share must be between 0 and 1, got \(share)")
    }
    return share
  }
}

private struct SpanReport: Encodable {
  let perplexity: Double
  let loss: Double
  let sequences: Int
  let tokens: Int
  let maskedShare: Double
  let meanSpanLength: Double
  let seed: UInt64
}
