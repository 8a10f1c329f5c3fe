import CHeedKernels
import Foundation
import HeedGeneration
import HeedTensor
import Synchronization

/// What the processors can do at most.
enum KernelLimits {
  static func measure(budget: Double) -> (gigaflopsPerSecond: Double, gigabytesPerSecond: Double) {
    let threads = ThreadPool.shared.threadCount
    // A line of the cache for each thread, so that none waits for another's.
    let sinks = Tensor(zeros: [threads, 16])
    func onEachThread(_ body: (_ part: Int, _ sink: UnsafeMutablePointer<Float>) -> Void) {
      sinks.withUnsafeMutableValues { values in
        guard let base = values.baseAddress else { return }
        ThreadPool.shared.run(threads) { part in body(part, base + part * 16) }
      }
    }
    let operations = Atomic(0)
    let multiplying = Measurement.cost(atLeast: 3, spending: budget) {
      operations.store(0, ordering: .relaxed)
      onEachThread { _, sink in
        operations.add(Int(heed_limit_multiply_adds(1_000_000, sink)), ordering: .relaxed)
      }
    }
    let values = Tensor(zeros: [1 << 26])
    let share = values.count / threads / 64 * 64
    let reading = Measurement.cost(atLeast: 3, spending: budget) {
      values.withUnsafeValues { values in
        guard let base = values.baseAddress else { return }
        onEachThread { part, sink in heed_limit_read(base + part * share, share, sink) }
      }
    }
    return (
      Double(operations.load(ordering: .relaxed)) / multiplying.seconds / 1e9,
      Double(4 * share * threads) / reading.seconds / 1e9
    )
  }
}

/// The work of one kernel.
struct KernelWork {
  let kernel: String
  let shape: String
  /// Multiplications and additions of one run.
  let operations: Double
  /// What one run must at least read and write.
  let bytes: Double
  /// Makes what it works on, and returns the work.
  let prepare: () -> () -> Void

  /// The kernels that take three per cent or more of a step of training or decoding, at shapes of such steps.
  static var all: [KernelWork] {
    [
      product(.float32, rows: 2048, columns: 512, inner: 512),
      product(.float32, rows: 2048, columns: 128, inner: 128),
      product(.float32, rows: 32, columns: 58_101, inner: 512),
      product(.float32, rows: 1, columns: 58_101, inner: 512),
      product(.int8Rows, rows: 32, columns: 58_101, inner: 512),
      product(.int8Rows, rows: 1, columns: 58_101, inner: 512),
      product(.int4Blocks, rows: 32, columns: 58_101, inner: 512),
      product(.int4Blocks, rows: 1, columns: 58_101, inner: 512),
      linearWithGradients(rows: 2048, columns: 512, inner: 512),
      linearWithGradients(rows: 4096, columns: 128, inner: 128),
      crossEntropy(rows: 2048, vocabulary: 10_000, hidden: 128),
      attentionWithGradients(sentences: 128, length: 32, headCount: 8, headSize: 64),
      gatheredAttention(positions: 320, headCount: 9, keyValueHeadCount: 3, headSize: 64, layers: 30),
      logSoftmax(rows: 32, vocabulary: 58_101),
    ]
  }

  /// x · Wᵀ, with W laid out before.
  private static func product(_ form: PackedMatrix.Form, rows: Int, columns: Int, inner: Int) -> KernelWork {
    let weightBytes =
      switch form {
      case .float32: 4.0
      case .bfloat16: 2.0
      case .int8Rows, .int8Blocks: 1.0
      case .int4Blocks: 0.625
      }
    return KernelWork(
      kernel: "x·Wᵀ, \(form)", shape: "\(rows) × \(columns) × \(inner)",
      operations: 2 * Double(rows) * Double(columns) * Double(inner),
      bytes: Double(columns * inner) * weightBytes + 4 * Double(rows * (inner + columns))
    ) {
      var random = SplitMix64(seed: 1)
      let weight = Tensor.random(in: -1...1, [columns, inner], using: &random).packedForMultiply(as: form)
      let x = Tensor.random(in: -1...1, [rows, inner], using: &random)
      return { withExtendedLifetime(x.linear(weight)) {} }
    }
  }

  /// x · Wᵀ + b with the gradients of x, W and b: three products, for two of which a factor is laid out anew.
  private static func linearWithGradients(rows: Int, columns: Int, inner: Int) -> KernelWork {
    KernelWork(
      kernel: "linear with gradients", shape: "\(rows) × \(columns) × \(inner)",
      operations: 6 * Double(rows) * Double(columns) * Double(inner),
      bytes: 4 * Double(3 * rows * (inner + columns) + 3 * columns * inner)
    ) {
      var random = SplitMix64(seed: 1)
      let weight = Tensor.random(in: -1...1, [columns, inner], using: &random).asParameter()
      let bias = Tensor(zeros: [columns]).asParameter()
      let x = Tensor.random(in: -1...1, [rows, inner], using: &random).asParameter()
      return { x.linear(weight, bias: bias).sum().backward() }
    }
  }

