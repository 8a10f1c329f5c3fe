import CHeedKernels

extension Tensor {
  /// A recurrent layer over whole sequences, this being what its input products are: W x + b of every token.
  ///
  /// All time steps' input products are thus one multiply (`linear`), and so are the gradients of both weights. What is
  /// left for each step is one product of the running sequences' states with U and one pass of the fused gates. A
  /// sequence's states do not depend on the sequences beside it.
  ///
  /// Source: Hochreiter and Schmidhuber, "Long Short-Term Memory" (1997); Cho et al., "Learning Phrase Representations
  /// using RNN Encoder-Decoder" (2014). The order of the gates and the place of the biases are those of PyTorch; see
  /// `RecurrentCell`.
  ///
  /// - Parameters:
  ///   - cell: The kind of cell.
  ///   - weight: U, `[gates × hidden, hidden]`.
  ///   - bias: b′, `[gates × hidden]`.
  ///   - initial: The state before each sequence, `[sequences, parts × hidden]`; zeros if nil.
  ///   - sequences: The rows of each sequence, one behind the other.
  ///   - reversed: Whether sequences are read from their ends.
  /// - Returns: The state at each token, `[tokens, parts × hidden]`: h, and behind it c of an LSTM.
  /// - Precondition: this is `[tokens, gates × hidden]`, and the sequences are all of its rows.
  public func recurrence(
    _ cell: RecurrentCell, weight: Tensor, bias: Tensor, initial: Tensor? = nil, sequences: [Range<Int>],
    reversed: Bool = false
  ) -> Tensor {
    let task = RecurrenceTask(cell, self, weight, bias, initial, sequences, reversed: reversed)
    let inputs = [self, weight, bias] + (initial.map { [$0] } ?? [])
    let needsGradient = inputs.contains(where: \.requiresGradient)
    let (states, trace) = task.forward(keepingTrace: needsGradient)
    guard let trace else { return states }
    return states.recorded(as: "recurrence", inputs: inputs) { gradient in
      let found = task.backward(states: states, trace, gradient)
      let weightGradient = trace.previous.weightGradient(of: weight, found.recurrent, transposed: true)
      let gradients = [found.inputs, weightGradient, found.recurrent.columnSums(into: bias)]
      return initial == nil ? gradients : gradients + [found.initial]
    }
  }
}

/// What a forward pass keeps for the backward pass.
private struct RecurrenceTrace {
  /// The gates after their functions, `[tokens, 4 × hidden]`; see the kernels.
  let gates: Tensor
  /// h before each token, `[tokens, hidden]`.
  let previous: Tensor
}

/// A recurrent layer at work.
private struct RecurrenceTask {
  let cell: RecurrentCell
  let inputs: Tensor
  let weight: Tensor
  let bias: Tensor
  let initial: Tensor
  let schedule: RecurrenceSchedule
  let size: Int

  /// Floats of a token's input products.
  var gateWidth: Int { cell.gateCount * size }
  /// Floats of a state.
  var stateWidth: Int { cell.statePartCount * size }
  /// Floats of a token's kept gates.
  var keptWidth: Int { 4 * size }

  init(
    _ cell: RecurrentCell, _ inputs: Tensor, _ weight: Tensor, _ bias: Tensor, _ initial: Tensor?,
    _ sequences: [Range<Int>], reversed: Bool
  ) {
    size = weight.shape.columns
    let gateWidth = cell.gateCount * size
    precondition(
      weight.shape == [gateWidth, size] && bias.shape == [gateWidth] && inputs.shape.columns == gateWidth,
      "\(cell) of \(inputs.shape) with a weight \(weight.shape) and a bias \(bias.shape)")
    let ends = sequences.reduce(into: 0) { end, range in
      precondition(
        range.lowerBound == end, "sequences do not lie end to end: \(range) begins after row \(end)")
      end = range.upperBound
    }
    precondition(ends == inputs.shape.rows, "sequences of \(ends) tokens in \(inputs.shape)")
    let stateShape: Shape = [sequences.count, cell.statePartCount * size]
    precondition(
      initial == nil || initial?.shape == stateShape,
      "states \(initial?.shape ?? []) instead of \(stateShape)")
    self.cell = cell
    self.inputs = inputs
    self.weight = weight
    self.bias = bias
    self.initial = initial?.detached ?? Tensor(zeros: stateShape)
    schedule = RecurrenceSchedule(sequences, reversed: reversed)
  }

  /// Sequences worth handing to a thread for the gates of a step.
  private var grain: Int { max(1, 4_096 / max(1, size)) }

