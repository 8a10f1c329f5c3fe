import Foundation
import HeedText

/// A `search.json`: what transformers' `generate` found for a model, to be compared with what a search finds here.
public struct SearchReference: Sendable {
  /// One setting of `generate` and what it found.
  public struct Case: Sendable {
    /// The setting.
    public let options: GenerationOptions
    /// For each source its hypotheses, best first; they have no token log-probabilities.
    public let hypotheses: [[Hypothesis]]

    /// Compares what a search found with what is expected.
    public func comparison(with found: [[Hypothesis]]) -> Comparison {
      precondition(found.count == hypotheses.count, "hypotheses for each source")
      var result = Comparison()
      for (source, (expected, actual)) in zip(hypotheses, found).enumerated() {
        if actual.map(\.tokens) != expected.map(\.tokens) { result.differingSources.append(source) }
        for (left, right) in zip(actual, expected) where left.tokens == right.tokens {
          let difference = abs(left.score - right.score)
          // NaN is as far from everything as can be.
          result.largestScoreDifference = max(
            result.largestScoreDifference, difference.isNaN ? .infinity : difference)
        }
      }
      return result
    }
  }

  /// How what was found differs from what is expected.
  public struct Comparison: Sendable, Hashable {
    /// Sources, counted from 0, whose hypotheses have other tokens.
    public internal(set) var differingSources: [Int] = []
    /// The largest difference of scores where the tokens are equal.
    public internal(set) var largestScoreDifference: Float = 0
  }

  /// The sources' tokens.
  public let inputs: [[TokenID]]
  /// The settings.
  public let cases: [Case]

  /// Reads a file.
  /// - Parameters:
  ///   - data: The file.
  ///   - startToken: The model's `decoder_start_token_id`.
  ///   - endTokens: Its `eos_token_id`.
  /// - Throws: `DecodingError`.
  public init(_ data: Data, startToken: TokenID, endTokens: [TokenID]) throws {
    try self.init(data, base: GenerationOptions(startToken: startToken, endTokens: endTokens))
  }

  /// Reads a file.
  /// - Parameters:
  ///   - data: The file.
  ///   - base: What holds where a case says nothing: the settings of `generation_config.json`.
  /// - Throws: `DecodingError`.
  public init(_ data: Data, base: GenerationOptions) throws {
    let file = try JSONDecoder().decode(File.self, from: data)
    inputs = file.inputs
    cases = file.cases.map { entry in
      var options = base
      entry.settings.apply(to: &options)
      return Case(
        options: options,
        hypotheses: entry.hypotheses.map { row in
          row.map { Hypothesis(tokens: $0.ids, score: $0.score, tokenLogProbabilities: []) }
        })
    }
  }

  private struct File: Decodable {
    enum CodingKeys: String, CodingKey {
      case inputs = "input_ids"
      case cases
    }
    let inputs: [[TokenID]]
    let cases: [FileCase]
  }

  private struct FileCase: Decodable {
    struct Found: Decodable {
      let ids: [TokenID]
      let score: Float
    }
    let hypotheses: [[Found]]
    let settings: GenerationSettings

    init(from decoder: any Decoder) throws {
      enum Key: String, CodingKey { case hypotheses }
      hypotheses = try decoder.container(keyedBy: Key.self).decode([[Found]].self, forKey: .hypotheses)
      settings = try GenerationSettings(from: decoder, besides: .others(["hypotheses"]))
    }
  }
}
