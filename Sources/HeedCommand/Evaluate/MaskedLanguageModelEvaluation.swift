import Foundation
import HeedTraining

extension EvaluateCommand {
  /// Perplexity of masked words, and how often a model that has learned it knows what goes on from what.
  func evaluateMaskedLanguageModel() throws {
    var evaluation = MaskedWordEvaluation()
    if let share = try maskedShare() { evaluation.share = share }
    if let length = choices.maxTokens {
      try requireAtLeastOne(length, "--max-tokens")
      evaluation.maximumLength = length
    }
    evaluation.masksWholeWords = choices.wholeWords
    evaluation.seed = choices.seed ?? evaluation.seed
    evaluation.batchTokens = search.batchTokens
    let figures = try evaluation.measure(
      directory: onlyDirectory().path, on: source.map { TextFile($0, .lines) })
    let accuracy = figures.nextSentenceAccuracy
    if figures.knowsNextSentence, accuracy == nil {
      StandardError.say(
        "\(source[0]): next-sentence accuracy is left out: it takes two documents, with an empty line between them, of "
          + "which one has two sentences")
    }
    if json {
      return try ResultStream.write(
        json: MaskedWordReport(
          perplexity: exp(figures.loss), loss: figures.loss, sequences: figures.sequenceCount,
          tokens: figures.tokenCount, maskedShare: evaluation.share, seed: evaluation.seed,
          nextSentenceAccuracy: accuracy))
    }
    let perplexity =
      "perplexity of masked words \(exp(figures.loss).formatted(4)), loss \(figures.loss.formatted(4))"
    let next = accuracy.map { ", next-sentence accuracy \($0.formatted(2)) %" } ?? ""
    try ResultStream.write(
      "\(perplexity)\(next) (\(figures.sequenceCount) \(accuracy == nil ? "sequences" : "pairs"), "
        + "\(figures.tokenCount) tokens, share \(evaluation.share), seed \(evaluation.seed))")
  }
}

private struct MaskedWordReport: Encodable {
  let perplexity: Double
  let loss: Double
  let sequences: Int
  let tokens: Int
  let maskedShare: Double
  let seed: UInt64
  /// In per cent.
  let nextSentenceAccuracy: Double?
}
