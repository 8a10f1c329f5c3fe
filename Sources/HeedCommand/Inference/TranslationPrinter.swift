import Foundation
import Heed

/// Writes translations in the form that was asked for.
struct TranslationPrinter {
  /// What is written for a line.
  enum Form {
    /// The text, or the score and the text.
    case text(withScore: Bool)
    /// N lines in Moses' form: `line ||| text ||| score`.
    case nBest(Int)
    /// An object.
    case json
    /// The log-probability of a given translation.
    case logProbability
  }

  let form: Form
  let showsAlignments: Bool

  /// Adds what is to be said about a line, whose number counts from 0, to the results.
  func print(_ translation: Translation, index: Int, to stream: inout ResultStream) throws {
    switch form {
    case .text(let withScore):
      guard let best = translation.hypotheses.first else { return }
      let score = withScore ? "\(Self.number(best.score))\t" : ""
      stream.append(line: score + Self.line(best.text) + pairs(best))
    case .nBest(let count):
      for rank in 0..<count {
        // Constraints and empty lines can leave fewer; whoever reads counts on N lines for each.
        guard let last = translation.hypotheses.last else { return }
        let hypothesis = rank < translation.hypotheses.count ? translation.hypotheses[rank] : last
        stream.append(
          line: "\(index) ||| \(Self.line(hypothesis.text)) ||| \(Self.number(hypothesis.score))"
            + pairs(hypothesis))
      }
    case .json:
      stream.append(line: try jsonLine(Record(translation, index: index)))
    case .logProbability:
      guard let given = translation.hypotheses.first else { return }
      stream.append(line: Self.number(given.logProbability) + pairs(given))
    }
  }

  private func pairs(_ hypothesis: TranslationHypothesis) -> String {
    guard showsAlignments, let links = hypothesis.alignment else { return "" }
    return " ||| " + links.map(\.description).joined(separator: " ")
  }

  /// A text on one line: a translation may hold a line feed, and the lines of the result would not be those of the
  /// source any more.
  private static func line(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 }))
  }

  private static func number(_ value: Float) -> String { "\(value)" }

  private struct Record: Encodable {
    struct Hypothesis: Encodable {
      let text: String
      let score: Float
      let logProbability: Float
      let tokens: [String]
      let tokenScores: [Float]
      let alignment: String?

      enum CodingKeys: String, CodingKey {
        case text, score, tokens, alignment
        case logProbability = "log_probability"
        case tokenScores = "token_scores"
      }
    }
    let index: Int
    let source: String
    let hypotheses: [Hypothesis]

    init(_ translation: Translation, index: Int) {
      self.index = index
      source = translation.source
      hypotheses = translation.hypotheses.map {
        Hypothesis(
          text: $0.text, score: $0.score, logProbability: $0.logProbability, tokens: $0.tokens,
          tokenScores: $0.tokenLogProbabilities,
          alignment: $0.alignment.map { $0.map(\.description).joined(separator: " ") })
      }
    }
  }
}
