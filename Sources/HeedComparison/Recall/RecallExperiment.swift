import Foundation
import HeedTensor

/// The comparison of the Transformer with the models that it replaced on generated data, where what is needed stood far
/// back.
///
/// Three things are measured: accuracy against distance on two tasks, for models of about equal size that learned for
/// equally long; how much of the gradient reaches the first input; and the time of each kind of layer against the length of
/// the sequence, beside Table 1 of Vaswani et al., "Attention Is All You Need" (2017), section 4.
package struct RecallExperiment: Sendable {
  /// The models.
  package var models = RecallModel.allCases
  /// The tasks.
  package var tasks = RecallTask.allCases
  /// How models learn and are measured.
  package var parts = RecallPartOptions()
  /// How layers are timed.
  package var layers = LayerTimeOptions()

  /// The usual comparison: about half an hour on two slow cores.
  package init() {}

  private static let kind = "recall"

  /// The longest sequence that can be asked for; memory and time are the limit.
  private static let longest = 8192

  /// Checks what a user may choose.
  ///
  /// - Throws: `RecallError.option`.
  package func validate() throws(RecallError) {
    let lengths = parts.lengths
    let allowed = RecallSequence.shortest...Self.longest
    guard !lengths.isEmpty, lengths.allSatisfy(allowed.contains) else {
      throw .option(
        "--lengths",
        reason: "must be from \(allowed.lowerBound) to \(allowed.upperBound), got "
          + (lengths.isEmpty ? "none" : lengths.map(String.init).joined(separator: ", ")))
    }
    guard !models.isEmpty else { throw .option("--models", reason: "must name a model") }
    switch parts.training.budget {
    case .seconds(let seconds):
      guard seconds.isFinite, seconds > 0 else {
        throw .option("--time-budget", reason: "must be above 0 seconds, got \(seconds)")
      }
    case .tokens(let tokens):
      guard tokens > 0 else { throw .option("--token-budget", reason: "must be above 0, got \(tokens)") }
    }
  }

  /// Makes the comparison, or what is left of it: parts that are finished are read from the output directory.
  ///
  /// - Parameters:
  ///   - output: The directory that finished parts are written into, each as a file of JSON in `parts`; it is made if it is
  ///     missing.
  ///   - threads: How many threads compute, in 1...256; nil leaves that as it is.
  ///   - progress: Is told in a line what is being done.
  ///   - isInterrupted: Whether to stop; asked between steps.
  /// - Returns: The figures.
  /// - Throws: `ComparisonInterrupted`: called again, it goes on with the part at hand; `RecallError`, `ComparisonError` for a
  ///   directory of something else, `FileError`, or `ConfigurationError` for sizes that make no model.
  package func run(
    output: URL, threads: Int? = nil, progress: (String) -> Void,
    isInterrupted: @escaping () -> Bool = { false }
  ) throws -> RecallReport {
    try validate()
    if let threads { ThreadPool.shared.setThreadCount(threads) }
    let mark = ComparisonMark(directory: output.path)
    if try !mark.check(kind: Self.kind) { try mark.write(kind: Self.kind) }
    var atHand = ""
    do {
      return try run(
        RecallFiles(directory: output.appending(path: "parts")), progress, begins: { atHand = $0 },
        isInterrupted)
    } catch is RecallInterruption {
      throw ComparisonInterrupted(directory: output.path, run: atHand)
    }
  }

  private func run(
    _ files: RecallFiles, _ progress: (String) -> Void, begins: (String) -> Void,
    _ isInterrupted: @escaping () -> Bool
  ) throws -> RecallReport {
    var options = parts
    options.lengths = Set(options.lengths).sorted()
    var report = RecallReport(options: options, threads: [], parts: [], layers: [])
    var threads: Set<Int> = []
    // Each once, in the order in which reports name them.
    let models = RecallModel.allCases.filter(models.contains)
    let tasks = RecallTask.allCases.filter(tasks.contains)
    let count = models.count * tasks.count + layers.widths.count * LayerKind.allCases.count
    var number = 0
    func begin(_ name: String) -> String {
      number += 1
      begins(name)
      return "\(number) of \(count): \(name)"
    }
    for width in layers.widths {
      for kind in LayerKind.allCases {
        let title = begin("time of \(kind.title), width \(width)")
        let found = try files.part("layer-\(kind.rawValue)-\(width)", layers) {
          progress(title)
          return try LayerTimes.measure(kind, width: width, layers, isInterrupted: isInterrupted)
        }
        if found.wasThere { progress("\(title), finished and kept") }
        report.layers.append(found.part)
        if let count = found.threads { threads.insert(count) }
      }
    }
    for task in tasks {
      for model in models {
        let title = begin("\(task.title), \(model.title)")
        let found = try files.part("\(task.rawValue)-\(model.rawValue)", options) {
          progress(title)
          return try RecallPart.measure(
            model, task, options, progress: { progress("  \($0)") }, isInterrupted: isInterrupted)
        }
        if found.wasThere { progress("\(title), finished and kept") }
        report.parts.append(found.part)
        if let count = found.threads { threads.insert(count) }
      }
    }
    report.threads = threads.sorted()
    return report
  }
}
