import HeedLayers
import HeedTensor

/// Fills the parameters of a model from a checkpoint, strictly: everything that is missing, left over, or of
/// another shape is reported at once, and then nothing is loaded.
struct WeightReader {
  let file: any CheckpointFile
  let table: WeightTable

  /// Reads all parameters and constants.
  func read(into model: inout EncoderDecoder) throws(CheckpointError) {
    var expected: [ExpectedTensor] = []
    for (path, parameter) in model.parameters {
      for (name, shape) in pieces(of: path, parameter.shape) { expected += expectedForms(name, shape) }
    }
    let biasShape = [1, model.configuration.targetVocabularySize]
    if let bias = table.outputBias { expected.append(ExpectedTensor(bias, shape: biasShape)) }
    try file.check(against: expected) { table.ignored.contains($0) }

    var visitor = ReadingVisitor(reader: self)
    do {
      try model.visitParameters(&visitor)
    } catch let error as CheckpointError {
      throw error
    } catch {
      preconditionFailure("reading a parameter failed: \(error)")
    }
    if let bias = table.outputBias, model.outputBias != nil {
      let values = Tensor(zeros: [biasShape[1]])
      try read(bias, into: values)
      model.outputBias = values
    }
  }

  /// The tensors of the file that a parameter is stacked from.
  private func pieces(of path: String, _ shape: Shape) -> [(name: String, shape: [Int])] {
    let names = table.storedNames(of: path)
    let dimensions = [shape[0] / names.count] + shape.dimensions.dropFirst()
    return names.map { ($0, dimensions) }
  }

  /// A matrix may be stored as int8 with a scale for each row.
  private func expectedForms(_ name: String, _ shape: [Int]) -> [ExpectedTensor] {
    guard isQuantized(name), shape.count == 2 else { return [ExpectedTensor(name, shape: shape)] }
    return [
      ExpectedTensor(name, shape: shape, elementTypes: [.int8]),
      ExpectedTensor("\(name).scale", shape: [shape[0]], elementTypes: [.float32]),
    ]
  }

  private func isQuantized(_ name: String) -> Bool { file.entry(name)?.elementType == .int8 }

  fileprivate func tensor(_ path: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
    let result = Tensor(zeros: shape)
    var next = 0
    for (name, dimensions) in pieces(of: path, shape) {
      let piece = Shape(dimensions)
      try read(name, into: result.view(piece, at: next))
      next += piece.count
    }
    return result
  }

  private func read(_ name: String, into target: Tensor) throws(CheckpointError) {
    guard let entry = file.entry(name) else { preconditionFailure("\(name) was checked to be there") }
    guard isQuantized(name), let scaleEntry = file.entry("\(name).scale") else {
      try target.withUnsafeMutableValues { (buffer) throws(CheckpointError) in
        try file.floats(of: entry, into: buffer)
      }
      return
    }
    let scales = try file.floats(of: scaleEntry)
    file.withBytes(of: entry) { bytes in
      target.dequantizeRows(bytes, scales: scales)
    }
  }
}

private struct ReadingVisitor: ParameterVisitor {
  var path: [String] = []
  let reader: WeightReader

  mutating func visit(path: String, _ parameter: inout Tensor) throws {
    parameter = try reader.tensor(path, parameter.shape)
  }
}
