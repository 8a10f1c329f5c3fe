import ArgumentParser
import Foundation
import HeedTensor

/// `heed benchmark kernels`: how near the kernels come to what this machine can do.
struct KernelBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Measure kernels beside the limits of this machine.",
    discussion: """
      The limits are measured too: multiply-adds in registers, and reading a quarter of a gigabyte. A kernel that reaches \
      nearly all of one of the two cannot become faster in its form (Williams et al., 2009, "Roofline"). Operations \
      are counted as two for a multiplication and an addition, bytes as what must come from memory or go there once.
      """)

  @OptionGroup var options: BenchmarkOptions
  @Option(parsing: .upToNextOption, help: "Thread counts to measure with (default: 1, and all processors).")
  var threads: [Int] = []
  @Option(help: "Seconds that each figure is measured for.")
  var seconds = 0.5

  mutating func perform() throws {
    Machine.exitOnInterrupt()
    for count in threads { try require("--threads", count, in: 1...256) }
    guard (0...3600).contains(seconds) else {
      throw CommandError.usage("--seconds must be from 0 to 3600, got \(seconds)")
    }
    let counts = threads.isEmpty ? Array(Set([1, ThreadPool.shared.threadCount])).sorted() : threads
    var tables: [Table] = []
    for count in counts {
      ThreadPool.shared.setThreadCount(count)
      let table = Table(threads: count, budget: seconds)
      if !options.json { print(table.text) }
      tables.append(table)
    }
    if options.json {
      struct Report: Encodable {
        let isa: String
        let tables: [Table]
      }
      try options.printJSON(Report(isa: Machine.instructionSet, tables: tables))
    }
  }

  /// What a kernel reached.
  private struct Row: Encodable {
    let kernel: String
    let shape: String
    let gigaflopsPerSecond: Double
    let gigabytesPerSecond: Double
    /// The larger of the shares of the two limits.
    let shareOfLimit: Double
  }

  /// All kernels with one thread count.
  private struct Table: Encodable {
    let threads: Int
    let peakGigaflopsPerSecond: Double
    let peakGigabytesPerSecond: Double
    private(set) var rows: [Row] = []

    init(threads: Int, budget: Double) {
      self.threads = threads
      (peakGigaflopsPerSecond, peakGigabytesPerSecond) = KernelLimits.measure(budget: budget)
      for work in KernelWork.all {
        let run = work.prepare()
        run()
        let seconds = Measurement.cost(atLeast: 3, spending: budget, run).seconds
        let (speed, bandwidth) = (work.operations / seconds / 1e9, work.bytes / seconds / 1e9)
        rows.append(
          Row(
            kernel: work.kernel, shape: work.shape, gigaflopsPerSecond: speed, gigabytesPerSecond: bandwidth,
            shareOfLimit: max(speed / peakGigaflopsPerSecond, bandwidth / peakGigabytesPerSecond)))
      }
    }

    var text: String {
      let limits =
        "threads \(threads)  at most \(peakGigaflopsPerSecond.fixed(1)) GFLOP/s and "
        + "\(peakGigabytesPerSecond.fixed(1)) GB/s  (\(Machine.instructionSet))"
      return rows.reduce(limits) { text, row in
        text
          + "\n  \((row.kernel + ", " + row.shape).padding(toLength: 58, withPad: " ", startingAt: 0)) "
          + "\(row.gigaflopsPerSecond.fixed(1)) GFLOP/s  \(row.gigabytesPerSecond.fixed(1)) GB/s  "
          + "\((100 * row.shareOfLimit).fixed(0)) %"
      }
    }
  }
}
