import Foundation
import HeedComparison
import Synchronization
import Testing

@Suite struct RecallExperimentTests {
  /// All of the comparison, as small as it can be.
  private static var tiny: RecallExperiment {
    var experiment = RecallExperiment()
    experiment.models = [.convolution, .transformer, .gru, .lstmAdditive]
    experiment.parts.lengths = [16, 8]
    experiment.parts.training.budget = .tokens(3_000)
    experiment.parts.training.trialShare = 0.2
    experiment.parts.training.rates = [1e-3, 3e-3]
    experiment.parts.training.trainedLength = 12
    experiment.parts.training.batchTokens = 200
    experiment.parts.training.sequenceCount = 60
    experiment.parts.training.validationInterval = 4
    experiment.parts.shape.hiddenSize = 16
    experiment.parts.testCount = 4
    experiment.parts.gradientCount = 2
    experiment.layers.widths = [32]
    experiment.layers.lengths = [4, 8]
    experiment.layers.repetitions = 1
    experiment.layers.seconds = 0
    return experiment
  }

  private static func withDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "heed-recall-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }

  @Test func measuresAllPartsOnceAndReportsThem() throws {
    try Self.withDirectory { directory in
      let first = try Self.tiny.run(output: directory, progress: { _ in })
      #expect(first.parts.count == 8 && first.layers.count == LayerKind.allCases.count)
      for part in first.parts {
        #expect(part.accuracy.map(\.length) == [8, 16] && part.gradients.map(\.length) == [8, 16])
        #expect(part.training.trials.map(\.rate) == [1e-3, 3e-3])
        // What trials leave of the tokens: 60 per cent, in steps of 200.
        #expect(part.training.stepCount == 9)
        #expect(part.training.curve.last?.step == 9)
        #expect(part.gradients.allSatisfy { $0.initial.first > 0 && $0.initial != $0.trained })
        #expect(part.accuracy.allSatisfy { (0...1).contains($0.token) && $0.sequence <= 1 })
      }
      #expect(first.layers.allSatisfy { $0.times.allSatisfy { $0.forward > 0 && $0.both > $0.forward / 10 } })
      // A second run reads all of it: times would differ otherwise.
      let lines = Mutex<[String]>([])
      let second = try Self.tiny.run(
        output: directory, progress: { line in lines.withLock { $0.append(line) } })
      #expect(second.parts == first.parts && second.layers == first.layers)
      #expect(lines.withLock { $0.allSatisfy { $0.hasSuffix(", finished and kept") } && $0.count == 13 })

      let report = first.comparison
      #expect(report.sections.count == 6)
      #expect(
        report.sections.allSatisfy { !$0.tables.isEmpty && !$0.charts.isEmpty && !$0.paragraphs.isEmpty })
      let text = report.sections.flatMap(\.paragraphs).joined(separator: "\n")
      #expect(text.contains("the convolutional model") && text.contains("Beyond what was trained"))
      try report.write(to: directory)
      #expect(FileManager.default.fileExists(atPath: directory.appending(path: "report.html").path))
    }
  }

  @Test func theSameSeedGivesTheSameFigures() throws {
    var experiment = Self.tiny
    experiment.layers.widths = []
    experiment.tasks = [.recall]
    experiment.models = [.lstmAdditive]
    func part() throws -> RecallPart {
      var found: RecallPart?
      try Self.withDirectory { directory in
        found = try experiment.run(output: directory, progress: { _ in }).parts.first
      }
      return try #require(found)
    }
    let (one, two) = (try part(), try part())
    #expect(one.accuracy == two.accuracy && one.gradients == two.gradients)
    #expect(one.training.curve.map(\.loss) == two.training.curve.map(\.loss))
    experiment.parts.seed = 2
    #expect(try part().gradients != one.gradients)
  }

  @Test func goesOnWhereItWasInterrupted() throws {
    try Self.withDirectory { directory in
      var experiment = Self.tiny
      experiment.models = [.transformer, .gru]
      experiment.tasks = [.copying]
      experiment.layers.widths = []
      let files = directory.appending(path: "parts")
      func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: files.path)) ?? []).sorted()
      }
      // Stops in the middle of the second part.
      let isSecond = Mutex(false)
      #expect {
        try experiment.run(
          output: directory,
          progress: { line in if line.contains("GRU") { isSecond.withLock { $0 = true } } },
          isInterrupted: { isSecond.withLock { $0 } })
      } throws: { error in
        (error as? ComparisonInterrupted).map { $0.run == "copying, GRU" && $0.directory == directory.path }
          ?? false
      }
      #expect(names() == ["copying-transformer.json"])
      let report = try experiment.run(output: directory, progress: { _ in })
      #expect(report.parts.count == 2)
      #expect(names() == ["copying-gru.json", "copying-transformer.json"])
    }
  }

  @Test func refusesPartsOfOtherRuns() throws {
    try Self.withDirectory { directory in
      var experiment = Self.tiny
      experiment.models = [.transformer]
      experiment.tasks = [.copying]
      experiment.layers.widths = []
      _ = try experiment.run(output: directory, progress: { _ in })
      let file = directory.appending(path: "parts/copying-transformer.json")
      var other = experiment
      other.parts.seed = 2
      #expect(throws: RecallError.otherOptions(file: file.path)) {
        try other.run(output: directory, progress: { _ in })
      }
      try Data("{\"options\": 3}".utf8).write(to: file)
      #expect {
        try experiment.run(output: directory, progress: { _ in })
      } throws: { error in
        guard case RecallError.unreadable(file.path, _) = error else { return false }
        return "\(error)".contains("is not a part of this comparison")
      }
    }
  }

  /// Its report would take the place of theirs.
  @Test func refusesDirectoriesOfOtherThings() throws {
    try Self.withDirectory { directory in
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      let run = directory.appending(path: "recipe.yaml")
      try Data().write(to: run)
      #expect(throws: ComparisonError.holdsRun(path: directory.path)) {
        try Self.tiny.run(output: directory, progress: { _ in })
      }
      try FileManager.default.removeItem(at: run)
      try Data("# heed compare: architectures\n".utf8).write(to: directory.appending(path: "comparison.yaml"))
      #expect(
        throws: ComparisonError.holdsOther(path: directory.path, expected: "recall", found: "architectures")
      ) {
        try Self.tiny.run(output: directory, progress: { _ in })
      }
      #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "parts").path))
    }
  }

  @Test func refusesWhatCannotBeMeasured() throws {
    var experiment = RecallExperiment()
    try experiment.validate()
    experiment.parts.lengths = [8, 7]
    #expect(
      throws: RecallError.option("--lengths", reason: "must be from 8 to 8192, got 8, 7")
    ) { try experiment.validate() }
    experiment.parts.lengths = []
    #expect(throws: RecallError.self) { try experiment.validate() }
    experiment.parts.lengths = [8]
    experiment.models = []
    #expect(throws: RecallError.option("--models", reason: "must name a model")) { try experiment.validate() }
    experiment.models = [.gru]
    for budget in [RecallBudget.seconds(0), .seconds(.nan), .tokens(0)] {
      experiment.parts.training.budget = budget
      #expect(throws: RecallError.self) { try experiment.validate() }
    }
  }
}
