import Foundation
import Heed
import HeedEvaluation

extension EvaluateCommand {
  /// Lines that are translated between two signs of progress.
  private static let windowLineCount = 512

  /// Translates a test set and scores the translations.
  func evaluateTranslation() throws {
    guard !reference.isEmpty else { throw CommandError.usage("--reference is needed at least once") }
    let source = try onlySource()
    let sources = try ParallelLines.lines(of: source)
    var references: [[String]] = []
    for file in reference {
      let lines = try ParallelLines.lines(of: file)
      guard lines.count == sources.count else {
        throw CommandError(
          .data,
          "\(source) has \(sources.count) lines and \(file) has \(lines.count); expected a reference for each line"
        )
      }
      references.append(lines)
    }
    let translator = try model.translator()
    let options = try search.translationOptions(translator)

    let clock = ContinuousClock()
    let start = clock.now
    var hypotheses: [String] = []
    var tokenCount = 0
    // Lines of like length are translated together across the whole set; windows only let progress be seen.
    while hypotheses.count < sources.count {
      let window = Array(sources.dropFirst(hypotheses.count).prefix(Self.windowLineCount))
      let translations = try withFlagNames {
        try translator.translate(window, options, firstLine: hypotheses.count)
      }
      for translation in translations {
        hypotheses.append(translation.text.replacing("\n", with: " "))
        tokenCount += translation.hypotheses.first?.tokens.count ?? 0
      }
      Progress.show("\(hypotheses.count) of \(sources.count) lines")
    }
    Progress.clear()
    // The speed is that of translating.
    let duration = (clock.now - start).seconds
    if let output {
      let text = hypotheses.map { $0 + "\n" }.joined()
      try AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: output))
    }
    for warning in warnings(hypotheses: hypotheses, references: references) {
      StandardError.say(warning.description)
    }
    let likelihood = loss ? try self.likelihood(of: references[0], for: sources, translator, options) : nil
    let speed = duration > 0 ? Double(tokenCount) / duration : 0
    let scores: [any MetricScore] = [
      BLEU(tokenizer: tokenize ?? .mteval13a, lowercase: lowercase).score(
        hypotheses: hypotheses, references: references),
      CHRF(lowercase: lowercase).score(hypotheses: hypotheses, references: references),
      TER().score(hypotheses: hypotheses, references: references),
    ]
    if json {
      try ResultStream.write(
        json: EvaluationReport(
          scores: scores, likelihood: likelihood, lineCount: sources.count, tokenCount: tokenCount,
          seconds: duration, tokensPerSecond: speed))
    } else {
      let line = likelihood.map {
        "loss \($0.loss.formatted(4)), perplexity \(exp($0.loss).formatted(4)) by token of the reference "
          + "(\($0.tokenCount) tokens)\n"
      }
      try ResultStream.write(
        alignedLines(of: scores, width: 2),
        "\(line ?? "")\(sources.count) lines, \(tokenCount) tokens, \(duration.formatted(1)) s, \(speed.formatted(0)) tokens/s"
      )
    }
  }
}

extension EvaluateCommand {
  /// −log p of the tokens of translations that are given, ends of sentence among them, in nats, on average.
  private func likelihood(
    of references: [String], for sources: [String], _ translator: Translator, _ options: TranslationOptions
  ) throws -> (loss: Double, tokenCount: Int)? {
    var (sum, count) = (0.0, 0)
    for start in stride(from: 0, to: sources.count, by: Self.windowLineCount) {
      let window = start..<min(start + Self.windowLineCount, sources.count)
      let found = try withFlagNames {
        try translator.score(
          Array(sources[window]), translations: Array(references[window]), options, firstLine: start)
      }
      for translation in found {
        let tokens = translation.hypotheses.first?.tokenLogProbabilities ?? []
        sum -= tokens.reduce(0) { $0 + Double($1) }
        count += tokens.count
      }
      Progress.show("reference: \(window.upperBound) of \(sources.count) lines")
    }
    Progress.clear()
    return count > 0 ? (sum / Double(count), count) : nil
  }
}

private struct EvaluationReport: Encodable {
  struct Score: Encodable {
    let score: Double
    let signature: String
    let details: String?
  }
  let metrics: [String: Score]
  let loss: Double?
  let perplexity: Double?
  let referenceTokenCount: Int?
  let lineCount: Int
  let tokenCount: Int
  let seconds: Double
  let tokensPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case metrics, loss, perplexity, seconds
    case referenceTokenCount = "reference_tokens"
    case lineCount = "lines"
    case tokenCount = "target_tokens"
    case tokensPerSecond = "target_tokens_per_second"
  }

  init(
    scores: [any MetricScore], likelihood: (loss: Double, tokenCount: Int)?, lineCount: Int, tokenCount: Int,
    seconds: Double, tokensPerSecond: Double
  ) {
    loss = likelihood?.loss
    perplexity = likelihood.map { exp($0.loss) }
    referenceTokenCount = likelihood?.tokenCount
    metrics = Dictionary(
      uniqueKeysWithValues: scores.map {
        let details = $0.details.isEmpty ? nil : $0.details
        return ($0.name, Score(score: $0.score, signature: $0.signature(), details: details))
      })
    self.lineCount = lineCount
    self.tokenCount = tokenCount
    self.seconds = seconds
    self.tokensPerSecond = tokensPerSecond
  }
}
