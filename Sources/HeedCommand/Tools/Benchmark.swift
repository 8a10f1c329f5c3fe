import ArgumentParser
import Foundation

/// `heed benchmark`: how fast this machine is, and how much memory the work takes.
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure speed and memory of this machine.",
    subcommands: [
      KernelBenchmark.self, MatrixMultiplyBenchmark.self, TrainingBenchmark.self, AttentionBenchmark.self,
      TranslationBenchmark.self,
      GenerationBenchmark.self, EmbeddingBenchmark.self, ScalingBenchmark.self,
    ])
}

/// What all benchmarks let their users choose.
struct BenchmarkOptions: ParsableArguments {
  @Flag(help: "Print one JSON object.") var json = false

  /// Writes `value` as one line of JSON, its keys in alphabetical order and in snake case.
  func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}

/// Checks a count that a flag was given.
func require(_ flag: String, _ value: Int, in range: ClosedRange<Int>) throws {
  guard range.contains(value) else {
    throw CommandError.usage(
      "\(flag) must be from \(range.lowerBound) to \(range.upperBound), got \(value)")
  }
}
