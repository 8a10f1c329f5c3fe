import ArgumentParser
import Foundation
import HeedTensor

/// `heed benchmark attention`: time and memory of the attention kernel as sequences grow.
struct AttentionBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "attention", abstract: "Measure time and memory of attention as sequences grow.",
    discussion: """
      Self-attention of one sequence with 8 heads of 64, forward, and forward with its gradient. Allocated bytes are \
      all that it asked for beyond its input: output, gradients and statistics. They grow with the length; a stored \
      matrix of weights would grow with its square.
      """)

  @OptionGroup var options: BenchmarkOptions
  @Option(parsing: .upToNextOption, help: "Sequence lengths.") var lengths = [512, 2048, 8192]
  @OptionGroup var machine: MachineOptions

  private static let headCount = 8
  private static let headSize = 64
  private static let repetitions = 3

  func validate() throws {
    guard !lengths.isEmpty, lengths.allSatisfy({ (1...131_072).contains($0) }) else {
      throw ValidationError("--lengths must be from 1 to 131072, got \(lengths).")
    }
  }

  mutating func perform() throws {
    try machine.apply()
    // Shortest first, because the peak of a process only grows.
    let results = lengths.sorted().map { length in
      let result = Self.measure(length)
      if !options.json { print(result.line) }
      return result
    }
    if options.json {
      try options.printJSON(
        Report(isa: Machine.instructionSet, results: results, threads: ThreadPool.shared.threadCount))
    }
  }

  private struct Report: Encodable {
    let isa: String
    let results: [Result]
    let threads: Int
  }

  private struct Result: Encodable {
    let length: Int
    /// Best of the repetitions, in seconds.
    let forwardSeconds, forwardAndGradientSeconds: Double
    /// What the pool handed out for them, at most at one time.
    let forwardAllocatedBytes, forwardAndGradientAllocatedBytes: Int
    /// How much the process's peak grew.
    let peakMemoryGrowthBytes: Int
    /// What the weights of all heads would take if they were stored.
    let weightMatrixBytes: Int

    var line: String {
      func megabytes(_ bytes: Int) -> String { bytes.megabytes + " MB" }
      return
        "length \(length): forward \((forwardSeconds * 1e3).fixed(2)) ms, \(megabytes(forwardAllocatedBytes));  "
        + "with gradient \((forwardAndGradientSeconds * 1e3).fixed(2)) ms, "
        + "\(megabytes(forwardAndGradientAllocatedBytes));  peak memory +\(megabytes(peakMemoryGrowthBytes));  "
        + "stored weights would take \(megabytes(weightMatrixBytes))"
    }
  }

  private static func measure(_ length: Int) -> Result {
    let width = headCount * headSize
    var random = SplitMix64(seed: 1)
    let input = Tensor.normal(deviation: 1, [length, 3 * width], using: &random)
    let parameter = input.asParameter()
    let layout = AttentionLayout(
      queryRanges: [0..<length], keyRanges: [0..<length], headCount: headCount, headSize: headSize,
      isCausal: false)
    func attend(_ tensor: Tensor) -> Tensor {
      attention(
        queries: tensor.columns(from: 0), keys: tensor.columns(from: width),
        values: tensor.columns(from: 2 * width),
        layout, scale: 1 / Float(headSize).squareRoot())
    }
    let peakBefore = Machine.peakMemoryBytes
    let forward = Measurement.cost(atLeast: repetitions) { withExtendedLifetime(attend(input)) {} }
    let both = Measurement.cost(atLeast: repetitions) { attend(parameter).sum().backward() }
    return Result(
      length: length, forwardSeconds: forward.seconds, forwardAndGradientSeconds: both.seconds,
      forwardAllocatedBytes: forward.allocatedBytes, forwardAndGradientAllocatedBytes: both.allocatedBytes,
      peakMemoryGrowthBytes: Machine.peakMemoryBytes - peakBefore,
      weightMatrixBytes: headCount * length * length * 4)
  }
}
