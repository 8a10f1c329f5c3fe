/// What a recurrent layer does with one token and the state before it.
public enum RecurrentCell: String, Sendable, Hashable, CaseIterable, Codable {
  /// Long short-term memory (Hochreiter and Schmidhuber 1997; the forget gate is that of Gers et al. 2000).
  ///
  /// Gates in the order i, f, g, o, as PyTorch has them: c = σ(f) c₋₁ + σ(i) tanh(g), h = σ(o) tanh(c), each gate being
  /// W x + b + U h₋₁ + b′.
  case lstm
  /// The gated recurrent unit (Cho et al. 2014).
  ///
  /// Gates in the order r, z, n, and the reset gate outside of the product, as PyTorch and cuDNN have it: n = tanh(W x +
  /// b + σ(r) (U h₋₁ + b′)), h = (1 − σ(z)) n + σ(z) h₋₁. The paper resets h before the product.
  case gru

  /// How many gates there are: the rows of a weight are so many times the hidden size.
  public var gateCount: Int { self == .lstm ? 4 : 3 }

  /// How many rows of the hidden size make a state: h and c of an LSTM, side by side; h of a GRU.
  public var statePartCount: Int { self == .lstm ? 2 : 1 }
}

/// Which token of which sequence is read at which step: sequences by falling length, so that those still running at a
/// step are the first.
struct RecurrenceSchedule {
  /// The sequences by falling length.
  let order: [Int]
  /// How many are running at each step.
  let counts: [Int]
  private let sequences: [Range<Int>]
  private let reversed: Bool

  init(_ sequences: [Range<Int>], reversed: Bool) {
    self.sequences = sequences
    self.reversed = reversed
    // Of equally long ones the first comes first, though results do not depend on it.
    order = sequences.indices.sorted { (sequences[$1].count, $0) < (sequences[$0].count, $1) }
    var counts = [Int](repeating: 0, count: sequences.lazy.map(\.count).max() ?? 0)
    for sequence in sequences where !sequence.isEmpty { counts[sequence.count - 1] += 1 }
    for step in counts.indices.dropLast().reversed() { counts[step] += counts[step + 1] }
    self.counts = counts
  }

  /// The row of the token that the sequence at `place` of the order reads at `step`.
  func row(_ place: Int, at step: Int) -> Int {
    let sequence = sequences[order[place]]
    return reversed ? sequence.upperBound - 1 - step : sequence.lowerBound + step
  }
}
