import ArgumentParser
import Foundation
import Heed

/// `heed doctor`: loads a model strictly, says what it is, and checks it against what others computed.
struct DoctorCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check a model.",
    discussion: """
      Loads a model directory or a GGUF file strictly, holds it as other commands do, and says what it is. Where the \
      directory holds reference.safetensors or search.json, what another system computed is computed again: exit status \
      0 if all agrees, 65 if not. With weights of float32, no number may differ by more than 0.0001 of the largest one, \
      and searches must find the same tokens. Where weights are rounded, the relative error of an output (the root of \
      the mean square of its differences, divided by that of its numbers) may be \(tolerances), and what searches find \
      is told and decides nothing.
      """)

  @Argument(help: ArgumentHelp("A model directory, ORG/NAME on the hub, or a GGUF file.", valueName: "model"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "Expected outputs of the model (default: reference.safetensors in the directory).", valueName: "file"))
  var reference: String?

  @Flag(help: "Write a JSON object.")
  var json = false

  @OptionGroup var weights: PrecisionOptions
  @OptionGroup var machine: MachineOptions

  private static var tolerances: String {
    [WeightPrecision.bfloat16, .int8, .int4].map { "\(ReferenceTolerance($0).share) for \($0.rawValue)" }
      .joined(separator: ", ")
  }

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let examined = try ExaminedModel(ModelLocation(model), weights.precision)
    let tolerance = ReferenceTolerance(of: examined.model, loadedAs: weights.precision)
    let summary: any SummarizedModel =
      switch examined.model {
      case .transformer(let model): try ModelSummary(examined, model)
      case .sequence(let model): try SequenceModelSummary(examined, model)
      }
    var report = DoctorReport(summary, tolerance)
    if let file = reference.map({ URL(fileURLWithPath: $0) })
      ?? companion("reference.safetensors", of: examined)
    {
      report.outputs = try ReferenceCheck(
        file: try SafetensorsFile(url: file), model: examined.model, options: examined.options,
        tolerance: tolerance
      ).run()
    }
    if let model = examined.model.translationModel, let file = companion("search.json", of: examined) {
      report.search = try SearchCheck(
        file: file, model: model, options: examined.options, tolerance: tolerance
      ).run()
    }
    if json {
      try ResultStream.write(json: report)
    } else {
      var stream = ResultStream()
      for line in report.lines { stream.append(line: line) }
      try stream.flush()
    }
    if !report.isHealthy {
      throw CommandError(.data, "\(model): the model does not compute what the reference expects")
    }
  }

  /// A file in the directory that the model was found in; beside a GGUF file that was named itself there may be others,
  /// and what lies there may be about those.
  private func companion(_ name: String, of examined: ExaminedModel) -> URL? {
    let file =
      switch examined.location {
      case .directory(let url): url.appending(path: name)
      case .gguf: URL(fileURLWithPath: model).appending(path: name)
      }
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}

/// What the doctor found.
struct DoctorReport: Encodable {
  let model: any SummarizedModel
  let tolerance: ReferenceTolerance
  var outputs: [OutputCheck]?
  var search: [CaseCheck]?

  enum CodingKeys: String, CodingKey {
    case model, outputs, precision, search, tolerance
    case isHealthy = "healthy"
  }

  init(_ model: any SummarizedModel, _ tolerance: ReferenceTolerance) {
    self.model = model
    self.tolerance = tolerance
  }

  var isHealthy: Bool {
    (outputs ?? []).allSatisfy(\.passes) && (search ?? []).allSatisfy(\.passes)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(WholeSummary(model: model), forKey: .model)
    try container.encode(tolerance.precision, forKey: .precision)
    try container.encode(tolerance.share, forKey: .tolerance)
    try container.encodeIfPresent(outputs, forKey: .outputs)
    try container.encodeIfPresent(search, forKey: .search)
    try container.encode(isHealthy, forKey: .isHealthy)
  }

  var lines: [String] {
    var lines = model.lines
    if let outputs { lines += ["", "reference"] + outputs.map { "  \($0.line)" } }
    if let search { lines += ["", "search.json"] + search.flatMap(\.lines).map { "  \($0)" } }
    return lines + ["", verdict]
  }

  private var verdict: String {
    if !isHealthy { return "differs from the reference" }
    if outputs == nil, search == nil { return "loads; there is no reference to compare with" }
    if tolerance.wantsEqualTokens { return "everything agrees" }
    let precision = tolerance.precision.rawValue
    return (outputs ?? []).contains { $0.largestDifference != nil }
      ? "every output is as near as it must be with weights of \(precision)"
      : "loads; there are no outputs to compare with, and search decides nothing with weights of \(precision)"
  }
}
