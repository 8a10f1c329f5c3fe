import Foundation
import HeedTensor
import TestSupport
import Testing

/// Values of the larger operations against plain loops in double precision.
@Suite struct ValueTests {
  @Test(arguments: [([3, 5], [5, 4]), ([2, 3, 4], [4, 7]), ([29, 130], [130, 33])] as [(Shape, Shape)])
  func products(_ left: Shape, _ right: Shape) {
    let (a, b) = (normalValues(left, seed: 1), normalValues(right, seed: 2))
    let product = a.matmul(b)
    #expect(product.shape.dimensions == left.dimensions.dropLast() + [right[1]])
    let (inner, columns) = (left.columns, right[1])
    let expected = (0..<left.rows * columns).map { index -> Float in
      let (row, column) = (index / columns, index % columns)
      return Float(
        (0..<inner).reduce(0.0) { sum, k in
          sum + Double(a.scalars[row * inner + k]) * Double(b.scalars[k * columns + column])
        })
    }
    expectClose(product.scalars, expected, absolute: 2e-5, "matmul")
    let transposed = Tensor(
      (0..<right.count).map { b.scalars[$0 % inner * columns + $0 / inner] }, [columns, inner])
    expectClose(a.linear(transposed), product, absolute: 2e-5, "linear")
    #expect(sameBits(a.linear(transposed.packedForMultiply()), a.linear(transposed)))
  }

  @Test func activations() {
    let x = Tensor([-4, -1, -0.5, 0, 0.5, 1, 4], [7])
    func check(_ activation: Activation, _ function: (Double) -> Double) {
      let expected = x.scalars.map { Float(function(Double($0))) }
      expectClose(x.activated(activation).scalars, expected, absolute: 1e-6, relative: 1e-5, "\(activation)")
    }
    check(.none) { $0 }
    check(.relu) { max(0, $0) }
    check(.gelu) { $0 * 0.5 * (1 + erf($0 / 2.0.squareRoot())) }
    check(.geluTanh) { $0 * 0.5 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
    check(.silu) { $0 / (1 + exp(-$0)) }
    check(.tanh) { tanh($0) }
  }

  @Test func softmax() {
    let x = Tensor([1, 2, 3, 1000, 1000, -1000, -.infinity, 0, -.infinity], [3, 3])
    let e = [exp(-2.0), exp(-1.0), 1.0]
    let expected = e.map { Float($0 / e.reduce(0, +)) } + [0.5, 0.5, 0, 0, 1, 0]
    expectClose(x.softmax().scalars, expected, absolute: 1e-6, "softmax")
  }

  @Test(arguments: NormKind.allCases)
  func norms(_ kind: NormKind) {
    let (x, gain, bias) = (
      normalValues([4, 9], seed: 3), normalValues([9], seed: 4), normalValues([9], seed: 5)
    )
    let found = x.normalized(kind, gain: gain, bias: bias, epsilon: 0.01).scalars
    var expected: [Float] = []
    for row in 0..<4 {
      let values = x.scalars[row * 9..<row * 9 + 9].map { Double($0) }
      let mean = kind == .layer ? values.reduce(0, +) / 9 : 0
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
      for (column, value) in values.enumerated() {
        let normalised = (value - mean) / (variance + 0.01).squareRoot()
        expected.append(Float(normalised * Double(gain.scalars[column]) + Double(bias.scalars[column])))
      }
    }
    expectClose(found, expected, absolute: 1e-5, "\(kind)")
  }

  @Test func crossEntropy() {
    let (hidden, table) = (normalValues([5, 4], seed: 6), normalValues([6, 4], seed: 7))
    let bias = normalValues([6], seed: 8)
    let labels: [Int32] = [3, -1, 0, 5, 3]
    let result = hidden.projectedCrossEntropy(table, bias: bias, labels: labels, smoothing: 0.2, scale: 0.25)
    let logits = hidden.linear(table, bias: bias).scalars
    var (loss, likelihood) = (0.0, 0.0)
    for (row, label) in labels.enumerated() where label >= 0 {
      let scores = logits[row * 6..<row * 6 + 6].map { Double($0) }
      let logSum = log(scores.reduce(0) { $0 + exp($1) })
      likelihood += logSum - scores[Int(label)]
      loss += 0.8 * (logSum - scores[Int(label)]) + 0.2 * (logSum - scores.reduce(0, +) / 6)
    }
    #expect(result.labelCount == 4)
    #expect(abs(result.lossSum - loss) < 1e-5)
    #expect(abs(result.negativeLogLikelihoodSum - likelihood) < 1e-5)
    #expect(abs(Double(result.loss.scalar) - loss / 4) < 1e-5)
  }

  @Test(arguments: [false, true])
  func attentionOfPackedSequences(_ isCausal: Bool) {
    let ranges = [0..<70, 70..<71, 71..<200]
    let x = normalValues([200, 24], seed: 9)
    let layout = AttentionLayout(
      queryRanges: ranges, keyRanges: ranges, headCount: 2, headSize: 4, isCausal: isCausal)
    let (queries, keys, values) = (x.columns(from: 0), x.columns(from: 8), x.columns(from: 16))
    let found = attention(queries: queries, keys: keys, values: values, layout, scale: 0.5)
    var expected = [Float](repeating: .nan, count: 200 * 8)
    for (sequence, range) in ranges.enumerated() {
      for head in 0..<2 {
        let weights = naiveWeights(x, range, head, isCausal)
        let shown = attentionWeights(
          queries: queries, keys: keys, layout, scale: 0.5, sequence: sequence, head: head)
        #expect(shown.shape == [range.count, range.count])
        expectClose(shown.scalars, weights.joined().map { Float($0) }, absolute: 1e-5, "weights")
        for (row, weights) in zip(range, weights) {
          for column in 0..<4 {
            let sum = zip(weights, range).reduce(0) {
              $0 + $1.0 * Double(x.scalars[$1.1 * 24 + 16 + head * 4 + column])
            }
            expected[row * 8 + head * 4 + column] = Float(sum)
          }
        }
      }
    }
    expectClose(found.scalars, expected, absolute: 1e-5, "attention")
  }

  private func naiveWeights(_ x: Tensor, _ range: Range<Int>, _ head: Int, _ isCausal: Bool) -> [[Double]] {
    let values = x.scalars
    return range.map { query in
      let scores = range.map { key -> Double in
        if isCausal && key > query { return -.infinity }
        return (0..<4).reduce(0) {
          $0 + 0.5 * Double(values[query * 24 + head * 4 + $1]) * Double(values[key * 24 + 8 + head * 4 + $1])
        }
      }
      let exponentials = scores.map { exp($0) }
      let sum = exponentials.reduce(0, +)
      return exponentials.map { $0 / sum }
    }
  }

  @Test func queriesThatSeeNothingGiveZeros() {
    let (x, memory) = (normalValues([5, 4], seed: 10), normalValues([2, 8], seed: 11))
    let layout = AttentionLayout(
      queryRanges: [0..<2, 2..<5], keyRanges: [0..<0, 0..<2], headCount: 1, headSize: 4, isCausal: true)
    let found = attention(
      queries: x.columns(from: 0), keys: memory.columns(from: 0), values: memory.columns(from: 4), layout,
      scale: 1)
    // The second sequence's first query stands before its two keys.
    #expect(found.scalars.prefix(12).allSatisfy { $0 == 0 })
    #expect(found.scalars[12..<16].elementsEqual(memory.scalars[4..<8]))
  }

  /// Few rows are multiplied by a matrix in place, many by a packed one.
  @Test func rowsOfAProductAreAlone() {
    for columns in [32, 50] {
      let (x, right) = (normalValues([97, 33], seed: 12), normalValues([33, columns], seed: 13))
      let whole = x.matmul(right)
      for rows in [0..<1, 4..<20, 60..<77] {
        #expect(
          sameBits(x.rowsWithoutGradient(rows).matmul(right), whole.rowsWithoutGradient(rows)), "\(rows)")
      }
    }
  }

