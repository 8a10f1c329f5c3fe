import CHeedKernels

/// The two norms of the literature.
public enum NormKind: String, Sendable, CaseIterable, Codable {
  /// Mean and variance of each row (Ba et al. 2016).
  case layer
  /// Root mean square of each row only (Zhang and Sennrich, 2019).
  case rootMeanSquare
}

/// Dropout as an operation needs it: how often, and which generator.
public struct DropoutChoice: Sendable {
  /// The probability that an element becomes zero.
  public let probability: Float
  /// The seed of the counter-based generator.
  public let seed: UInt64

  /// Dropout with this probability and seed.
  public init(probability: Float, seed: UInt64) {
    precondition((0..<1).contains(probability), "a dropout probability must be in 0..<1, got \(probability)")
    self.probability = probability
    self.seed = seed
  }

  /// Nothing is dropped.
  public static let none = DropoutChoice(probability: 0, seed: 0)
}

extension Tensor {
  /// The norm of each row, scaled and shifted.
  ///
  /// - Parameters:
  ///   - kind: Layer norm or root-mean-square norm.
  ///   - gain: `[columns]`.
  ///   - bias: `[columns]`, if any.
  ///   - epsilon: Added to the variance.
  /// - Returns: A tensor of the same shape.
  public func normalized(_ kind: NormKind, gain: Tensor, bias: Tensor?, epsilon: Float) -> Tensor {
    normalized(kind, adding: nil, dropout: .none, gain: gain, bias: bias, epsilon: epsilon)
  }

  /// norm(this + dropout(x)): residual connection and norm of a post-norm sublayer in one pass.
  public func normalized(
    _ kind: NormKind, adding x: Tensor?, dropout: DropoutChoice, gain: Tensor, bias: Tensor?, epsilon: Float
  ) -> Tensor {
    let columns = shape.columns
    precondition(gain.shape == [columns], "a gain \(gain.shape) for a tensor \(shape)")
    precondition(bias == nil || bias?.shape == [columns], "a bias \(bias?.shape ?? []) for a tensor \(shape)")
    precondition(x == nil || x?.shape == shape, "a residual sum of \(shape) and \(x?.shape ?? [])")
    let inputs = [self, gain] + [x, bias].compactMap { $0 }
    let needsGradient = inputs.contains(where: \.requiresGradient)
    let output = Tensor(uninitialized: shape)
    let sum = x == nil ? self : needsGradient ? Tensor(uninitialized: shape) : nil
    let statistics = needsGradient ? Tensor(uninitialized: [2, shape.rows]) : nil
    var job = heed_norm_job()
    job.residual = UnsafePointer(pointer)
    job.x = x.map { UnsafePointer($0.pointer) }
    job.gain = UnsafePointer(gain.pointer)
    job.bias = bias.map { UnsafePointer($0.pointer) }
    job.sum = x == nil ? nil : sum?.pointer
    job.y = output.pointer
    job.means = statistics?.pointer
    job.inverse_deviations = statistics.map { $0.pointer + shape.rows }
    job.columns = columns
    job.epsilon = epsilon
    job.root_mean_square = kind == .rootMeanSquare
    job.dropout_probability = dropout.probability
    job.dropout_seed = dropout.seed
    let forward = job
    Tensor.parallelRows(shape) { rows in
      var job = forward
      heed_norm_rows(&job, rows.lowerBound, rows.count)
    }
    guard needsGradient, let sum, let statistics else { return output }
    // The closure must not hold this tensor's values where the sum is enough.
    let (kept, residualShape) = (sum.detached, shape)
    let (addsX, xRequiresGradient) = (x != nil, x?.requiresGradient ?? false)
    return output.recorded(as: "normalized", inputs: inputs) { gradient in
      let dResidual = Tensor(uninitialized: residualShape)
      let sharesGradient = dropout.probability == 0
      let dx = xRequiresGradient && !sharesGradient ? Tensor(uninitialized: residualShape) : nil
      var job = heed_norm_gradient_job()
      job.sum = UnsafePointer(kept.pointer)
      job.gain = UnsafePointer(gain.pointer)
      job.means = UnsafePointer(statistics.pointer)
      job.inverse_deviations = UnsafePointer(statistics.pointer + residualShape.rows)
      job.dy = UnsafePointer(gradient.pointer)
      job.d_residual = dResidual.pointer
      job.dx = dx?.pointer
      job.columns = columns
      job.root_mean_square = kind == .rootMeanSquare
      job.dropout_probability = dropout.probability
      job.dropout_seed = dropout.seed
      let parameterGradients = Tensor.normGradient(job, rows: residualShape.rows, hasBias: bias != nil)
      var result: [Tensor?] = [dResidual, gain.add(parameterGradients.rowsWithoutGradient(0..<1))]
      if addsX { result.append(sharesGradient ? dResidual : dx) }
      if let bias { result.append(bias.add(parameterGradients.rowsWithoutGradient(1..<2))) }
      return result
    }
  }

  /// Runs the gradient in chunks of a fixed number of rows, whose sums for gain and bias are then added in their order:
  /// the result does not depend on the number of threads. Returns `[2, columns]`.
  private static func normGradient(_ job: heed_norm_gradient_job, rows: Int, hasBias: Bool) -> Tensor {
    let columns = job.columns
    let chunkRows = 64
    let chunks = (rows + chunkRows - 1) / chunkRows
    let partial = Tensor(zeros: [chunks, 2 * columns])
    let sums = partial.pointer
    ThreadPool.shared.parallel(over: chunks, grain: 1) { range in
      var job = job
      for chunk in range {
        let first = chunk * chunkRows
        let gain = sums + chunk * 2 * columns
        heed_norm_gradient_rows(
          &job, first, min(chunkRows, rows - first), gain, hasBias ? gain + columns : nil)
      }
    }
    let total = Tensor(zeros: [2, columns])
    heed_add_column_sums(sums, 2 * columns, chunks, 2 * columns, total.pointer)
    withExtendedLifetime(partial) {}
    return total
  }

  /// Adds to the gradient of a parameter at once; for anything else returns the contribution.
  func add(_ contribution: Tensor) -> Tensor? {
    guard let node else { return nil }
    let contribution = contribution.reshapedWithoutGradient(shape)
    guard let target = node.parameterGradient else { return contribution }
    target.accumulate(contribution)
    return nil
  }

  /// this + dropout(x): the residual connection of a pre-norm sublayer.
  public func adding(_ x: Tensor, dropout: DropoutChoice) -> Tensor {
    dropout.probability == 0 ? self + x : self + x.dropout(dropout.probability, seed: dropout.seed)
  }
}
