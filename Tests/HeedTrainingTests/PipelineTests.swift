import Foundation
import HeedModels
import HeedTensor
import HeedText
import HeedTraining
import TestSupport
import Testing

/// From recipe and text to a model directory, and on from any place where a run was left.
@Suite struct PipelineTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static func pairs(_ numbers: Range<Int>) -> TrainingText.Pairs {
    .inMemory(
      numbers.map {
        let pair = NumbersExample.Pair($0)
        return SentencePair(source: pair.english, target: pair.german, line: $0 + 1)
      })
  }

  private static func recipe(_ changes: [String: String] = [:]) throws -> Recipe {
    var recipe = Recipe()
    let values = [
      "vocabulary.size": "120", "vocabulary.byte_fallback": "false", "model.preset": "tiny",
      "model.encoder_layers": "1", "model.decoder_layers": "1", "model.hidden_size": "32",
      "model.feed_forward_size": "32", "training.batch_tokens": "256", "training.max_steps": "12",
      "training.schedule": "linear", "training.learning_rate": "0.003", "training.warmup_steps": "2",
      "validation.every_steps": "5", "validation.max_sentences": "7", "checkpoints.keep_last": "2",
      "training.average_last": "2",
    ].merging(changes) { $1 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { try recipe.override(key: key, value: value) }
    return recipe
  }

  private static func pipeline(_ changes: [String: String] = [:]) throws -> TrainingPipeline {
    let text = TrainingText(training: pairs(0..<150), validation: pairs(150..<170))
    return try TrainingPipeline(recipe(changes), text: text)
  }

  /// All that a run computed, without the times that it took.
  private func results(_ path: String) throws -> (losses: [String], files: [String: Data]) {
    let records = try MetricsLog.read("\(path)/metrics.jsonl").records
    let losses = records.filter { $0.kind == .validation }.map {
      "\($0.step) \($0.values["loss"] ?? 0) \($0.values["bleu"] ?? -1)"
    }
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      guard name.hasSuffix(".safetensors") || name.hasSuffix(".json") else { continue }
      let url = URL(fileURLWithPath: path).appending(path: name)
      // The state holds the seconds that training took; of it the numbers are compared.
      files[name] =
        name.hasSuffix("last.safetensors") ? try numbers(of: url) : try Data(contentsOf: url)
    }
    return (losses, files)
  }

  private func numbers(of url: URL) throws -> Data {
    let file = try SafetensorsFile(url: url)
    return try file.entries.reduce(into: Data()) { data, entry in
      try file.floats(of: entry).withUnsafeBytes { data.append(contentsOf: $0) }
    }
  }

  @Test func makesAModelDirectory() throws {
    let path = "\(scratch.path)/run"
    let outcome = try Self.pipeline().run(in: path, mode: .create)
    #expect(outcome.end == .finished)
    #expect(outcome.stepCount == 12)
    #expect(outcome.checkpointStep == 12)
    let expected = [
      "checkpoints", "checkpoints/last.safetensors", "checkpoints/step-00000010.safetensors",
      "checkpoints/step-00000012.safetensors", "config.json", "generation_config.json", "metrics.jsonl",
      "model.safetensors", "recipe.yaml", "report.html", "tensorboard", "tokenizer.json",
      "tokenizer_config.json",
    ]
    let names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    #expect(names.filter { !$0.hasPrefix("tensorboard/") } == expected)

    let directory = ModelDirectory(URL(fileURLWithPath: path))
    let model = try directory.loadModel()
    let found = try Vocabularies(in: directory, joint: true)
    let vocabularies = try #require(found)
    #expect(model.configuration.sourceVocabularySize == vocabularies.source.vocabularySize)
    let best = try #require(outcome.best)
    let validation = try PairStore.load(
      Self.pairs(150..<170), filter: PairFilter(), encodeSource: vocabularies.encodeSource,
      encodeTarget: vocabularies.encodeTarget
    ).store
    // The model that was kept is the one whose result was told.
    let task = SequenceToSequenceTask(
      training: validation, validation: validation, .init(model.configuration))
    #expect(try abs(task.validate(model).loss - best.value) < 1e-6)
  }

  @Test(arguments: [3, 5, 8, 12])
  func anInterruptedRunGoesOnAsIfItHadNot(_ stopAfter: Int) throws {
    let (whole, broken) = ("\(scratch.path)/whole", "\(scratch.path)/broken")
    let expected = try Self.pipeline().run(in: whole, mode: .create)
    let stop = StopFlag()
    let interrupted = try Self.pipeline().run(in: broken, mode: .create, stop: stop) { update in
      if case .step(let report, _) = update, report.step == stopAfter { stop.raise() }
    }
    #expect(interrupted.end == (stopAfter == 12 ? .finished : .interrupted))
    let outcome = try Self.pipeline().run(in: broken, mode: .resume)
    #expect(outcome.best == expected.best)
    let (found, wanted) = (try results(broken), try results(whole))
    #expect(found.losses == wanted.losses)
    #expect(found.files == wanted.files)
  }

  /// A copy of the directory in the middle of a step is what a process that was killed leaves behind.
  @Test(arguments: [1, 6, 10, 11])
  func aKilledRunGoesOnAsIfItHadNot(_ killedAfter: Int) throws {
    let (whole, broken) = ("\(scratch.path)/whole", "\(scratch.path)/broken")
    let expected = try Self.pipeline().run(in: whole, mode: .create) { update in
      guard case .step(let report, _) = update, report.step == killedAfter else { return }
      do {
        try FileManager.default.copyItem(atPath: whole, toPath: broken)
      } catch {
        Issue.record(error)
      }
    }
    let torn = "{\"kind\":\"train\",\"step\":1"
    let log = try #require(FileHandle(forWritingAtPath: "\(broken)/metrics.jsonl"))
    try log.seekToEnd()
    try log.write(contentsOf: Data(torn.utf8))
    try log.close()
    let outcome = try Self.pipeline().run(in: broken, mode: .resume)
    #expect(outcome.best == expected.best)
    let (found, wanted) = (try results(broken), try results(whole))
    #expect(found.losses == wanted.losses)
    #expect(found.files == wanted.files)
  }

  @Test func resumingKeepsToTheRecipe() throws {
    let path = "\(scratch.path)/run"
    _ = try Self.pipeline(["training.max_steps": "2"]).run(in: path, mode: .create)
    let error = #expect(throws: RecipeError.self) {
      _ = try Self.pipeline(["training.seed": "2"]).run(in: path, mode: .resume)
    }
    #expect(error?.key == "training.seed")
    // What says where a run ends may change.
    let outcome = try Self.pipeline(["training.max_steps": "4"]).run(in: path, mode: .resume)
    #expect(outcome.stepCount == 4)
    #expect(throws: RunDirectoryError.self) { _ = try Self.pipeline().run(in: path, mode: .create) }
  }

  /// BLEU says little of single words, but a run that goes by it has to know it.
  @Test func whatARunGoesByIsMeasured() throws {
    let path = "\(scratch.path)/run"
    let outcome = try Self.pipeline(["validation.metric": "bleu", "training.max_steps": "2"])
      .run(in: path, mode: .create)
    #expect(outcome.best?.metric == .bleu)
    let validations = try MetricsLog.read("\(path)/metrics.jsonl").records.filter { $0.kind == .validation }
    #expect(!validations.isEmpty && validations.allSatisfy { $0.values["bleu"] != nil })
    #expect(ValidationFigures(loss: 1).value(.bleu).isNaN)
  }

  /// A dry run refuses what a run would refuse, and leaves no trace.
  @Test func aDryRunChecksTheDirectory() throws {
    let (path, fresh) = ("\(scratch.path)/run", "\(scratch.path)/deep/fresh")
    let changes = ["training.max_steps": "2"]
    #expect(try !Self.pipeline(changes).check(in: fresh).isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [])
    _ = try Self.pipeline(changes).run(in: path, mode: .create)
    let before = try results(path).files
    #expect(throws: RunDirectoryError.self) { try Self.pipeline(changes).check(in: path) }
    #expect(throws: RunDirectoryError.self) { try Self.pipeline(changes).check(in: fresh, mode: .resume) }
    let other = try Self.pipeline(changes.merging(["training.seed": "2"]) { $1 })
    #expect(throws: RecipeError.self) { try other.check(in: path, mode: .resume) }
    #expect(try !Self.pipeline(changes).check(in: path, mode: .resume).isEmpty)
    #expect(try !other.check(in: path, mode: .overwrite).isEmpty)
    #expect(try results(path).files == before)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self")))
  func aPlaceThatCannotBeMadeIsFoundBeforeTheText() throws {
    // Nothing can be made in /proc, not even by those whom permissions do not hold back.
    let empty = TrainingText(training: .inMemory([]), validation: .inMemory([]))
    let pipeline = try TrainingPipeline(Self.recipe(), text: empty)
    #expect(throws: RunDirectoryError.self) { try pipeline.run(in: "/proc/heed", mode: .create) }
    #expect(throws: RunDirectoryError.self) { try pipeline.check(in: "/proc/heed") }
  }

  @Test func separateVocabulariesAreTwoFiles() throws {
    let path = "\(scratch.path)/run"
    let changes = ["vocabulary.joint": "false", "training.max_steps": "1"]
    _ = try Self.pipeline(changes).run(in: path, mode: .create)
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    let model = try directory.loadModel()
    #expect(!model.configuration.sharesEmbeddings)
    let found = try Vocabularies(in: directory, joint: false)
    let vocabularies = try #require(found)
    #expect(vocabularies.source.id(for: "▁two") != nil)
    #expect(vocabularies.target.id(for: "▁two") == nil)
    #expect(model.configuration.targetVocabularySize == vocabularies.target.vocabularySize)
  }

  @Test func textWithoutUsablePairsIsRefused() throws {
    let long = TrainingText(
      training: .inMemory([SentencePair(source: "a b c d e f", target: "a", line: 1)]),
      validation: Self.pairs(1..<3))
    let pipeline = try TrainingPipeline(Self.recipe(["data.max_length": "3"]), text: long)
    let path = "\(scratch.path)/run"
    #expect(throws: NoUsablePairs.self) { try pipeline.run(in: path, mode: .create) }
    #expect(!FileManager.default.fileExists(atPath: path))
    // Nor does it cost the run that was to be overwritten.
    _ = try Self.pipeline(["training.max_steps": "1"]).run(in: path, mode: .create)
    let before = try results(path).files
    #expect(throws: NoUsablePairs.self) { try pipeline.run(in: path, mode: .overwrite) }
    #expect(try results(path).files == before)
    let error = #expect(throws: RecipeError.self) {
      try TrainingPipeline(Self.recipe(["data.source": "a.tsv"]))
    }
    #expect(error?.key == "data.valid_source")
  }

  @Test func theNumbersVocabularyKeepsPartsApart() throws {
    let numbers = NumbersTraining()
    let vocabularies = try Vocabularies(
      learning: NumbersTraining.recipe.vocabulary, from: numbers.text.training,
      separatedWords: numbers.text.separatedWords)
    func parts(_ tokenizer: TextTokenizer, _ text: String) -> [String] {
      tokenizer.encode(text, addingSpecialTokens: false).map {
        (tokenizer.token(for: $0) ?? "").replacingOccurrences(of: "▁", with: "")
      }
    }
    for pair in numbers.heldOut {
      #expect(parts(vocabularies.target, pair.german) == NumbersExample.segmentGerman(pair.german))
      #expect(parts(vocabularies.source, pair.english) == NumbersExample.segmentEnglish(pair.english))
    }
    _ = try NumbersTraining.recipe.resolved()
    #expect(NumbersExample.meaning(ofGerman: "vierzig") == "forty")
    #expect(NumbersExample.meaning(ofGerman: "und") == nil)
  }
}
