import HeedTensor
import TestSupport
import Testing

/// Results do not depend on the number of threads. In processes of their own, where no other test has the pool.
@Suite struct ThreadLawTests {
  /// Values and gradients of every case of the table; and of larger products, norms, losses and attentions, which are
  /// cut among threads.
  @Test func threadsChangeNothing() async {
    await #expect(processExitsWith: .success) {
      for test in GradientCases.all + largeCases() {
        ThreadPool.shared.setThreadCount(1)
        let expected = valueAndGradients(test)
        for threads in [2, 3, 8] {
          ThreadPool.shared.setThreadCount(threads)
          let found = valueAndGradients(test)
          for (one, other) in zip(found, expected) {
            #expect(sameBits(one, other), "\(test.name), \(threads) threads")
          }
        }
      }
    }
  }

  /// Several targets attend to one source, as many threads add to the gradient of its keys and values.
  @Test func sourcesInCommonSumTheirGradients() async {
    await #expect(processExitsWith: .success) {
      let (x, source) = (normalValues([16 * 90, 16], seed: 15), normalValues([90, 32], seed: 16))
      let copies = Tensor((0..<16).flatMap { _ in source.scalars }, [16 * 90, 32])
      ThreadPool.shared.setThreadCount(1)
      let targets = (0..<16).map { $0 * 90..<$0 * 90 + 90 }
      let apart = memoryGradient(x, copies, targets).scalars
      let sums = (0..<source.count).map { index in
        (0..<16).reduce(0) { $0 + apart[$1 * source.count + index] }
      }
      let largest = sums.lazy.map { abs($0) }.max() ?? 0
      var first: Tensor?
      for threads in [1, 2, 8] {
        ThreadPool.shared.setThreadCount(threads)
        for _ in 0..<3 {
          let together = memoryGradient(x, source, [Range<Int>](repeating: 0..<90, count: 16))
          expectClose(together.scalars, sums, absolute: 1e-5 * largest, "\(threads) threads")
          #expect(first.map { sameBits($0, together) } ?? true, "\(threads) threads")
          first = first ?? together
        }
      }
    }
  }
}

private func memoryGradient(_ x: Tensor, _ values: Tensor, _ sources: [Range<Int>]) -> Tensor {
  let memory = values.asParameter()
  let layout = AttentionLayout(
    queryRanges: (0..<16).map { $0 * 90..<$0 * 90 + 90 }, keyRanges: sources, headCount: 2, headSize: 8,
    isCausal: false)
  attention(
    queries: x.columns(from: 0), keys: memory.columns(from: 0), values: memory.columns(from: 16), layout,
    scale: 0.3
  ).sum().backward()
  return memory.gradient ?? Tensor(0)
}

private func valueAndGradients(_ test: GradientCase) -> [Tensor] {
  let inputs = test.inputs.map { $0.asParameter() }
  let output = test.function(inputs)
  (output * normalValues(output.shape, seed: 5)).sum().backward()
  return [output] + inputs.compactMap(\.gradient)
}

private func largeCases() -> [GradientCase] {
  let (x, y) = (normalValues([500, 96], seed: 51), normalValues([500, 96], seed: 52))
  let (weight, bias) = (normalValues([160, 96], seed: 53), normalValues([160], seed: 54))
  let (gain, shift) = (normalValues([96], seed: 55), normalValues([96], seed: 56))
  let dropout = DropoutChoice(probability: 0.2, seed: 57)
  let ranges = [0..<1, 1..<300, 300..<310, 310..<500]
  let ids = (0..<3000).map { Int32($0 * 37 % 500) }
  return [
    GradientCase("large +, *", [x, y]) { $0[0] * $0[1] + $0[0].dropout(0.3, seed: 1) * 3 },
    GradientCase("large linear", [x, weight, bias]) { $0[0].linear($0[1], bias: $0[2], activation: .gelu) },
    GradientCase("large matmul", [normalValues([96, 500], seed: 58), x]) { $0[0].matmul($0[1]).softmax() },
    GradientCase("large norm", [x, gain, shift, y]) {
      $0[0].normalized(.layer, adding: $0[3], dropout: dropout, gain: $0[1], bias: $0[2], epsilon: 1e-5)
    },
    GradientCase("large embedding", [x]) { $0[0].embedding(of: ids, scale: 2) },
    GradientCase("large loss", [x, weight]) {
      $0[0].projectedCrossEntropy(
        $0[1], labels: (0..<500).map { Int32($0 % 160) }, smoothing: 0.1, scale: 0.01
      ).loss
    },
    GradientCase("large rotation, gate", [x]) {
      $0[0].rotated(
        headCount: 4, headSize: 16, positions: (0..<500).map { Int32($0 % 190) },
        table: RotaryTable(inverseFrequencies: [1, 0.3, 0.1, 0.03, 0.01]), layout: .halves
      ).gated(.silu)
    },
    GradientCase("large pooling", [x]) {
      $0[0].meanOfRows([0..<200, 100..<500, 7..<8] + ranges).normalizedToUnitLength()
    },
    GradientCase("large grouped attention, bias", [x, normalValues([4, 599], seed: 59)]) {
      AttentionCases.selfAttention(
        $0[0], AttentionCases.layout(ranges, heads: 4, keyValueHeads: 2, headSize: 12),
        bias: RelativeBias(values: $0[1], firstDistance: -299), dropout: dropout)
    },
    SequenceCases.largeRecurrence(.lstm), SequenceCases.largeRecurrence(.gru),
    SequenceCases.largeAdditiveAttention,
    GradientCase("large attention", [x]) {
      AttentionCases.selfAttention(
        $0[0], AttentionCases.layout(ranges, heads: 4, headSize: 8, isCausal: true), dropout: dropout)
    },
  ]
}
