import ArgumentParser
import Foundation

/// `heed benchmark`: how fast this machine is, and how much memory the work takes.
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure speed and memory of this machine.",
    subcommands: [MatrixMultiplyBenchmark.self, TrainingBenchmark.self, AttentionBenchmark.self])
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

/// What is measured of this process.
enum Measurement {
  /// The largest resident size of this process so far, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    #if canImport(Glibc)
      let status = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      let status = getrusage(RUSAGE_SELF, &usage)
    #endif
    guard status == 0 else { return 0 }
    #if canImport(Darwin)
      return Int(usage.ru_maxrss)
    #else
      return Int(usage.ru_maxrss) * 1024
    #endif
  }

  /// Seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body).components
    return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
  }
}

extension Double {
  /// The number with this many digits behind the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
