import Foundation
import Heed
import HeedLayers

/// What removing heads does to one example.
struct AblationReport: Encodable {
  /// What a model makes of the example.
  struct Result: Encodable {
    let text: String?
    /// Labels, or the likeliest words behind masks, with their probabilities.
    let choices: [Choice]
    /// The logarithm of the probability of what the whole model writes.
    let logProbability: Double?
  }

  /// A choice with its probability.
  struct Choice: Encodable {
    let name: String
    let probability: Float
  }

  let removed: [String]
  let before: Result
  let after: Result
  /// The cosine of the angle between the vectors of the text, for models that only read.
  let similarity: Float?

  /// Runs an example on a model with and without heads.
  init(
    _ whole: Inspector, _ changed: Inspector, _ example: Inspector.Example, _ heads: [HeadPlace]
  ) throws {
    removed = heads.map(\.description)
    var options = InspectionOptions()
    options.kinds = []
    options.predictionLimit = .max
    options.candidateCount = 0
    let found = try withFlagNames { try (whole.inspect(example, options), changed.inspect(example, options)) }
    var (ownBefore, ownAfter): (Double?, Double?)
    if case .embedder(let one) = whole, case .embedder(let other) = changed {
      similarity = TextEmbedder.cosine(try one.embed(example.text), try other.embed(example.text))
    } else {
      similarity = nil
    }
    switch whole {
    case .translator, .generator:
      // Both models are asked for the same tokens, so that what differs is the model.
      var forced = example
      forced.targetTokens = found.0.writtenIDs
      ownBefore = Self.logProbability(found.0)
      ownAfter = Self.logProbability(try changed.inspect(forced, options))
    case .filler, .classifier, .labeler, .answerer, .embedder: break
    }
    before = Result(text: found.0.outcome?.text, choices: Self.choices(found.0), logProbability: ownBefore)
    after = Result(text: found.1.outcome?.text, choices: Self.choices(found.1), logProbability: ownAfter)
  }

  /// Of the tokens that were written; those of a language model's prompt, which come first, do not count.
  private static func logProbability(_ inspection: Inspection) -> Double {
    inspection.predictions.suffix(inspection.writtenIDs.count).reduce(0) {
      $0 + log(Double($1.chosen.probability))
    }
  }

  private static func choices(_ inspection: Inspection) -> [Choice] {
    let labels = (inspection.outcome?.labels ?? []).map { Choice(name: $0.name, probability: $0.probability) }
    guard labels.isEmpty, inspection.read.isEmpty else { return labels }
    return inspection.predictions.map {
      Choice(name: $0.chosen.token.text, probability: $0.chosen.probability)
    }
  }

  /// Writes it for people, or as JSON.
  func write(json: Bool) throws {
    if json { return try ResultStream.write(json: self) }
    var stream = ResultStream()
    stream.append(line: "removed  \(removed.joined(separator: ", "))")
    for (name, result) in [("before", before), ("after ", after)] {
      if let text = result.text { stream.append(line: "\(name)   \(column(text))") }
      for choice in result.choices.prefix(5) {
        stream.append(line: "\(name)   \(column(choice.probability))  \(column(choice.name))")
      }
    }
    if let one = before.logProbability, let other = after.logProbability {
      stream.append(
        line:
          "log-probability of what the whole model writes: \(one.formatted(3)) before, \(other.formatted(3)) after"
      )
    }
    if let similarity {
      stream.append(line: "similarity of the text's vectors: \(Double(similarity).formatted(4))")
    }
    try stream.flush()
  }
}
