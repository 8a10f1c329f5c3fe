import HeedGeneration
import HeedModels
import HeedText

/// What a reference file feeds to a model, each token checked against the vocabulary.
struct ReferenceInputs {
  private let file: SafetensorsFile
  /// The sequences, without their padding.
  let sources: [[TokenID]]
  /// The segment of each token, laid end to end, where the file says.
  let segments: [Int32]?
  /// What the decoder of an encoder-decoder reads; all rows count.
  let targets: [[TokenID]]?
  /// Sequences, and their length with padding.
  let shape: [Int]
  /// For each token, padding too, whether it is part of its sequence.
  let isReal: [Bool]

  init(_ file: SafetensorsFile, _ model: CheckedModel) throws {
    self.file = file
    let interface = model.interface
    func flaw(_ tensor: String, _ reason: String) -> CheckpointError {
      CheckpointError(file: file.file, problems: [.malformed(tensor: tensor, reason: reason)])
    }
    func matrix(
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

    let (ids, shape) = try matrix("input_ids", below: interface.sourceVocabularySize)
    let mask =
      file.entry("attention_mask") == nil ? nil : try matrix("attention_mask", below: 2, shape).values
    let isReal: [Bool] = mask?.map { $0 != 0 } ?? Array(repeating: true, count: ids.count)
    var sources: [[TokenID]] = []
    for row in 0..<shape[0] {
      let places = (row * shape[1]..<(row + 1) * shape[1]).filter { isReal[$0] }
      guard !places.isEmpty else { throw flaw("attention_mask", "hides the whole of sequence \(row + 1)") }
      if let limit = interface.lengthLimit, places.count > limit {
        throw flaw("input_ids", "holds \(places.count) tokens, and the model reads at most \(limit)")
      }
      sources.append(places.map { ids[$0] })
    }
    self.sources = sources
    (self.shape, self.isReal) = (shape, isReal)
    if file.entry("token_type_ids") != nil {
      let all = try matrix("token_type_ids", below: max(1, model.segmentCount), shape).values
      segments = all.indices.filter { isReal[$0] }.map { all[$0] }
    } else {
      segments = nil
    }
    guard file.entry("decoder_input_ids") != nil else {
      targets = nil
      return
    }
    let (tokens, found) = try matrix("decoder_input_ids", below: interface.targetVocabularySize)
    guard found[0] == shape[0], found[1] > 0, found[1] <= interface.lengthLimit ?? .max else {
      throw flaw("decoder_input_ids", "must have a row for each of the \(shape[0]) sources, found \(found)")
    }
    targets = (0..<found[0]).map { Array(tokens[$0 * found[1]..<($0 + 1) * found[1]]) }
  }

  /// Something that the file should not be.
  func flaw(_ tensor: String, _ reason: String) -> CheckpointError {
    CheckpointError(file: file.file, problems: [.malformed(tensor: tensor, reason: reason)])
  }
}