  func forward(keepingTrace: Bool) -> (states: Tensor, trace: RecurrenceTrace?) {
    let (tokens, running) = (inputs.shape.rows, schedule.counts.first ?? 0)
    let states = Tensor(uninitialized: [tokens, stateWidth])
    let gates = Tensor(uninitialized: [keepingTrace ? tokens : running, keptWidth])
    let previous = keepingTrace ? Tensor(uninitialized: [tokens, size]) : nil
    // The states of the running sequences, one under the other.
    let hidden = Tensor(uninitialized: [running, size])
    let memory = Tensor(uninitialized: [cell == .lstm ? running : 0, size])
    let products = Tensor(uninitialized: [running, gateWidth])
    for place in 0..<running {
      let row = initial.pointer + schedule.order[place] * stateWidth
      (hidden.pointer + place * size).update(from: row, count: size)
      if cell == .lstm { (memory.pointer + place * size).update(from: row + size, count: size) }
    }
    let packed = weight.packed ?? .transpose(of: weight)
    let (x, y, u, h, c) = (
      inputs.pointer, states.pointer, products.pointer, hidden.pointer, memory.pointer
    )
    let (kept, before) = (gates.pointer, previous?.pointer)
    for (step, count) in schedule.counts.enumerated() {
      MatrixMultiply.run(
        .init(hidden.rowsWithoutGradient(0..<count)), packed, into: u, bias: UnsafePointer(bias.pointer))
      ThreadPool.shared.parallel(over: count, grain: grain) { places in
        for place in places {
          let row = schedule.row(place, at: step)
          let state = y + row * stateWidth
          let (now, gateRow) = (h + place * size, kept + (keepingTrace ? row : place) * keptWidth)
          if let before { (before + row * size).update(from: now, count: size) }
          switch cell {
          case .lstm:
            let cellNow = c + place * size
            heed_lstm_row(
              x + row * gateWidth, u + place * gateWidth, cellNow, gateRow, state, state + size, size)
            cellNow.update(from: state + size, count: size)
          case .gru:
            heed_gru_row(x + row * gateWidth, u + place * gateWidth, now, gateRow, state, size)
          }
          now.update(from: state, count: size)
        }
      }
    }
    withExtendedLifetime((hidden, memory, products, gates, previous)) {}
    return (states, previous.map { RecurrenceTrace(gates: gates, previous: $0) })
  }

  /// Backpropagation through time.
  ///
  /// With dh all that reaches h: o′ = dh tanh(c), dc = dc₊₁ f₊₁ + dh o (1 − tanh²(c)), i′ = dc g, g′ = dc i, f′ = dc c₋₁,
  /// each times the slope of its function; the product with U hands the gates' gradients on to h₋₁. For a GRU n′ = dh (1 −
  /// z), z′ = dh (h₋₁ − n), r′ = n′ (U h₋₁ + b′), and h₋₁ has dh z beside what comes through U.
  func backward(
    states: Tensor, _ trace: RecurrenceTrace, _ gradient: Tensor
  ) -> (inputs: Tensor, recurrent: Tensor, initial: Tensor) {
    let (tokens, running) = (inputs.shape.rows, schedule.counts.first ?? 0)
    let inputGradient = Tensor(uninitialized: [tokens, gateWidth])
    // The gates of an LSTM add both products, so both have one gradient.
    let recurrentGradient = cell == .lstm ? inputGradient : Tensor(uninitialized: [tokens, gateWidth])
    let hidden = Tensor(zeros: [running, size])
    let memory = Tensor(zeros: [cell == .lstm ? running : 0, size])
    let products = Tensor(uninitialized: [running, gateWidth])
    let packed = PackedMatrix.rows(of: weight)
    let (y, dy, dx, du) = (
      states.pointer, gradient.pointer, inputGradient.pointer, recurrentGradient.pointer
    )
    let (dh, dc, dp) = (hidden.pointer, memory.pointer, products.pointer)
    let (kept, before, start) = (trace.gates.pointer, trace.previous.pointer, initial.pointer)
    for step in schedule.counts.indices.reversed() {
      let count = schedule.counts[step]
      ThreadPool.shared.parallel(over: count, grain: grain) { places in
        for place in places {
          let row = schedule.row(place, at: step)
          let (hiddenRow, gradientRow) = (dh + place * size, dy + row * stateWidth)
          let (inputRow, recurrentRow) = (dx + row * gateWidth, du + row * gateWidth)
          heed_add(hiddenRow, gradientRow, hiddenRow, size)
          switch cell {
          case .lstm:
            let cellRow = dc + place * size
            heed_add(cellRow, gradientRow + size, cellRow, size)
            let previousCell =
              step == 0
              ? start + schedule.order[place] * stateWidth + size
              : y + schedule.row(place, at: step - 1) * stateWidth + size
            heed_lstm_gradient_row(
              kept + row * keptWidth, y + row * stateWidth + size, previousCell, hiddenRow, cellRow, inputRow,
              size)
          case .gru:
            heed_gru_gradient_row(
              kept + row * keptWidth, before + row * size, hiddenRow, hiddenRow, inputRow, recurrentRow, size)
          }
          (dp + place * gateWidth).update(from: recurrentRow, count: gateWidth)
        }
      }
      MatrixMultiply.run(
        .init(products.rowsWithoutGradient(0..<count)), packed, into: dh, accumulating: cell == .gru)
    }
    let initialGradient = Tensor(zeros: initial.shape)
    for place in 0..<running {
      let row = initialGradient.pointer + schedule.order[place] * stateWidth
      row.update(from: dh + place * size, count: size)
      if cell == .lstm { (row + size).update(from: dc + place * size, count: size) }
    }
    withExtendedLifetime((hidden, memory, products, states, trace.gates, trace.previous, gradient)) {}
    return (inputGradient, recurrentGradient, initialGradient)
  }
}
