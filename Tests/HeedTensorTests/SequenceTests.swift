import Foundation
import HeedTensor
import TestSupport
import Testing

/// Values of the operations of recurrent and convolutional models, and the law that neighbours in a batch change nothing.
@Suite struct SequenceTests {
  static let lengths = [3, 7, 1, 7, 0, 40, 12, 2]

  /// The cells as their formulas say, in double precision.
  @Test(arguments: RecurrentCell.allCases, [false, true])
  func recurrencesMatchTheirFormulas(_ cell: RecurrentCell, _ reversed: Bool) {
    let (size, gates) = (9, cell.gateCount * 9)
    let sequences = SequenceCases.ranges(Self.lengths)
    let inputs = normalValues([72, gates], seed: 1)
    let weight = normalValues([gates, size], seed: 2, deviation: 0.4)
    let bias = normalValues([gates], seed: 3)
    let initial = normalValues([Self.lengths.count, cell.statePartCount * size], seed: 4)
    let found = inputs.recurrence(
      cell, weight: weight, bias: bias, initial: initial, sequences: sequences, reversed: reversed)
    let (x, u, b) = (inputs.scalars.map(Double.init), weight.scalars, bias.scalars)
    var expected = [Float](repeating: 0, count: found.count)
    let width = cell.statePartCount * size
    for (index, range) in sequences.enumerated() {
      var state = initial.scalars[index * width..<(index + 1) * width].map(Double.init)
      for row in reversed ? Array(range.reversed()) : Array(range) {
        let products = (0..<gates).map { gate in
          (0..<size).reduce(Double(b[gate])) { $0 + Double(u[gate * size + $1]) * state[$1] }
        }
        let gate = { (kind: Int, unit: Int) in x[row * gates + kind * size + unit] }
        let past = { (kind: Int, unit: Int) in products[kind * size + unit] }
        for unit in 0..<size {
          switch cell {
          case .lstm:
            let sums = (0..<4).map { gate($0, unit) + past($0, unit) }
            let kept = sigmoid(sums[1]) * state[size + unit] + sigmoid(sums[0]) * tanh(sums[2])
            state[size + unit] = kept
            state[unit] = sigmoid(sums[3]) * tanh(kept)
          case .gru:
            let reset = sigmoid(gate(0, unit) + past(0, unit))
            let update = sigmoid(gate(1, unit) + past(1, unit))
            let candidate = tanh(gate(2, unit) + reset * past(2, unit))
            state[unit] = (1 - update) * candidate + update * state[unit]
          }
        }
        for column in 0..<width { expected[row * width + column] = Float(state[column]) }
      }
    }
    expectClose(found.scalars, expected, absolute: 2e-6)
  }

  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// States and gradients of a sequence are the same to the last bit alone and in a batch.
  @Test(arguments: RecurrentCell.allCases, [false, true])
  func recurrencesAreTheSameAlone(_ cell: RecurrentCell, _ reversed: Bool) {
    let (size, gates) = (33, cell.gateCount * 33)
    let sequences = SequenceCases.ranges(Self.lengths)
    let inputs = normalValues([72, gates], seed: 5)
    let weight = normalValues([gates, size], seed: 6, deviation: 0.2)
    let bias = normalValues([gates], seed: 7)
    func run(_ inputs: Tensor, _ sequences: [Range<Int>]) -> (Tensor, Tensor?) {
      let leaf = inputs.asParameter()
      let states = leaf.recurrence(
        cell, weight: weight, bias: bias, sequences: sequences, reversed: reversed)
      states.sum().backward()
      // Without a graph the gates are not kept, which must change nothing.
      let plain = inputs.recurrence(
        cell, weight: weight.packedForMultiply(), bias: bias, sequences: sequences, reversed: reversed)
      #expect(sameBits(states, plain))
      return (states, leaf.gradient)
    }
    let (states, gradient) = run(inputs, sequences)
    for range in sequences {
      let (own, ownGradient) = run(inputs.rowsWithoutGradient(range), [0..<range.count])
      #expect(sameBits(own, states.rowsWithoutGradient(range)))
      #expect(ownGradient.map { sameBits($0, gradient?.rowsWithoutGradient(range) ?? own) } ?? false)
    }
  }

  /// One token after another, each beginning with the state before it, gives what the whole sequence gives.
  @Test(arguments: RecurrentCell.allCases)
  func stepsGiveWhatSequencesGive(_ cell: RecurrentCell) {
    let (size, gates) = (17, cell.gateCount * 17)
    let inputs = normalValues([6, gates], seed: 8)
    let weight = normalValues([gates, size], seed: 9, deviation: 0.3)
    let bias = normalValues([gates], seed: 10)
    let whole = inputs.recurrence(cell, weight: weight, bias: bias, sequences: [0..<6])
    var state: Tensor?
    for token in 0..<6 {
      let next = inputs.rowsWithoutGradient(token..<token + 1).recurrence(
        cell, weight: weight, bias: bias, initial: state, sequences: [0..<1])
      #expect(sameBits(next, whole.rowsWithoutGradient(token..<token + 1)))
      state = next
    }
  }

  @Test func windowsHoldNeighboursAndZeros() {
    let x = Tensor([1, 2, 3, 4, 5], [5, 1])
    #expect(
      x.windows([0..<3, 3..<5], width: 3, past: 2).scalars
        == [0, 0, 1, 0, 1, 2, 1, 2, 3, 0, 0, 4, 0, 4, 5])
    #expect(
      x.windows([0..<3, 3..<5], width: 3, past: 1).scalars
        == [0, 1, 2, 1, 2, 3, 2, 3, 0, 0, 4, 5, 4, 5, 0])
  }

  @Test func additiveWeightsAreASoftmaxOfTheNetwork() {
    let (queries, keys) = (normalValues([3, 11], seed: 11), normalValues([5, 11], seed: 12))
    let (vector, values) = (normalValues([11], seed: 13), normalValues([5, 2], seed: 14))
    let ranges = (queries: [0..<1, 1..<3], keys: [0..<1, 1..<5])
    let weights = additiveAttentionWeights(
      queries: queries, keys: keys, vector: vector, queryRanges: ranges.queries, keyRanges: ranges.keys,
      sequence: 1)
    #expect(weights.shape == [2, 4])
    let output = additiveAttention(
      queries: queries, keys: keys, vector: vector, values: values, queryRanges: ranges.queries,
      keyRanges: ranges.keys)
    for query in 0..<2 {
      let scores = (1..<5).map { key in
        (0..<11).reduce(0.0) {
          let sum = queries.scalars[(query + 1) * 11 + $1] + keys.scalars[key * 11 + $1]
          return $0 + Double(vector.scalars[$1]) * tanh(Double(sum))
        }
      }
      let total = scores.reduce(0) { $0 + exp($1) }
      let expected = scores.map { Float(exp($0) / total) }
      expectClose(Array(weights.scalars[query * 4..<query * 4 + 4]), expected, absolute: 1e-6)
      for column in 0..<2 {
        let context = zip(expected, 1..<5).reduce(Float(0)) { $0 + $1.0 * values.scalars[$1.1 * 2 + column] }
        #expect(abs(output.scalars[(query + 1) * 2 + column] - context) < 1e-5)
      }
    }
    expectClose(Array(output.scalars.prefix(2)), Array(values.scalars.prefix(2)), absolute: 1e-6)
  }
}
