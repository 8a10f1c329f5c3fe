import Foundation
import HeedLayers
import HeedTensor

extension TransformerModel {
  /// The model whose parameters are the means of those that files of weights hold.
  ///
  /// - Parameters:
  ///   - files: Weights of one architecture, as `ModelDirectory.saveWeights` writes them; at least one.
  ///   - configuration: Their architecture.
  /// - Returns: A model of its own.
  /// - Throws: `CheckpointError` if a file cannot be read or holds another architecture.
  public static func average(
    of files: [URL], _ configuration: TransformerConfiguration
  ) throws(CheckpointError) -> Self {
    try mean(of: files) { (weights) throws(CheckpointError) in
      try ModelReader.model(configuration, weights)
    }
  }
}

extension SequenceToSequenceModel {
  /// The model whose parameters are the means of those that files of weights hold; see `TransformerModel`.
  public static func average(
    of files: [URL], _ configuration: Configuration
  ) throws(CheckpointError) -> Self {
    try mean(of: files) { (weights) throws(CheckpointError) in
      try Self(configuration, weights, for: .training)
    }
  }
}

extension StoredModel {
  /// The model of this architecture whose parameters are the means of those that files of weights hold.
  ///
  /// - Parameter files: Weights, as `writeWeights` writes them; at least one.
  /// - Returns: A model of its own.
  /// - Throws: `CheckpointError` if a file cannot be read or holds another architecture.
  public func average(of files: [URL]) throws(CheckpointError) -> Self {
    try Self.mean(of: files) { (weights) throws(CheckpointError) in try reading(weights) }
  }

  /// Source: Vaswani et al., "Attention Is All You Need" (2017), section 6.1, which averages the last checkpoints.
  fileprivate static func mean(
    of files: [URL], _ read: (any CheckpointFile) throws(CheckpointError) -> Self
  ) throws(CheckpointError) -> Self {
    precondition(!files.isEmpty, "there is no average of no checkpoints")
    var sums = SummingVisitor(scale: 1 / Double(files.count))
    for file in files.dropFirst() {
      var model = try read(try CheckpointLoader.open(file: file))
      model.visitAll(&sums)
    }
    var mean = try read(try CheckpointLoader.open(file: files[0]))
    mean.visitAll(&sums)
    var setting = SettingVisitor(sums: sums.sums)
    mean.visitAll(&setting)
    return mean
  }

  private mutating func visitAll(_ visitor: inout some ParameterVisitor) {
    do {
      try visitParameters(&visitor)
      try visitConstants(&visitor)
    } catch {
      preconditionFailure("visiting a parameter failed: \(error)")
    }
  }
}

/// Sums in double precision, so that the mean of many is as exact as that of few.
private struct SummingVisitor: ParameterVisitor {
  var path: [String] = []
  let scale: Double
  var sums: [String: [Double]] = [:]

  init(scale: Double) { self.scale = scale }

  mutating func visit(path: String, _ parameter: inout Tensor) {
    var sum = sums.removeValue(forKey: path) ?? [Double](repeating: 0, count: parameter.count)
    parameter.withUnsafeValues { values in
      for index in values.indices { sum[index] += Double(values[index]) * scale }
    }
    sums[path] = sum
  }
}

private struct SettingVisitor: ParameterVisitor {
  var path: [String] = []
  let sums: [String: [Double]]

  init(sums: [String: [Double]]) { self.sums = sums }

  mutating func visit(path: String, _ parameter: inout Tensor) {
    if let sum = sums[path] { parameter = Tensor(sum.map { Float($0) }, parameter.shape) }
  }
}
