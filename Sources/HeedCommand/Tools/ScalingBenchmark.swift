import ArgumentParser
import HeedTensor

/// `heed benchmark scaling`: how time and memory grow with each extent of the work.
struct ScalingBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Measure how time and memory grow with length, batch, vocabulary and threads.",
    discussion: """
      The width of the paper's base model (512, 8 heads, 2048), or another, with random weights that are made in memory: \
      a layer of the encoder, and models of two layers. Memory is all that the work asks for beyond model and input, at most at \
      one time. A step of translation has its share of the encoder in it. Only the last table is about other than all \
      threads.
      """)

  @OptionGroup var options: BenchmarkOptions
  @Option(
    parsing: .upToNextOption, help: "Lengths of the sequence that attention and a layer of the encoder read.")
  var lengths = [128, 256, 512, 1024, 2048, 4096, 8192]
  @Option(parsing: .upToNextOption, help: "Numbers of sentences that are translated together.")
  var batches = [1, 2, 4, 8, 16, 32, 64]
  @Option(parsing: .upToNextOption, help: "Vocabularies of the model that translates.")
  var vocabularies = [1000, 4000, 16_000, 64_000]
  @Option(parsing: .upToNextOption, help: "Tokens in the cache of a language model that reads one more.")
  var positions = [1, 128, 256, 512, 1024, 2048, 4096, 8192]
  @Option(parsing: .upToNextOption, help: "Thread counts (default: 1, 2, 4 and so on, and all processors).")
  var threads: [Int] = []
  @Option(help: "Width of the models; their feed-forward networks have four times that.")
  var hiddenSize = 512
  @Option(help: "Seconds that a figure is measured for, where two repetitions do not take longer.")
  var seconds = 0.2

  mutating func perform() throws {
    Machine.exitOnInterrupt()
    for (flag, values, range) in [
      ("--lengths", lengths, 1...131_072), ("--batches", batches, 1...4096),
      ("--vocabularies", vocabularies, 16...1_000_000), ("--positions", positions, 1...131_072),
      ("--threads", threads, 1...256),
    ] {
      for value in values { try require(flag, value, in: range) }
    }
    try require("--hidden-size", hiddenSize, in: 16...16_384)
    guard ScalingWork.isWidth(hiddenSize) else {
      throw CommandError.usage("--hidden-size must be a multiple of 16, got \(hiddenSize)")
    }
    guard (0...3600).contains(seconds) else {
      throw CommandError.usage("--seconds must be from 0 to 3600, got \(seconds)")
    }
    let all = ThreadPool.shared.threadCount
    let counts = threads.isEmpty ? Self.threadCounts(upTo: all) : threads
    let stopwatch = Stopwatch()
    let work = try ScalingWork(hiddenSize: hiddenSize, budget: seconds)
    let lengthRows = try table(lengths, work.length)
    let batchRows = try table(batches, work.batch)
    let vocabularyRows = try table(vocabularies, work.vocabulary)
    let positionRows = try table(positions, work.position)
    let threadRows = try table(counts, work.threads)
    let report = Report(
      batches: batchRows, isa: Machine.instructionSet, lengths: lengthRows,
      peakMemoryBytes: Machine.peakMemoryBytes, positions: positionRows, seconds: stopwatch.seconds,
      threads: all, threadCounts: threadRows, vocabularies: vocabularyRows)
    if options.json {
      try options.printJSON(report)
    } else {
      print(
        "\(report.seconds.fixed(0)) s  peak memory \(report.peakMemoryBytes.megabytes) MB  threads \(all)  "
          + report.isa)
    }
  }

  private struct Report: Encodable {
    let batches: [ScalingWork.BatchRow]
    let isa: String
    let lengths: [ScalingWork.LengthRow]
    let peakMemoryBytes: Int
    let positions: [ScalingWork.PositionRow]
    /// Of all tables together.
    let seconds: Double
    let threads: Int
    let threadCounts: [ScalingWork.ThreadRow]
    let vocabularies: [ScalingWork.VocabularyRow]
  }

  private static func threadCounts(upTo all: Int) -> [Int] {
    sequence(first: 1) { $0 * 2 }.prefix { $0 < all } + [all]
  }

  /// Measures and prints row by row.
  private func table<Row: ScalingRow>(_ values: [Int], _ measure: (Int) throws -> Row) throws -> [Row] {
    func show(_ cells: [String]) {
      guard !options.json else { return }
      print(cells.map { String(repeating: " ", count: max(0, 16 - $0.count)) + $0 }.joined())
    }
    if !values.isEmpty { show(Row.header) }
    let rows = try values.map { value in
      let row = try measure(value)
      show(row.cells)
      return row
    }
    if !values.isEmpty { show([]) }
    return rows
  }
}

/// A row of a table: an extent, and what it takes.
protocol ScalingRow: Encodable {
  /// What the cells are.
  static var header: [String] { get }
  /// The same figures for people.
  var cells: [String] { get }
}
