import Foundation
import Heed
import HeedLayers
import HeedTensor

/// What became of one expected output.
struct OutputCheck: Encodable {
  let name: String
  /// The largest difference; nil for tokens.
  var largestDifference: Float?
  /// What differences are measured against: the largest expected magnitude, at least 1.
  var scale: Float?
  /// Rows of tokens that are equal, and all rows.
  var equalRows: Int?
  var rows: Int?
  let isEqual: Bool

  enum CodingKeys: String, CodingKey {
    case name, scale, rows
    case largestDifference = "largest_difference"
    case equalRows = "equal_rows"
    case isEqual = "ok"
  }

  /// Numbers agree within this part of their scale.
  static let tolerance: Float = 1e-4

  var line: String {
    let padded = name.padding(toLength: 28, withPad: " ", startingAt: 0)
    if let largestDifference, let scale {
      return "\(padded) largest difference \(largestDifference) of \(scale)\(isEqual ? "" : "   DIFFERS")"
    }
    return "\(padded) \(equalRows ?? 0) of \(rows ?? 0) rows equal\(isEqual ? "" : "   DIFFERS")"
  }
}

/// Computes again what a file says that another system computed.
struct ReferenceCheck {
  let file: SafetensorsFile
  let model: EncoderDecoder
  let options: GenerationOptions

  private static let inputs: Set<String> = [
    "input_ids", "attention_mask", "decoder_input_ids", "decoder_attention_mask",
  ]

  /// Compares each expected output of the file.
  ///
  /// - Throws: `CheckpointError` for a file that does not fit the model.
  func run() throws -> [OutputCheck] {
    let configuration = model.configuration
    let (ids, shape) = try matrix("input_ids", below: configuration.sourceVocabularySize)
    let mask = try file.entry("attention_mask").map { _ in try matrix("attention_mask", below: 2, shape) }?
      .values
    let isReal: [Bool] = mask?.map { $0 != 0 } ?? Array(repeating: true, count: ids.count)
    var sources: [[TokenID]] = []
    for row in 0..<shape[0] {
      let places = (row * shape[1]..<(row + 1) * shape[1]).filter { isReal[$0] }
      guard !places.isEmpty else { throw flaw("attention_mask", "hides the whole of sequence \(row + 1)") }
      sources.append(places.map { ids[$0] })
    }
    var context = ForwardContext.inference
    let sequences = TokenSequences(sources)
    let memory = model.encode(sequences, &context)
    var decoded: Tensor?
    var targetShape: [Int] = []
    if file.entry("decoder_input_ids") != nil {
      let (targets, found) = try matrix("decoder_input_ids", below: configuration.targetVocabularySize)
      guard found[0] == shape[0], found[1] > 0 else {
        throw flaw("decoder_input_ids", "must have a row for each of the \(shape[0]) sources, found \(found)")
      }
      targetShape = found
      let rows = (0..<found[0]).map { Array(targets[$0 * found[1]..<($0 + 1) * found[1]]) }
      decoded = model.decode(TokenSequences(rows), memory: memory, sequences.ranges, &context)
    }

    var checks: [OutputCheck] = []
    for entry in file.entries where !Self.inputs.contains(entry.name) {
      switch entry.name {
      case "encoder_last_hidden_state":
        checks.append(try compare(entry, memory, shape + [configuration.hiddenSize]) { isReal[$0] })
      case "last_hidden_state", "logits":
        guard let decoded else {
          throw flaw("decoder_input_ids", "is missing, and \(entry.name) depends on it")
        }
        let output = entry.name == "logits" ? model.logits(decoded) : decoded
        checks.append(try compare(entry, output, targetShape + [output.shape.columns]) { _ in true })
      case "generated_ids":
        checks.append(try compareGenerated(entry, sources))
      default:
        throw flaw(entry.name, "is not an output that can be checked for a model of this family")
      }
    }
    return checks
  }

  /// Compares rows `[rows, width]` with the rows of the expected tensor that `isCompared` picks.
  private func compare(
    _ entry: TensorEntry, _ found: Tensor, _ shape: [Int], _ isCompared: (Int) -> Bool
  ) throws -> OutputCheck {
    guard entry.shape == shape else {
      throw flaw(entry.name, "must have shape \(shape), found \(entry.shape)")
    }
    let all = try file.floats(of: entry)
    let width = max(1, found.shape.columns)
    let expected = (0..<all.count / width).filter(isCompared).flatMap { all[$0 * width..<($0 + 1) * width] }
    var (largest, scale): (Float, Float) = (0, 1)
    for (expected, found) in zip(expected, found.scalars) {
      let difference = abs(expected - found)
      // NaN is as far from everything as can be.
      largest = max(largest, difference.isNaN ? .infinity : difference)
      scale = max(scale, abs(expected))
    }
    return OutputCheck(
      name: entry.name, largestDifference: largest, scale: scale,
      isEqual: largest <= OutputCheck.tolerance * scale && expected.count == found.count)
  }