  /// Projection to the vocabulary, loss, and the gradients of both factors.
  private static func crossEntropy(rows: Int, vocabulary: Int, hidden: Int) -> KernelWork {
    KernelWork(
      kernel: "projected cross entropy with gradients", shape: "\(rows) × \(vocabulary) × \(hidden)",
      operations: 6 * Double(rows) * Double(vocabulary) * Double(hidden),
      bytes: 4 * Double(5 * rows * vocabulary + 3 * vocabulary * hidden)
    ) {
      var random = SplitMix64(seed: 1)
      let states = Tensor.normal(deviation: 1, [rows, hidden], using: &random).asParameter()
      let table = Tensor.normal(deviation: 0.06, [vocabulary, hidden], using: &random).asParameter()
      let labels = (0..<rows).map { _ in Int32(random.next(below: vocabulary)) }
      return {
        states.projectedCrossEntropy(table, labels: labels, smoothing: 0.1, scale: 1 / Float(rows)).loss
          .backward()
      }
    }
  }

  /// Self-attention over sentences, forward and backward: two products and five.
  private static func attentionWithGradients(
    sentences: Int, length: Int, headCount: Int, headSize: Int
  ) -> KernelWork {
    let (tokens, width) = (sentences * length, headCount * headSize)
    return KernelWork(
      kernel: "attention with gradients",
      shape: "\(sentences) × \(length) tokens, \(headCount) × \(headSize)",
      operations: 14 * Double(tokens * length * width), bytes: 4 * Double(12 * tokens * width)
    ) {
      var random = SplitMix64(seed: 1)
      let input = Tensor.normal(deviation: 1, [tokens, 3 * width], using: &random).asParameter()
      let ranges = (0..<sentences).map { $0 * length..<($0 + 1) * length }
      let layout = AttentionLayout(
        queryRanges: ranges, keyRanges: ranges, headCount: headCount, headSize: headSize, isCausal: false)
      return {
        attention(
          queries: input.columns(from: 0), keys: input.columns(from: width),
          values: input.columns(from: 2 * width),
          layout, scale: 0.125
        ).sum().backward()
      }
    }
  }

  /// One token that attends to a cache, in each layer: more than the processor's own memory holds.
  private static func gatheredAttention(
    positions: Int, headCount: Int, keyValueHeadCount: Int, headSize: Int, layers: Int
  ) -> KernelWork {
    let (hidden, width) = (headCount * headSize, 2 * keyValueHeadCount * headSize)
    return KernelWork(
      kernel: "attention over a cache",
      shape: "\(positions) positions, \(headCount) × \(headSize), \(layers) layers",
      operations: 4 * Double(layers * positions * hidden), bytes: 4 * Double(layers * positions * width)
    ) {
      var random = SplitMix64(seed: 1)
      let token = Tensor.normal(deviation: 1, [1, hidden + width], using: &random)
      let caches = (0..<layers).map { _ in Tensor.normal(deviation: 1, [positions, width], using: &random) }
      let slots = (0..<Int32(positions)).map { $0 }
      return {
        for cache in caches {
          let output = cache.attendGathered(
            token, slots: slots, offsets: [0, positions], headCount: headCount,
            keyValueHeadCount: keyValueHeadCount, headSize: headSize, scale: 0.125)
          withExtendedLifetime(output) {}
        }
      }
    }
  }

  /// Logarithms of a softmax over the vocabulary: a maximum, a sum of exponentials, a difference.
  private static func logSoftmax(rows: Int, vocabulary: Int) -> KernelWork {
    KernelWork(
      kernel: "log softmax", shape: "\(rows) × \(vocabulary)", operations: 0,
      bytes: 4 * 2 * Double(rows * vocabulary)
    ) {
      var random = SplitMix64(seed: 1)
      let logits = Tensor.normal(deviation: 1, [rows, vocabulary], using: &random)
      return {
        ThreadPool.shared.parallel(over: rows, grain: 1) { range in
          logits.withUnsafeMutableValues { values in
            for row in range {
              let row = UnsafeMutableBufferPointer(
                rebasing: values[row * vocabulary..<(row + 1) * vocabulary])
              _ = RowOperations.logSoftmax(row)
            }
          }
        }
      }
    }
  }
}
