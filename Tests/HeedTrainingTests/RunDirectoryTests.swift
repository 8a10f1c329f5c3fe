import Foundation
import HeedTraining
import Testing

@Suite struct RunDirectoryTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func message(_ path: String, _ mode: RunDirectory.Mode) -> String {
    do {
      _ = try RunDirectory(path, mode: mode)
      return "fine"
    } catch {
      return "\(error)".replacingOccurrences(of: scratch.path + "/", with: "")
    }
  }

  private func contents(_ path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
  }

  @Test func laysOutANewRun() throws {
    let path = "\(scratch.path)/deep/run/"
    var recipe = Recipe()
    try recipe.override(key: "training.seed", value: "9")
    do {
      let run = try RunDirectory(path, mode: .create)
      try run.write(recipe.resolved())
      let log = try MetricsLog(run.metricsPath)
      try log.append(MetricsRecord(.train, step: 1, time: 0, values: ["loss": 9]))
      try run.writeReport(recipe)
      #expect(try run.readRecipe() == recipe.resolved())
      #expect(try contents(path).contains(".lock"))
    }
    let expected = ["checkpoints", "metrics.jsonl", "recipe.yaml", "report.html", "tensorboard"]
    #expect(try contents(path) == expected)
  }

  @Test func refusesAnotherRunAndLeavesNoTrace() throws {
    for name in ["recipe.yaml", "metrics.jsonl", "config.json", "model.safetensors"] {
      let path = "\(scratch.path)/\(name).d"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
      for mode in [RunDirectory.Mode.create, .overwrite] {
        // A recipe that somebody else wrote makes no run either.
        #expect(
          message(path, mode).hasPrefix(
            "\(name).d: the directory holds \(name), but no recipe.yaml that a run"))
      }
      #expect(try contents(path) == [name])
    }
    #expect(message("\(scratch.path)/metrics.jsonl.d", .resume).contains("there is no run to resume"))
    #expect(message("\(scratch.path)/nowhere", .resume).contains("there is no run to resume"))
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/nowhere"))
    let file = try scratch.write("file", "x")
    #expect(message(file, .create) == "file: a file has this name; name a directory for the run.")
    #expect(message("\(file)/run", .create).hasPrefix("file: a file has this name; name a directory"))
  }

  @Test func overwritesOnlyWhatARunWrites() throws {
    let path = "\(scratch.path)/run"
    do {
      let run = try RunDirectory(path, mode: .create)
      try run.write(Recipe())
      _ = try TensorBoardLog(directory: run.tensorBoardPath, wallTime: 1)
      let names = [
        "metrics.jsonl", "checkpoints/step-5", "checkpoints/step-00000005.safetensors",
        "checkpoints/last.safetensors", "config.json", "tokenizer.json", "notes.txt", "tensorboard/mine",
        "vocab.txt", "source.spm", "modules.json", "1_Pooling/config.json", "2_Normalize/mine",
      ]
      for directory in ["1_Pooling", "2_Normalize"] {
        try FileManager.default.createDirectory(
          atPath: "\(path)/\(directory)", withIntermediateDirectories: true)
      }
      for name in names { try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
    }
    #expect(message(path, .create).contains("holds another run (recipe.yaml)"))
    do { _ = try RunDirectory(path, mode: .overwrite) }
    #expect(
      try contents(path) == [
        "2_Normalize", "2_Normalize/mine", "checkpoints", "checkpoints/step-5", "notes.txt", "tensorboard",
        "tensorboard/mine",
      ])
  }

  @Test func whatWasNeverARunIsNotOverwritten() throws {
    let path = "\(scratch.path)/project"
    try FileManager.default.createDirectory(
      atPath: "\(path)/checkpoints/important", withIntermediateDirectories: true)
    _ = try scratch.write("project/checkpoints/important/x", "x")
    #expect(
      message(path, .overwrite).hasPrefix("project: the directory holds checkpoints, but no recipe.yaml"))
    #expect(try contents(path) == ["checkpoints", "checkpoints/important", "checkpoints/important/x"])
    // A run that was killed before it wrote its recipe leaves empty directories behind, and is in nobody's way.
    do { _ = try RunDirectory("\(scratch.path)/killed", mode: .create) }
    #expect(message("\(scratch.path)/killed", .create) == "fine")
  }

  @Test func anEmptyPathIsRefused() {
    for mode in [RunDirectory.Mode.create, .overwrite, .resume] {
      #expect(message("", mode) == "the path of the run directory is empty; name a directory.")
    }
  }

  @Test(.enabled(if: getuid() != 0)) func anUnwritableDirectoryIsCalledThat() throws {
    let path = "\(scratch.path)/closed"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
    #expect(message("\(path)/run", .create) == "closed/run: cannot create the directory: Permission denied.")
  }

  @Test func twoWritersAreNotLetIn() throws {
    let path = "\(scratch.path)/run"
    var run: RunDirectory? = try RunDirectory(path, mode: .create)
    try run?.write(Recipe())
    let refusal = message(path, .resume)
    #expect(
      refusal.hasPrefix("run: another process (process \(ProcessInfo.processInfo.processIdentifier)) is"))
    run = nil
    #expect(message(path, .resume) == "fine")
    // What a killed process leaves behind locks nothing.
    _ = try scratch.write("run/.lock", "process 1\n")
    #expect(message(path, .resume) == "fine")
  }
}

