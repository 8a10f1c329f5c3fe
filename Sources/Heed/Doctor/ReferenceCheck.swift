import Foundation
import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// What became of one expected output.
package struct OutputCheck: Encodable {
  package let name: String
  /// The largest difference; nil for tokens.
  package var largestDifference: Float?
  /// What differences are measured against: the largest expected magnitude, at least 1.
  package var scale: Float?
  /// The root of the mean square of all differences, divided by that of the expected numbers.
  package var relativeError: Float?
  /// Rows of tokens that are equal, and all rows.
  package var equalRows: Int?
  package var rows: Int?
  /// Whether it is as near as it must be.
  package let passes: Bool

  private enum CodingKeys: String, CodingKey {
    case name, scale, rows
    case largestDifference = "largest_difference"
    case relativeError = "relative_error"
    case equalRows = "equal_rows"
    case passes = "ok"
  }

  package var line: String {
    let padded = name.padding(toLength: 28, withPad: " ", startingAt: 0)
    if let largestDifference, let scale, let relativeError {
      return "\(padded) largest difference \(largestDifference) of \(scale), relative error \(relativeError)"
        + (passes ? "" : "   DIFFERS")
    }
    return "\(padded) \(equalRows ?? 0) of \(rows ?? 0) rows equal\(passes ? "" : "   DIFFERS")"
  }
}

/// Computes again what a file says that another system computed.
package struct ReferenceCheck {
  private let file: SafetensorsFile
  private let model: CheckedModel
  private let options: GenerationOptions
  private let tolerance: ReferenceTolerance

  private static let inputs: Set<String> = [
    "input_ids", "attention_mask", "token_type_ids", "decoder_input_ids", "decoder_attention_mask",
  ]

  /// A comparison of `model` with what `file` says; greedy search is that of `options`.
  package init(
    file: SafetensorsFile, model: CheckedModel, options: GenerationOptions,
    tolerance: ReferenceTolerance = ReferenceTolerance(.float32)
  ) {
    self.file = file
    self.model = model
    self.options = options
    self.tolerance = tolerance
  }

  /// Compares each expected output of the file.
  ///
  /// - Throws: `CheckpointError` for a file that does not fit the model.
  package func run() throws -> [OutputCheck] {
    let inputs = try ReferenceInputs(file, model)
    var computed = ReferenceOutputs(file: file, inputs: inputs, options: options)
    return try file.entries.filter { !Self.inputs.contains($0.name) }.map { entry in
      if entry.name == "generated_ids" { return try compare(entry, try computed.generated(model)) }
      guard let output = try computed.output(entry.name, of: model) else {
        throw inputs.flaw(entry.name, "is not an output that can be checked for a model of this family")
      }
      return try compare(entry, output)
    }
  }

  /// Compares rows with those rows of the expected tensor that are not padding.
  private func compare(_ entry: TensorEntry, _ output: ReferenceOutputs.Rows) throws -> OutputCheck {
    guard entry.shape == output.shape else {
      throw CheckpointError(
        file: file.file,
        problems: [.shape(name: entry.name, expected: output.shape, found: entry.shape)])
    }
    let all = try file.floats(of: entry)
    let width = max(1, output.width)
    let isReal = output.isReal ?? Array(repeating: true, count: all.count / width)
    let expected = isReal.indices.filter { isReal[$0] }.flatMap { all[$0 * width..<($0 + 1) * width] }
    var (largest, scale): (Float, Float) = (0, 1)
    var (differences, squares) = (0.0, 0.0)
    for (expected, found) in zip(expected, output.values) {
      let difference = abs(expected - found)
      // NaN is as far from everything as can be.
      largest = max(largest, difference.isNaN ? .infinity : difference)
      scale = max(scale, abs(expected))
      differences += Double(difference) * Double(difference)
      squares += Double(expected) * Double(expected)
    }
    let relative = differences == 0 ? 0 : Float((differences / squares).squareRoot())
    let relativeError = relative.isNaN ? .infinity : relative
    return OutputCheck(
      name: entry.name, largestDifference: largest, scale: scale, relativeError: relativeError,
      passes: expected.count == output.values.count
        && tolerance.allows(largestDifference: largest, scale: scale, relativeError: relativeError))
  }

  /// Compares greedy search with rows that are filled up with -1.
  private func compare(_ entry: TensorEntry, _ found: [[TokenID]]) throws -> OutputCheck {
    let width = entry.shape.last ?? 0
    let values = try file.integers(of: entry)
    guard entry.shape.count == 2, entry.shape[0] == found.count, width > 0 else {
      let reason = "must have a row for each of the \(found.count) sequences, found \(entry.shape)"
      throw CheckpointError(file: file.file, problems: [.malformed(tensor: entry.name, reason: reason)])
    }
    let equal = found.indices.count { row in
      let expected = values[row * width..<(row + 1) * width].prefix { $0 >= 0 }
      return found[row].map(Int64.init) == Array(expected)
    }
    return OutputCheck(
      name: entry.name, equalRows: equal, rows: found.count,
      passes: equal == found.count || !tolerance.wantsEqualTokens)
  }
}