  /// A row and a sequence do not know what else is in the batch.
  @Test func rowsAreAloneInABatch() {
    let (x, weight, bias) = (
      normalValues([97, 33], seed: 12), normalValues([50, 33], seed: 13), normalValues([50], seed: 14)
    )
    let whole = x.linear(weight, bias: bias, activation: .gelu).softmax()
    for row in [0, 1, 50, 96] {
      let alone = Tensor(x.scalars[row * 33..<row * 33 + 33], [1, 33])
      #expect(
        alone.linear(weight, bias: bias, activation: .gelu).softmax().scalars
          == Array(whole.scalars[row * 50..<row * 50 + 50]), "row \(row)")
    }
  }

  @Test func dropoutOfAttentionKeepsTheExpectation() {
    // All values are one: the output is the sum of the weights that are kept, times 1 / (1 − p).
    let x = Tensor(repeating: 1, [400, 6])
    let layout = AttentionLayout(
      queryRanges: [0..<400], keyRanges: [0..<400], headCount: 2, headSize: 1, isCausal: false)
    let found = attention(
      queries: x.columns(from: 0), keys: x.columns(from: 2), values: x.columns(from: 4), layout, scale: 1,
      dropout: DropoutChoice(probability: 0.4, seed: 3)
    ).scalars
    let mean = found.reduce(0, +) / Float(found.count)
    // 320,000 weights, each kept with probability 0.6: five standard deviations are 0.0072.
    #expect(abs(mean - 1) < 0.0072)
    #expect(Set(found.map(\.bitPattern)).count > 50, "heads and queries drop different weights")
  }
}
