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
    let duration = (clock.now - start).seconds
    if let output {
      let text = hypotheses.map { $0 + "\n" }.joined()
      try AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: output))
    }
    for warning in warnings(hypotheses: hypotheses, references: references) {
      StandardError.say(warning.description)
    }
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
          scores: scores, lineCount: sources.count, tokenCount: tokenCount, seconds: duration,
          tokensPerSecond: speed))
    } else {
      try ResultStream.write(
        alignedLines(of: scores, width: 2),
        "\(sources.count) lines, \(tokenCount) tokens, \(duration.formatted(1)) s, \(speed.formatted(0)) tokens/s"
      )
    }
  }
}

private struct EvaluationReport: Encodable {
  struct Score: Encodable {
    let score: Double
    let signature: String
    let details: String?
  }
  let metrics: [String: Score]
  let lineCount: Int
  let tokenCount: Int
  let seconds: Double
  let tokensPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case metrics, seconds
    case lineCount = "lines"
    case tokenCount = "target_tokens"
    case tokensPerSecond = "target_tokens_per_second"
  }

  init(scores: [any MetricScore], lineCount: Int, tokenCount: Int, seconds: Double, tokensPerSecond: Double) {
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