@Suite struct RunDirectoryLogTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func record(_ step: Int) -> MetricsRecord {
    MetricsRecord(
      .train, step: step, epoch: 0, time: 1_763_812_345.5, values: ["loss": 10 / Double(step), "rate": 1e-7])
  }

  @Test func recordsReadBackEqual() throws {
    let path = "\(scratch.path)/m"
    let records = [
      MetricsRecord(
        .run, step: 0, time: 0, values: ["parameters": 123_456_789], facts: ["machine": "a \"b\"\n\\\t\u{1}"]),
      record(3),
      MetricsRecord(
        .validation, step: 3, epoch: 2, time: 1e-3, values: ["bleu": -0.1, "loss": 1e300],
        samples: [.init(source: "Wie geht’s?\u{2028}", reference: "", hypothesis: "</script> 😀")]),
    ]
    let log = try MetricsLog(path)
    for record in records { try log.append(record) }
    let read = try MetricsLog.read(path)
    #expect(read.records == records)
    #expect(read.malformedLineCount == 0)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.split(separator: "\n").count == 3)
    let line =
      #"{"kind":"train","step":3,"epoch":0,"time":1763812345.5,"loss":3.3333333333333335,"rate":1e-07}"#
    #expect(text.contains(line))
    #expect(MetricsRecord(.train, step: 1, time: 0, values: ["loss": .nan]).json.contains("\"loss\":null"))
  }

  @Test func isCutBackToAStep() throws {
    let path = "\(scratch.path)/m"
    let log = try MetricsLog(path)
    for step in 1...9 { try log.append(record(step)) }
    try MetricsLog.truncate(path, afterStep: 6)
    #expect(try MetricsLog.read(path).records.map(\.step) == [1, 2, 3, 4, 5, 6])
    // The open log goes on at the new end.
    try log.append(record(7))
    #expect(try MetricsLog.read(path).records.map(\.step) == [1, 2, 3, 4, 5, 6, 7])
    try MetricsLog.truncate(path, afterStep: 0)
    #expect(try MetricsLog.read(path).records == [])
    try MetricsLog.truncate("\(scratch.path)/absent", afterStep: 0)
  }

  /// Wherever a crash tears the log, opening it again leaves the whole records.
  @Test func tornLastLineIsCutOff() throws {
    let path = "\(scratch.path)/m"
    let log = try MetricsLog(path)
    for step in 1...3 { try log.append(record(step)) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let ends = whole.indices.filter { whole[$0] == 0x0A }.map { $0 + 1 }
    for size in 0...whole.count {
      let torn = try scratch.write("torn", whole.prefix(size))
      try MetricsLog(torn).append(record(4))
      let kept = ends.filter { $0 <= size }.count
      #expect(try MetricsLog.read(torn).records.map(\.step) == Array(1..<(kept + 1)) + [4])
      #expect(try MetricsLog.read(torn).malformedLineCount == 0)
    }
  }

  @Test func foreignLinesArePassedOver() throws {
    let path = try scratch.write("m", "\(record(1).json)\nnoise\n\(record(2).json)\n\(record(5).json)\n[]\n{")
    #expect(try MetricsLog.read(path).records.map(\.step) == [1, 2, 5])
    #expect(try MetricsLog.read(path).malformedLineCount == 3)
    try MetricsLog.truncate(path, afterStep: 2)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8) == "\(record(1).json)\nnoise\n\(record(2).json)\n")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"))) func fullDiskIsAnError() throws {
    // /dev/full accepts a file's opening and refuses each write, as a full disk does.
    let link = "\(scratch.path)/full"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
    #expect {
      try AppendOnlyFile(link).append([1, 2, 3])
    } throws: {
      "\($0)".contains("cannot append to the log: No space left on device")
    }
  }
}
