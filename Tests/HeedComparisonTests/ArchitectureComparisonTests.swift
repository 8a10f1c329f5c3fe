import Foundation
import HeedComparison
import HeedTraining
import Synchronization
import Testing

/// Comparisons of architectures, from a recipe and text to reports.
@Suite struct ArchitectureComparisonTests {
  private func comparison(
    _ models: [ComparedModel] = ComparedModel.allCases, _ changes: [String: String] = [:]
  ) throws -> ArchitectureComparison {
    try ArchitectureComparison(
      TinyText.recipe(changes), text: TinyText.text, models: models,
      shapes: ComparedShapes(recurrentLayerCount: 1), settings: MeasurementSettings(beamSize: 2))
  }

  private func object(_ report: ComparisonReport) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: report.json) as? [String: Any])
  }

  @Test func allModelsAreTrainedMeasuredAndReported() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let report = try comparison().run(in: directory.path, stop: StopFlag())
    // To look at, outside the tests: HEED_COMPARISON=DIR swift test --filter ArchitectureComparisonTests
    if let path = ProcessInfo.processInfo.environment["HEED_COMPARISON"] {
      try report.write(to: URL(fileURLWithPath: path))
    }
    let models = try #require(try object(report)["models"] as? [[String: Any]])
    #expect(models.compactMap { $0["name"] as? String } == ComparedModel.allCases.map(\.rawValue))
    var tokens: Set<Int> = []
    for model in models {
      let name = try #require(model["name"] as? String)
      let figures = try #require(model["figures"] as? [String: Any], "\(name)")
      let quality = try #require(figures["quality"] as? [String: Any], "\(name)")
      tokens.insert(try #require(figures["training_tokens"] as? Int))
      #expect(figures["steps"] as? Int == 6)
      #expect(figures["end"] as? String == "finished")
      // How much it is, is for tests with a process of their own: others give memory back meanwhile.
      #expect(figures["training_memory_bytes"] is Int)
      for key in ["tokens_per_second_alone", "tokens_per_second_together", "training_seconds"] {
        #expect(try #require(figures[key] as? Double) > 0, "\(name) \(key)")
      }
      // What is measured in the end is what the last validation but for the best checkpoint found.
      let curve = try #require(figures["curve"] as? [[String: Any]])
      #expect(curve.compactMap { $0["step"] as? Int } == [3, 6])
      let losses = curve.compactMap { $0["loss"] as? Double }
      let loss = try #require(quality["loss"] as? Double)
      #expect(abs(loss - (losses.min() ?? 0)) < 1e-4, "\(name): \(loss) of \(losses)")
      let buckets = try #require(quality["by_length"] as? [[String: Any]])
      #expect(
        buckets.compactMap { $0["sentence_count"] as? Int }.reduce(0, +) == quality["sentence_count"] as? Int)
      // One run directory each, with the shared vocabulary.
      for file in ["model.safetensors", "report.html", "recipe.yaml", "figures.json", "translations.txt"] {
        #expect(FileManager.default.fileExists(atPath: directory.appending(path: "\(name)/\(file)").path))
      }
      #expect(
        try Data(contentsOf: directory.appending(path: "\(name)/tokenizer.json"))
          == Data(contentsOf: directory.appending(path: "vocabulary/tokenizer.json")))
    }
    #expect(tokens.count == 1, "all models are trained on the same tokens")
    try expectWellFormed(report.html)
    #expect(report.markdown.contains("trained on the same tokens"))
    for title in ComparedModel.allCases.map(\.title) {
      #expect(report.html.contains(title) && report.markdown.contains(title))
    }
    #expect(!report.html.contains("Not measured yet"))
    #expect(FileManager.default.fileExists(atPath: directory.appending(path: "report.md").path))
  }

  /// What is finished is kept, what was interrupted goes on, and comes to the same as what was not.
  @Test func goesOnWhereItStopped() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let (whole, broken) = (directory.appending(path: "whole").path, directory.appending(path: "broken").path)
    let models: [ComparedModel] = [.transformer, .gruAttention, .convolution]
    _ = try comparison(models).run(in: whole, stop: StopFlag())

    let stop = StopFlag()
    let run = Mutex("")
    let interrupted = #expect(throws: ComparisonInterrupted.self) {
      try comparison(models).run(in: broken, stop: stop) { update in
        if case .run(let name, _, _) = update { run.withLock { $0 = name } }
        if case .training(.step(let report, _)) = update, report.step == 4,
          run.withLock({ $0 }) == "gru-attention"
        {
          stop.raise()
        }
      }
    }
    #expect(interrupted?.run == "gru-attention")
    let partial = try String(contentsOfFile: "\(broken)/report.md", encoding: .utf8)
    #expect(partial.contains("Not measured yet: GRU with attention, convolution."))

    let kept = Mutex<[String]>([])
    let begun = Mutex<[String]>([])
    _ = try comparison(models).run(in: broken, stop: StopFlag()) { update in
      if case .kept(let name) = update { kept.withLock { $0.append(name) } }
      if case .training(.started(let step, _)) = update { begun.withLock { $0.append("after \(step)") } }
    }
    #expect(kept.withLock { $0 } == ["transformer"])
    #expect(begun.withLock { $0 } == ["after 4", "after 0"])
    for model in models {
      for name in ["model.safetensors", "translations.txt"] {
        let files = [whole, broken].map { URL(fileURLWithPath: "\($0)/\(model.rawValue)/\(name)") }
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(model) \(name)")
      }
    }

    // More models may be added; a damaged file of figures is measured anew, without training.
    try Data("{".utf8).write(to: URL(fileURLWithPath: "\(broken)/transformer/figures.json"))
    let steps = Mutex(0)
    let more = try comparison(models + [.lstm]).run(in: broken, stop: StopFlag()) { update in
      if case .training(.step) = update { steps.withLock { $0 += 1 } }
    }
    #expect(steps.withLock { $0 } == 6)
    #expect((try object(more)["models"] as? [Any])?.count == 4)
  }

  @Test func longerRunsGoOn() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    let constant = ["training.schedule": "constant"]
    _ = try comparison([.gru], constant).run(in: directory.path, stop: StopFlag())
    let first = Mutex(-1)
    let report = try comparison([.gru], constant.merging(["training.max_steps": "9"]) { $1 })
      .run(in: directory.path, stop: StopFlag()) { update in
        if case .training(.started(let step, _)) = update { first.withLock { $0 = step } }
      }
    #expect(first.withLock { $0 } == 6)
    let models = try #require(try object(report)["models"] as? [[String: Any]])
    #expect((models.first?["figures"] as? [String: Any])?["steps"] as? Int == 9)
  }

  /// Rates may be added to what was compared without; the report is of the best.
  @Test func theBestRateOfEachModelIsReported() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    _ = try comparison([.gru]).run(in: directory.path, stop: StopFlag())
    let rated = try ArchitectureComparison(
      TinyText.recipe(), text: TinyText.text, models: [.gru, .convolution],
      shapes: ComparedShapes(recurrentLayerCount: 1), rates: [0.1, 0.01, 0.1, 1e-9],
      settings: MeasurementSettings(beamSize: 2))
    let kept = Mutex<[String]>([])
    let report = try rated.run(in: directory.path, stop: StopFlag()) { update in
      if case .kept(let name) = update { kept.withLock { $0.append(name) } }
    }
    #expect(kept.withLock { $0 } == ["gru"])
    let models = try #require(try object(report)["models"] as? [[String: Any]])
    #expect(models.count == 2)
    for model in models {
      let name = try #require(model["name"] as? String)
      let rates = try #require(model["learning_rates"] as? [[String: Any]])
      #expect(rates.compactMap { $0["learning_rate"] as? Double } == [1e-9, 0.01, 0.1])
      #expect(rates.compactMap { $0["run"] as? String } == ["\(name)-1e-09", name, "\(name)-0.1"])
      let losses = rates.compactMap { $0["loss"] as? Double }
      let least = try #require(losses.min())
      #expect(losses.count == 3 && losses[0] > least, "a rate of next to nothing learns nothing: \(losses)")
      let figures = try #require(model["figures"] as? [String: Any])
      #expect((figures["quality"] as? [String: Any])?["loss"] as? Double == least)
      #expect(
        model["learning_rate"] as? Double == losses.firstIndex(of: least).map { [1e-9, 0.01, 0.1][$0] })
    }
    #expect(report.markdown.contains("Learning rates") && report.html.contains("Learning rates"))
    try expectWellFormed(report.html)
  }

  @Test func mistakesAreToldApart() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    #expect(throws: ComparisonError.noTransformer("gru")) {
      try comparison([.gru], ["model.architecture": "gru"])
    }
    var recipe = try TinyText.recipe()
    recipe.task = .summarization
    #expect(throws: ComparisonError.otherTask("summarization")) {
      try ArchitectureComparison(recipe, text: TinyText.text)
    }
    try Data().write(to: directory.appending(path: "recipe.yaml"))
    #expect(throws: ComparisonError.holdsRun(path: directory.path)) {
      try comparison([.gru]).run(in: directory.path, stop: StopFlag())
    }
    let other = directory.appending(path: "other").path
    #expect(throws: (any Error).self, "too small for the letters") {
      try comparison([.gru], ["vocabulary.size": "20"]).run(in: other, stop: StopFlag())
    }
    // Before there is a vocabulary nothing is begun, and the recipe may be mended.
    let later = StopFlag()
    #expect(throws: ComparisonInterrupted.self) {
      try comparison([.gru]).run(in: other, stop: later) { update in
        if case .run = update { later.raise() }
      }
    }
    // The recipe of what was begun may not change under it.
    let changed = #expect(throws: RecipeError.self) {
      try comparison([.gru], ["training.seed": "2"]).run(in: other, stop: StopFlag())
    }
    #expect(changed?.key == "training.seed")
    #expect(throws: ComparisonError.fewerSteps(path: other, before: 6, now: 5)) {
      try comparison([.gru], ["training.max_steps": "5"]).run(in: other, stop: StopFlag())
    }
    let file = directory.appending(path: "file").path
    try Data().write(to: URL(fileURLWithPath: file))
    #expect(throws: ComparisonError.isFile(path: file)) {
      try comparison([.gru]).run(in: file, stop: StopFlag())
    }
    #expect(
      throws: ComparisonError.holdsOther(
        path: other, expected: "table 3 of the paper", found: "architectures")
    ) {
      try PaperComparison(TinyText.recipe(), text: TinyText.text).run(in: other, stop: StopFlag())
    }
  }
}
