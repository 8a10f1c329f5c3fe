import Benchmark
import HeedTensor

/// The products that training and decoding spend their time in, at the size of the paper's base model.
private let products = [
  (name: "projection", rows: 2048, inner: 512, columns: 512),
  (name: "feed-forward inner", rows: 2048, inner: 512, columns: 2048),
  (name: "feed-forward outer", rows: 2048, inner: 2048, columns: 512),
  (name: "vocabulary", rows: 256, inner: 512, columns: 10_000),
  (name: "beam of 8", rows: 8, inner: 512, columns: 512),
  (name: "one token", rows: 1, inner: 512, columns: 512),
]

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .peakMemoryResident], timeUnits: .microseconds, maxDuration: .seconds(2))

  for product in products {
    let floatOperations = 2 * product.rows * product.inner * product.columns
    Benchmark("matmul/\(product.name)/\(floatOperations / 1_000_000) MFLOP") { benchmark in
      var random = SplitMix64(seed: 1)
      let left = Tensor.random(in: -1...1, [product.rows, product.inner], using: &random)
      let weight = Tensor.random(in: -1...1, [product.columns, product.inner], using: &random)
        .packedForMultiply()
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(left.linear(weight)) }
    }
  }

  for (name, length, isCausal) in [("sentences", 32, true), ("page", 512, false), ("chapter", 4096, false)] {
    Benchmark("attention/\(name)") { benchmark in
      var random = SplitMix64(seed: 1)
      let tokenCount = max(length, 2048)
      let input = Tensor.normal(deviation: 1, [tokenCount, 3 * 512], using: &random)
      let ranges = stride(from: 0, to: tokenCount, by: length).map { $0..<$0 + length }
      let layout = AttentionLayout(
        queryRanges: ranges, keyRanges: ranges, headCount: 8, headSize: 64, isCausal: isCausal)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations {
        blackHole(
          attention(
            queries: input.columns(from: 0), keys: input.columns(from: 512),
            values: input.columns(from: 1024),
            layout, scale: 0.125))
      }
    }
  }

  Benchmark("norm/residual and layer norm, 2048 rows of 512") { benchmark in
    var random = SplitMix64(seed: 1)
    let residual = Tensor.normal(deviation: 1, [2048, 512], using: &random)
    let added = Tensor.normal(deviation: 1, [2048, 512], using: &random)
    let gain = Tensor(repeating: 1, [512])
    let bias = Tensor(zeros: [512])
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(
        residual.normalized(.layer, adding: added, dropout: .none, gain: gain, bias: bias, epsilon: 1e-5))
    }
  }

  Benchmark("cross entropy/2048 tokens, 10000 words, with gradients") { benchmark in
    var random = SplitMix64(seed: 1)
    let hidden = Tensor.normal(deviation: 1, [2048, 256], using: &random).asParameter()
    let table = Tensor.normal(deviation: 0.06, [10_000, 256], using: &random).asParameter()
    let labels = (0..<2048).map { _ in Int32(random.next(below: 10_000)) }
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(hidden.projectedCrossEntropy(table, labels: labels, smoothing: 0.1, scale: 1 / 2048).lossSum)
    }
  }
}
