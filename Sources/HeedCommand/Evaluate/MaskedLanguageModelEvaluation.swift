import Foundation
import HeedTraining

extension EvaluateCommand {
  /// Perplexity of masked words.
  func evaluateMaskedLanguageModel() throws {
    var evaluation = MaskedWordEvaluation()
    if let share = choices.maskedShare {
      guard share > 0, share < 1 else {
        throw CommandError.usage("--masked-share must be between 0 and 1, got \(share)")
      }
      evaluation.share = share
    }
    if let length = choices.maxTokens {
      try requireAtLeastOne(length, "--max-tokens")
      evaluation.maximumLength = length
    }
    evaluation.masksWholeWords = choices.wholeWords
    evaluation.seed = choices.seed ?? evaluation.seed
    evaluation.batchTokens = search.batchTokens
    let figures = try evaluation.measure(
      directory: onlyDirectory().path, on: source.map { TextFile($0, .lines) })
    if json {
      return try ResultStream.write(
        json: MaskedWordReport(
          perplexity: exp(figures.loss), loss: figures.loss, sequences: figures.sequenceCount,
          tokens: figures.tokenCount, maskedShare: evaluation.share, seed: evaluation.seed))
    }
    try ResultStream.write(
      "perplexity of masked words \(exp(figures.loss).formatted(4)), loss \(figures.loss.formatted(4)) "
        + "(\(figures.sequenceCount) sequences, \(figures.tokenCount) tokens, share \(evaluation.share), "
        + "seed \(evaluation.seed))")
  }
}

private struct MaskedWordReport: Encodable {
  let perplexity: Double
  let loss: Double
  let sequences: Int
  let tokens: Int
  let maskedShare: Double
  let seed: UInt64
}
