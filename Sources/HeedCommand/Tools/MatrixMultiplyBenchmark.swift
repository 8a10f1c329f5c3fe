import ArgumentParser
import Foundation
import HeedTensor

/// `heed benchmark matmul`: float32 products at the shapes of training and of decoding.
struct MatrixMultiplyBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "matmul", abstract: "Measure the matrix multiply, in GFLOP/s.",
    discussion: """
      The best of many repetitions for A·B, for x·Wᵀ with a weight as checkpoints hold it (both lay the right factor \
      out anew each time, as training must), and for x·Wᵀ with a weight that was laid out once, as in translation.
      """)

  @OptionGroup var options: BenchmarkOptions
  @Option(parsing: .upToNextOption, help: "Thread counts to measure with (default: 1, and all processors).")
  var threads: [Int] = []

  func validate() throws {
    guard threads.allSatisfy({ (1...256).contains($0) }) else {
      throw ValidationError("--threads must be from 1 to 256, got \(threads).")
    }
  }

  mutating func perform() throws {
    let counts = threads.isEmpty ? Array(Set([1, ThreadPool.shared.threadCount])).sorted() : threads
    var results: [Result] = []
    for count in counts {
      ThreadPool.shared.setThreadCount(count)
      for shape in Self.shapes {
        let result = Self.measure(shape, threads: count)
        if !options.json { print(result.line) }
        results.append(result)
      }
    }
    let report = Report(isa: Machine.instructionSet, results: results)
    if options.json {
      try options.printJSON(report)
    } else {
      for mean in report.geometricMeans {
        print(
          "threads \(mean.threads) geometric mean: A·B \(mean.direct.fixed(1))  x·Wᵀ \(mean.transposed.fixed(1))  "
            + "packed \(mean.packed.fixed(1)) GFLOP/s  (\(report.isa))")
      }
    }
  }

  /// Rows, columns and inner extent of a product.
  struct Extents: Sendable {
    let rows, columns, inner: Int
    var work: Double { 2 * Double(rows) * Double(columns) * Double(inner) }
  }

  /// Training (2048 rows), squares, an output projection, and a few rows as decoding has them.
  static let shapes = [
    (2048, 512, 512), (2048, 2048, 512), (2048, 512, 2048), (512, 512, 512), (1024, 1024, 1024),
    (2048, 8000, 256),
    (256, 256, 256), (64, 512, 512), (8, 512, 512), (1, 512, 512),
  ].map { Extents(rows: $0.0, columns: $0.1, inner: $0.2) }

  /// GFLOP/s of one shape.
  struct Result: Encodable {
    let threads, rows, columns, inner: Int
    /// A·B.
    let direct: Double
    /// x·Wᵀ.
    let transposed: Double
    /// x·Wᵀ with W laid out before.
    let packed: Double

    var line: String {
      "threads \(threads) rows \(rows) columns \(columns) inner \(inner): A·B \(direct.fixed(1))  "
        + "x·Wᵀ \(transposed.fixed(1))  packed \(packed.fixed(1)) GFLOP/s"
    }
  }

  private struct Mean: Encodable {
    let threads: Int
    let direct, transposed, packed: Double
  }

  private struct Report: Encodable {
    let isa: String
    let unit = "GFLOP/s"
    let geometricMeans: [Mean]
    let results: [Result]

    init(isa: String, results: [Result]) {
      self.isa = isa
      self.results = results
      geometricMeans = Dictionary(grouping: results, by: \.threads).sorted { $0.key < $1.key }.map {
        threads, group in
        func mean(_ figure: (Result) -> Double) -> Double {
          exp(group.reduce(0) { $0 + log(figure($1)) } / Double(group.count))
        }
        return Mean(
          threads: threads, direct: mean(\.direct), transposed: mean(\.transposed), packed: mean(\.packed))
      }
    }
  }

  private static func measure(_ shape: Extents, threads: Int) -> Result {
    var random = SplitMix64(seed: 1)
    let left = Tensor.random(in: -1...1, [shape.rows, shape.inner], using: &random)
    let right = Tensor.random(in: -1...1, [shape.inner, shape.columns], using: &random)
    let weight = Tensor.random(in: -1...1, [shape.columns, shape.inner], using: &random)
    let packed = weight.packedForMultiply()
    let repetitions = max(5, min(2000, Int(1e10 / shape.work)))
    func best(_ product: () -> Tensor) -> Double {
      let seconds = (0..<repetitions).reduce(Double.infinity) { best, _ in
        min(best, Measurement.seconds { withExtendedLifetime(product()) {} })
      }
      return shape.work / seconds / 1e9
    }
    return Result(
      threads: threads, rows: shape.rows, columns: shape.columns, inner: shape.inner,
      direct: best { left.matmul(right) }, transposed: best { left.linear(weight) },
      packed: best { left.linear(packed) })
  }
}
