import HeedTensor

/// A layer of long short-term memory or of gated recurrent units, in one direction.
///
/// Its parameters have the shapes, the order of gates and the two biases of one direction of `torch.nn.LSTM` and
/// `torch.nn.GRU`. Sources: Hochreiter and Schmidhuber (1997), Cho et al. (2014).
public struct RecurrentLayer: Module {
  /// W and b: what the gates make of the input, `[gates × hidden, inputs]`.
  public var input: Linear
  /// U: what they make of the state before, `[gates × hidden, hidden]`.
  public var recurrentWeight: Tensor
  /// b′, `[gates × hidden]`.
  public var recurrentBias: Tensor
  /// The kind of cell.
  public let cell: RecurrentCell
  /// Whether sequences are read from their ends.
  public let reversed: Bool

  /// The width of h.
  public var hiddenSize: Int { recurrentWeight.shape[1] }

  /// A layer with Xavier's weights for each gate by itself, and biases of zero; that of an LSTM's forget gate is 1, so that
  /// it begins by remembering (Jozefowicz et al. 2015).
  public init(
    _ cell: RecurrentCell, inputs: Int, hiddenSize: Int, reversed: Bool = false,
    _ initializer: inout ParameterInitializer
  ) {
    input = Linear(
      inputs: inputs, outputs: cell.gateCount * hiddenSize, stacked: cell.gateCount, &initializer)
    recurrentWeight = initializer.xavier([cell.gateCount * hiddenSize, hiddenSize], outputs: hiddenSize)
    recurrentBias = Tensor(zeros: [cell.gateCount * hiddenSize])
    if cell == .lstm {
      let forget = hiddenSize..<2 * hiddenSize
      input.bias = Tensor((0..<4 * hiddenSize).map { forget.contains($0) ? 1 : 0 }, [4 * hiddenSize])
    }
    self.cell = cell
    self.reversed = reversed
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("input", &input)
    try visitor.visit(weight: "recurrentWeight", &recurrentWeight)
    try visitor.visit("recurrentBias", &recurrentBias)
  }

  /// The state at each token.
  ///
  /// - Parameters:
  ///   - tokens: `[tokens, inputs]`.
  ///   - sequences: The rows of each sequence, one behind the other.
  ///   - initial: The state before each, `[sequences, parts × hidden]`; zeros if nil.
  /// - Returns: `[tokens, parts × hidden]`: h, and behind it c of an LSTM.
  public func callAsFunction(
    _ tokens: Tensor, _ sequences: [Range<Int>], initial: Tensor? = nil
  ) -> Tensor {
    input(tokens).recurrence(
      cell, weight: recurrentWeight, bias: recurrentBias, initial: initial, sequences: sequences,
      reversed: reversed)
  }

  /// h of states `[rows, parts × hidden]`.
  public func hidden(_ states: Tensor) -> Tensor { states.columnSlice(0..<hiddenSize) }
}

/// Two recurrent layers, one of which reads from the end (Schuster and Paliwal 1997); each gives half of the width.
public struct BidirectionalLayer: Module {
  /// Reads from the beginning.
  public var forwards: RecurrentLayer
  /// Reads from the end.
  public var backwards: RecurrentLayer

  /// A pair of layers.
  /// - Precondition: The hidden size is even.
  public init(
    _ cell: RecurrentCell, inputs: Int, hiddenSize: Int, _ initializer: inout ParameterInitializer
  ) {
    precondition(hiddenSize.isMultiple(of: 2), "two directions cannot share a width of \(hiddenSize)")
    forwards = RecurrentLayer(cell, inputs: inputs, hiddenSize: hiddenSize / 2, &initializer)
    backwards = RecurrentLayer(
      cell, inputs: inputs, hiddenSize: hiddenSize / 2, reversed: true, &initializer)
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("forwards", &forwards)
    try visitor.visit("backwards", &backwards)
  }

  /// Both directions' h at each token, side by side, and the state that each direction ends with.
  ///
  /// - Parameters:
  ///   - tokens: `[tokens, inputs]`.
  ///   - sequences: The rows of each sequence, none of them empty.
  /// - Returns: `[tokens, hidden]`, and `[sequences, parts × hidden]`: the last h of both directions side by side, then c.
  public func callAsFunction(_ tokens: Tensor, _ sequences: [Range<Int>]) -> (hidden: Tensor, final: Tensor) {
    precondition(sequences.allSatisfy { !$0.isEmpty }, "a recurrent encoder cannot end an empty sequence")
    let (ahead, back) = (forwards(tokens, sequences), backwards(tokens, sequences))
    let last = (
      ahead.rows(sequences.map { $0.upperBound - 1 }), back.rows(sequences.map(\.lowerBound))
    )
    let size = forwards.hiddenSize
    let parts = (0..<forwards.cell.statePartCount).flatMap { part in
      [last.0, last.1].map { $0.columnSlice(part * size..<(part + 1) * size) }
    }
    return (.joinedColumns([forwards.hidden(ahead), backwards.hidden(back)]), .joinedColumns(parts))
  }
}
