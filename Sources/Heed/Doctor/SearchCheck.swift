import Foundation
import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// What became of one setting of `search.json`.
package struct CaseCheck: Encodable {
  let number: Int
  let beamSize: Int
  /// For each source whether each of its hypotheses is equal.
  package let hypotheses: [[Bool]]
  /// Among the hypotheses that are equal.
  let largestScoreDifference: Float
  /// Whether all are as they must be.
  package let passes: Bool

  private enum CodingKeys: String, CodingKey {
    case hypotheses
    case number = "case"
    case beamSize = "beam_size"
    case largestScoreDifference = "largest_score_difference"
    case passes = "ok"
  }

  init(
    number: Int, beamSize: Int, hypotheses: [[Bool]], largestScoreDifference: Float,
    _ tolerance: ReferenceTolerance
  ) {
    self.number = number
    self.beamSize = beamSize
    self.hypotheses = hypotheses
    self.largestScoreDifference = largestScoreDifference
    let areEqual =
      hypotheses.allSatisfy { $0.allSatisfy(\.self) } && largestScoreDifference <= tolerance.share
    passes = areEqual || !tolerance.wantsEqualTokens
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(number, forKey: .number)
    try container.encode(beamSize, forKey: .beamSize)
    try container.encode(hypotheses, forKey: .hypotheses)
    try container.encode(largestScoreDifference, forKey: .largestScoreDifference)
    try container.encode(passes, forKey: .passes)
  }

  package var lines: [String] {
    let all = hypotheses.flatMap(\.self)
    let equal = all.count(where: \.self)
    var lines = [
      "case \(number), beam \(beamSize): \(equal) of \(all.count) hypotheses equal, "
        + "largest difference of scores \(largestScoreDifference)\(passes ? "" : "   DIFFERS")"
    ]
    guard !passes else { return lines }
    for (source, row) in hypotheses.enumerated() {
      for (rank, isEqual) in row.enumerated() where !isEqual {
        lines.append("  source \(source + 1), hypothesis \(rank + 1) differs")
      }
    }
    return lines
  }
}

/// Searches again as a `search.json` says that transformers did.
package struct SearchCheck {
  private let file: URL
  private let model: TranslationModel
  private let options: GenerationOptions
  private let tolerance: ReferenceTolerance

  /// A comparison of `model` with what `file` says; `options` hold where it says nothing.
  package init(
    file: URL, model: TranslationModel, options: GenerationOptions,
    tolerance: ReferenceTolerance = ReferenceTolerance(.float32)
  ) {
    self.file = file
    self.model = model
    self.options = options
    self.tolerance = tolerance
  }

  /// Compares every hypothesis of every case.
  ///
  /// - Throws: `ConfigurationError` for a file that cannot be used.
  package func run() throws -> [CaseCheck] {
    let reference: SearchReference
    let data = try ConfigurationError.data(of: file)
    do {
      reference = try SearchReference(data, base: options)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file.path, decoding: error, in: data)
    }
    let limit = model.interface.sourceVocabularySize
    for tokens in reference.inputs {
      guard !tokens.isEmpty, tokens.allSatisfy({ $0 >= 0 && Int($0) < limit }) else {
        throw ConfigurationError(
          file: file.path, "input_ids", "must be rows of tokens from 0 to \(limit - 1), none of them empty")
      }
    }
    let generator = try SequenceGenerator([model])
    let inputs = reference.inputs.indices.map { SearchInput(identity: UInt64($0)) }
    return try reference.cases.enumerated().map { index, expected in
      guard expected.hypotheses.count == reference.inputs.count else {
        throw ConfigurationError(
          file: file.path, "cases[\(index)].hypotheses",
          "must be a list for each of the \(inputs.count) sources")
      }
      let found: [[Hypothesis]]
      do {
        found = try generator.generate(reference.inputs, inputs, expected.options)
      } catch let error as GenerationOptionsError {
        throw ConfigurationError(file: file.path, "cases[\(index)]", error.description)
      }
      return CaseCheck(
        number: index + 1, beamSize: expected.options.beamSize,
        hypotheses: zip(expected.hypotheses, found).map { wanted, found in
          wanted.indices.map { $0 < found.count && found[$0].tokens == wanted[$0].tokens }
        },
        largestScoreDifference: expected.comparison(with: found).largestScoreDifference, tolerance)
    }
  }
}
