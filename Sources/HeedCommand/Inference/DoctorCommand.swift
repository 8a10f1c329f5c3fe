import ArgumentParser
import Foundation
import Heed
import HeedLayers

/// `heed doctor`: loads a model directory strictly, says what it is, and checks it against what others computed.
struct DoctorCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check a model directory.",
    discussion: """
      Loads the directory strictly and says what it is. Where it holds reference.safetensors or search.json, what \
      another system computed is computed again: exit status 0 if all agrees, 65 if not.
      """)

  @Argument(help: ArgumentHelp("A model directory.", valueName: "dir"))
  var directory: String

  @Option(
    help: ArgumentHelp(
      "Expected outputs of the model (default: reference.safetensors in the directory).", valueName: "file"))
  var reference: String?

  @Flag(help: "Write a JSON object.")
  var json = false

  @OptionGroup var machine: MachineOptions

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let url = try modelDirectory(directory)
    let files = ModelDirectory(url)
    let model = try files.loadAny()
    var report = DoctorReport(try ModelSummary(files, model))
    // As transformers' generate: nothing is suppressed that the file does not name.
    let options = try GenerationConfiguration.options(
      for: model.configuration, in: files, suppressingPad: false)
    if let file = referenceFile(url) {
      report.outputs = try ReferenceCheck(
        file: try SafetensorsFile(url: file), model: model, options: options
      ).run()
    }
    let search = url.appending(path: "search.json")
    if FileManager.default.fileExists(atPath: search.path), case .encoderDecoder(let model) = model {
      report.search = try SearchCheck(file: search, model: model, options: options).run()
    }
    if json {
      try ResultStream.write(json: report)
    } else {
      var stream = ResultStream()
      for line in report.lines { stream.append(line: line) }
      try stream.flush()
    }
    if !report.isHealthy {
      throw CommandError(.data, "\(directory): the model does not compute what the reference expects")
    }
  }

  private func referenceFile(_ directory: URL) -> URL? {
    if let reference { return URL(fileURLWithPath: reference) }
    let file = directory.appending(path: "reference.safetensors")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}

/// What the doctor found.
struct DoctorReport: Encodable {
  let model: ModelSummary
  var outputs: [OutputCheck]?
  var search: [CaseCheck]?

  enum CodingKeys: String, CodingKey {
    case model, outputs, search
    case isHealthy = "healthy"
  }

  init(_ model: ModelSummary) {
    self.model = model
  }

  var isHealthy: Bool {
    (outputs ?? []).allSatisfy(\.isEqual) && (search ?? []).allSatisfy(\.isEqual)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(outputs, forKey: .outputs)
    try container.encodeIfPresent(search, forKey: .search)
    try container.encode(isHealthy, forKey: .isHealthy)
  }

  var lines: [String] {
    var lines = model.lines
    if let outputs { lines += ["", "reference"] + outputs.map { "  \($0.line)" } }
    if let search { lines += ["", "search.json"] + search.flatMap(\.lines).map { "  \($0)" } }
    let wasChecked = outputs != nil || search != nil
    let verdict = wasChecked ? "everything agrees" : "loads; there is no reference to compare with"
    return lines + ["", isHealthy ? verdict : "differs from the reference"]
  }
}