  /// Compares greedy search with rows that are filled up with -1.
  private func compareGenerated(_ entry: TensorEntry, _ sources: [[TokenID]]) throws -> OutputCheck
  {
    guard entry.shape.count == 2, entry.shape[0] == sources.count, entry.shape[1] > 0 else {
      throw flaw(entry.name, "must have a row for each of the \(sources.count) sources, found \(entry.shape)")
    }
    let width = entry.shape[1]
    let values = try file.integers(of: entry)
    var options = options
    options.beamSize = 1
    options.returnedCount = 1
    options.sampling = nil
    options.maximumNewTokens = 12
    options.minimumNewTokens = min(options.minimumNewTokens, options.maximumNewTokens)
    let inputs = sources.indices.map { SearchInput(identity: UInt64($0)) }
    let found = try SequenceGenerator([model]).generate(sources, inputs, options)
    let equal = sources.indices.count { row in
      let expected = values[row * width..<(row + 1) * width].prefix { $0 >= 0 }
      return found[row][0].tokens.map(Int64.init) == Array(expected)
    }
    return OutputCheck(
      name: entry.name, equalRows: equal, rows: sources.count, isEqual: equal == sources.count)
  }

  /// A matrix of tokens, each checked against the vocabulary.
  private func matrix(
    _ name: String, below limit: Int, _ expected: [Int]? = nil
  ) throws -> (values: [TokenID], shape: [Int]) {
    guard let entry = file.entry(name) else { throw flaw(name, "is missing") }
    guard entry.shape.count == 2, expected.map({ $0 == entry.shape }) ?? true else {
      let wanted = expected.map { "\($0)" } ?? "[sequences, length]"
      throw flaw(name, "must have shape \(wanted), found \(entry.shape)")
    }
    var values: [TokenID] = []
    for value in try file.integers(of: entry) {
      guard value >= 0, value < Int64(limit), let token = TokenID(exactly: value) else {
        throw flaw(name, "holds \(value), expected 0 to \(limit - 1)")
      }
      values.append(token)
    }
    return (values, entry.shape)
  }

  private func flaw(_ tensor: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: file.file, problems: [.malformed(tensor: tensor, reason: reason)])
  }
}

/// What became of one setting of `search.json`.
struct CaseCheck: Encodable {
  let number: Int
  let beamSize: Int
  /// For each source whether each of its hypotheses is equal.
  let hypotheses: [[Bool]]
  let largestScoreDifference: Float

  enum CodingKeys: String, CodingKey {
    case hypotheses
    case number = "case"
    case beamSize = "beam_size"
    case largestScoreDifference = "largest_score_difference"
    case isEqual = "ok"
  }

  var isEqual: Bool {
    hypotheses.allSatisfy { $0.allSatisfy(\.self) } && largestScoreDifference <= OutputCheck.tolerance
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(number, forKey: .number)
    try container.encode(beamSize, forKey: .beamSize)
    try container.encode(hypotheses, forKey: .hypotheses)
    try container.encode(largestScoreDifference, forKey: .largestScoreDifference)
    try container.encode(isEqual, forKey: .isEqual)
  }

  var lines: [String] {
    let all = hypotheses.flatMap(\.self)
    let equal = all.count(where: \.self)
    var lines = [
      "case \(number), beam \(beamSize): \(equal) of \(all.count) hypotheses equal, "
        + "largest difference of scores \(largestScoreDifference)\(isEqual ? "" : "   DIFFERS")"
    ]
    for (source, row) in hypotheses.enumerated() {
      for (rank, isEqual) in row.enumerated() where !isEqual {
        lines.append("  source \(source + 1), hypothesis \(rank + 1) differs")
      }
    }
    return lines
  }
}

/// Searches again as a `search.json` says that transformers did.
struct SearchCheck {
  let file: URL
  let model: EncoderDecoder
  let options: GenerationOptions

  /// Compares every hypothesis of every case.
  ///
  /// - Throws: `CommandError` for a file that cannot be used.
  func run() throws -> [CaseCheck] {
    let reference: SearchReference
    do {
      reference = try SearchReference(try Data(contentsOf: file), base: options)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file.path, decoding: error)
    }
    let limit = model.configuration.sourceVocabularySize
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
        largestScoreDifference: expected.comparison(with: found).largestScoreDifference)
    }
  }
}
