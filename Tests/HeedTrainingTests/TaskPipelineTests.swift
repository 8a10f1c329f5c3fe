import Foundation
import HeedModels
import HeedText
import HeedTraining
import TestSupport
import Testing

/// Every task from a recipe and files to a model directory that can be loaded.
@Suite struct TaskPipelineTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static let encoder = fixturesDirectory.appending(path: "Encoders/masked").path

  /// What is learned, from where, and what the file holds.
  struct Case: Sendable, CustomTestStringConvertible {
    let task: String
    let file: String
    let text: String
    var changes: [String: String] = [:]
    var shape: ModelShape
    var testDescription: String { "\(task) \(changes.keys.sorted().joined(separator: " "))" }
  }

  private static let sentences = (0..<40).map { "The number \($0) is \($0 % 2 == 0 ? "even" : "odd")." }
  private static let running = sentences.joined(separator: "\n") + "\n"
  private static let documents = stride(from: 0, to: 40, by: 4).map { start in
    sentences[start..<start + 2].joined(separator: " ") + "\n"
      + sentences[start + 2..<start + 4].joined(
        separator: "\n")
  }.joined(separator: "\n\n")
  private static let labelled = (0..<40).map { "it is \($0)\t\($0 % 2 == 0 ? "even" : "odd")" }.joined(
    separator: "\n")
  private static let labelledCSV =
    "text,category\n" + (0..<40).map { "\"it, \($0)\",\($0 % 2)" }.joined(separator: "\n")
  private static let questions: String = {
    let articles = (0..<10).map { number in
      """
      {"title": "t\(number)", "paragraphs": [{"context": "The cat \(number) sat.", "qas": [{"id": "q\(number)",
      "question": "who sat", "answers": [{"text": "cat \(number)", "answer_start": 4}]}]}]}
      """
    }
    return "{\"version\": \"1.1\", \"data\": [\(articles.joined(separator: ","))]}"
  }()

  private static let small = [
    "model.hidden_size": "16", "model.feed_forward_size": "16", "model.heads": "2", "vocabulary.size": "300",
    "training.schedule": "constant", "training.learning_rate": "0.001", "training.warmup_steps": "0",
  ]
  private static let fineTuned = [
    "model.from": encoder, "training.schedule": "constant", "training.learning_rate": "0.001",
    "training.warmup_steps": "0",
  ]

  static let cases: [Case] = [
    Case(
      task: "language_model", file: "text.txt", text: running,
      changes: small.merging(["model.decoder_layers": "1", "data.valid_share": "0.2"]) { $1 }, shape: .decoder
    ),
    Case(
      task: "language_model", file: "text.txt", text: running,
      changes: small.merging([
        "model.decoder_layers": "1", "data.valid_share": "0.2", "data.passages": "lines",
        "vocabulary.scheme": "characters",
      ]) { $1 }, shape: .decoder),
    Case(
      task: "masked_language_model", file: "text.txt", text: running,
      changes: small.merging([
        "model.encoder_layers": "1", "data.valid_share": "0.2", "masking.whole_words": "true",
      ]) { $1 }, shape: .encoder),
    Case(
      task: "masked_language_model", file: "text.txt", text: running,
      changes: fineTuned.merging(["data.valid_share": "0.2"]) { $1 }, shape: .encoder),
    Case(
      task: "masked_language_model", file: "text.txt", text: documents,
      changes: small.merging([
        "model.encoder_layers": "1", "data.valid_share": "0.3", "masking.next_sentence": "true",
        "validation.metric": "next_sentence_accuracy",
      ]) { $1 }, shape: .encoder),
    Case(
      task: "masked_language_model", file: "text.txt", text: documents,
      changes: fineTuned.merging(["data.valid_share": "0.3", "masking.next_sentence": "true"]) { $1 },
      shape: .encoder),
    Case(
      task: "span_corruption", file: "text.txt", text: running,
      changes: small.merging([
        "model.encoder_layers": "1", "model.decoder_layers": "1", "data.valid_share": "0.2",
        "vocabulary.size": "500",
      ]) { $1 }, shape: .encoderDecoder),
    Case(
      task: "classification", file: "texts.tsv", text: labelled,
      changes: fineTuned.merging(["data.valid_share": "0.3", "validation.metric": "accuracy"]) { $1 },
      shape: .encoder),
    Case(
      task: "classification", file: "texts.csv", text: labelledCSV,
      changes: fineTuned.merging(["data.valid_share": "0.3", "model.lora_rank": "2"]) { $1 }, shape: .encoder),
    Case(
      task: "question_answering", file: "questions.json", text: questions,
      changes: fineTuned.merging(["data.valid_share": "0.4", "validation.metric": "f1"]) { $1 },
      shape: .encoder),
    Case(
      task: "sentence_embedding", file: "pairs.tsv", text: labelled,
      changes: fineTuned.merging(["data.valid_source": "pairs.tsv", "training.freeze": "embedding"]) { $1 },
      shape: .encoder),
    Case(
      task: "summarization", file: "pairs.tsv", text: labelled,
      changes: small.merging([
        "data.valid_source": "pairs.tsv", "validation.metric": "rouge_l", "model.encoder_layers": "1",
        "model.decoder_layers": "1", "data.max_ratio": "0",
      ]) { $1 }, shape: .encoderDecoder),
  ]

  private func recipe(_ test: Case) throws -> Recipe {
    try test.text.write(toFile: "\(scratch.path)/\(test.file)", atomically: true, encoding: .utf8)
    var recipe = Recipe()
    let usual = [
      "task": test.task, "data.directory": scratch.path, "data.source": test.file, "data.max_length": "32",
      "training.batch_tokens": "64", "training.max_steps": "6", "validation.every_steps": "3",
      "checkpoints.keep_last": "1",
    ]
    for (key, value) in usual.merging(test.changes, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key })
    {
      try recipe.override(key: key, value: value)
    }
    return recipe
  }

  @Test(arguments: cases)
  func aTaskMakesAModel(_ test: Case) throws {
    let recipe = try recipe(test)
    let lines = try TrainingPipeline(recipe).check()
    #expect(lines.contains { $0.hasPrefix("training text: ") } && lines.contains { $0.hasPrefix("memory: ") })
    #expect(
      lines.contains {
        // Six steps, validated after three and at the end; there is no average of checkpoints.
        $0.hasPrefix("forecast from 4 steps: ") && $0.contains(" s a validation, ")
          && $0.hasSuffix(" to the end, with 2 validations")
      }, "\(lines)")
    let (whole, broken) = ("\(scratch.path)/whole", "\(scratch.path)/broken")
    let outcome = try TrainingPipeline(recipe).run(in: whole, mode: .create)
    #expect(outcome.end == .finished && outcome.stepCount == 6)
    #expect(try #require(outcome.best).value.isFinite)
    let model = try ModelDirectory(URL(fileURLWithPath: whole)).loadAny()
    #expect(model.configuration.family.shape == test.shape)

    // The resolved recipe, read again, says the same and is accepted.
    #expect(try Recipe(contentsOf: "\(whole)/recipe.yaml").resolved() == recipe.resolved())

    let stop = StopFlag()
    _ = try TrainingPipeline(recipe).run(in: broken, mode: .create, stop: stop) { update in
      if case .step(let report, _) = update, report.step == 2 { stop.raise() }
    }
    let resumed = try TrainingPipeline(recipe).run(in: broken, mode: .resume)
    #expect(resumed.best == outcome.best)
    let weights = try [whole, broken].map {
      try Data(contentsOf: URL(fileURLWithPath: "\($0)/model.safetensors"))
    }
    #expect(weights[0] == weights[1])
  }

  /// A finished model measured on the text that it was validated on has the figures that training found.
  @Test(arguments: ["masked_language_model", "span_corruption"])
  func evaluationsAreThoseOfTraining(_ task: String) throws {
    let isMasked = task == "masked_language_model"
    let test = Case(
      task: task, file: "text.txt", text: isMasked ? Self.documents : Self.running,
      changes: Self.small.merging([
        "model.encoder_layers": "1", "data.valid_source": "text.txt", "vocabulary.size": "500",
      ]) { $1 }.merging(
        isMasked ? ["masking.next_sentence": "true"] : ["model.decoder_layers": "1", "masking.share": "0.3"]
      ) { $1 }, shape: isMasked ? .encoder : .encoderDecoder)
    let recipe = try recipe(test)
    let path = "\(scratch.path)/run"
    let best = try #require(try TrainingPipeline(recipe).run(in: path, mode: .create).best)
    let validated = try #require(
      try MetricsLog.read("\(path)/metrics.jsonl").records.last {
        $0.kind == .validation && $0.step == best.step
      })
    let file = "\(scratch.path)/text.txt"
    if isMasked {
      var evaluation = MaskedWordEvaluation()
      evaluation.seed = recipe.training.seed
      evaluation.maximumLength = recipe.data.maximumLength
      let found = try evaluation.measure(directory: path, on: [TextFile(file, .lines)])
      #expect(abs(found.loss - best.value) < 1e-5 && found.knowsNextSentence)
      #expect(found.nextSentenceAccuracy == validated.values["next_sentence_accuracy"])
      // Without a second document there are no pairs, and the rest is measured all the same.
      try Self.running.write(toFile: file, atomically: true, encoding: .utf8)
      let lines = try evaluation.measure(directory: path, on: [TextFile(file, .lines)])
      #expect(lines.nextSentenceAccuracy == nil && lines.knowsNextSentence)
      #expect(lines.sequenceCount == Self.sentences.count && lines.loss.isFinite)
    } else {
      var evaluation = SpanCorruptionEvaluation()
      (evaluation.seed, evaluation.share) = (recipe.training.seed, 0.3)
      evaluation.maximumLength = recipe.data.maximumLength
      let found = try evaluation.measure(directory: path, on: [TextFile(file, .lines)])
      #expect(abs(found.loss - best.value) < 1e-5 && found.sequenceCount == Self.sentences.count)
      // One span for each of such short sentences stands at its end, whatever is drawn; several do not.
      evaluation.meanSpanLength = 1
      let several = try evaluation.measure(directory: path, on: [TextFile(file, .lines)])
      evaluation.seed += 1
      #expect(try evaluation.measure(directory: path, on: [TextFile(file, .lines)]).loss != several.loss)
    }
  }

  @Test(arguments: [
    ("classification", (0..<20).map { "\($0)\tx\n" }.joined(), "every text has the label \"x\""),
    ("classification", "text\tlabel\na\tx\nb\ty\nc\tx\nd\ty\n", "the line seems to name the columns"),
    ("classification", "a\tx\nb\t \nc\ty\n", "texts.tsv:2: the text has no label"),
    ("masked_language_model", "a\n", "there is no text to"),
  ])
  func textsThatTeachNothingAreRefused(_ task: String, _ text: String, _ message: String) throws {
    let test = Case(
      task: task, file: "texts.tsv", text: text,
      changes: Self.fineTuned.merging(["data.valid_share": "0.3"]) { $1 }, shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: (any Error).self) { try TrainingPipeline(recipe).check() }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  /// Opened a second time, a pipe would wait for a writer that never comes.
  @Test(arguments: ["data.source", "data.valid_source"])
  func pipesAreRefused(_ key: String) throws {
    let pipe = "\(scratch.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let test = Case(
      task: "classification", file: "texts.tsv", text: Self.labelled,
      changes: Self.fineTuned.merging(["data.valid_source": "texts.tsv"]) { $1 }.merging([key: pipe]) { $1 },
      shape: .encoder)
    let pipeline = try TrainingPipeline(recipe(test))
    #expect(throws: CorpusError.self) { try pipeline.check() }
    #expect(throws: CorpusError.self) { try pipeline.run(in: "\(scratch.path)/run", mode: .create) }
  }

  @Test func labelsThatNoTextTeachesAreRefused() throws {
    let held = try scratch.write("held.tsv", "a\teven\nb\tneither\n")
    let test = Case(
      task: "classification", file: "texts.tsv", text: Self.labelled,
      changes: Self.fineTuned.merging(["data.valid_source": held]) { $1 }, shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: LabelError.self) { try TrainingPipeline(recipe).check() }
    #expect(error?.problem == .unknown("neither"))
    #expect(try #require(error).description.hasPrefix("\(held):2: the label \"neither\""))
  }

  @Test(arguments: ["masked_language_model", "language_model", "translation"])
  func vocabulariesThatAreTooSmallNameTheirKey(_ task: String) throws {
    let test = Case(
      task: task, file: "pairs.tsv", text: Self.labelled,
      changes: Self.small.merging(["data.valid_source": "pairs.tsv", "vocabulary.size": "16"]) { $1 },
      shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: TokenizerError.self) { try TrainingPipeline(recipe).check() }
    #expect(
      try #require(error).description.hasPrefix(
        "training a tokenizer: vocabulary.size: a vocabulary of 16 is too small for "))
  }

  /// Windows without room for text are no fault of the text.
  @Test(arguments: [
    ("masked_language_model", "text.txt", running, "data.max_length", "3"),
    ("question_answering", "questions.json", questions, "data.max_length", "5"),
    ("masked_language_model", "text.txt", "a\n", "data.source", "32"),
  ])
  func theKeyToBlameIsNamed(
    _ task: String, _ file: String, _ text: String, _ key: String, _ length: String
  ) throws {
    let test = Case(
      task: task, file: file, text: text,
      changes: Self.fineTuned.merging(["data.valid_source": file, "data.max_length": length]) { $1 },
      shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: NoUsableText.self) { try TrainingPipeline(recipe).check() }
    #expect(error?.key == key)
  }

  /// Without them transformers would not tell a BERT which of two texts a token belongs to.
  @Test func newBERTsAreGivenSegments() throws {
    let test = Case(
      task: "masked_language_model", file: "text.txt", text: Self.running,
      changes: Self.small.merging([
        "model.encoder_layers": "1", "data.valid_share": "0.2", "training.max_steps": "1",
      ]) { $1 }, shape: .encoder)
    let path = "\(scratch.path)/run"
    _ = try TrainingPipeline(recipe(test)).run(in: path, mode: .create)
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/tokenizer_config.json"))
    let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      fields["model_input_names"] as? [String] == ["input_ids", "token_type_ids", "attention_mask"])
  }

  /// Whichever part of a file its first line comes to, it is not a text with a label.
  @Test(arguments: 1...8) func linesOfNamesAreNoTexts(seed: Int) throws {
    let text = "text\tlabel\n" + (0..<12).map { "it is \($0)\t\(["x ", "y"][$0 % 2])\n" }.joined()
    let test = Case(
      task: "classification", file: "texts.tsv", text: text,
      changes: Self.fineTuned.merging(["data.valid_share": "0.4", "training.seed": "\(seed)"]) { $1 },
      shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: LabelError.self) { try TrainingPipeline(recipe).check() }
    #expect(error?.problem == .header("label") && error?.line == 1)
  }

  /// Of such text no word can be hidden, and nothing be measured on it.
  @Test func heldOutTextOfUnknownWordsIsRefused() throws {
    let unknown = try scratch.write("unknown.txt", "龘 龘 龘\n龘 龘\n")
    let test = Case(
      task: "masked_language_model", file: "text.txt", text: Self.running,
      changes: Self.small.merging(["model.encoder_layers": "1", "data.valid_source": unknown]) { $1 },
      shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: NoUsableText.self) { try TrainingPipeline(recipe).check() }
    #expect(try #require(error).description.hasSuffix("knows; check data.valid_source."))
  }

  @Test func oneDocumentHasNoOther() throws {
    let test = Case(
      task: "masked_language_model", file: "text.txt", text: "The one. The other.\nAnd more.\n",
      changes: Self.fineTuned.merging([
        "data.valid_source": "text.txt", "masking.next_sentence": "true",
      ]) { $1 }, shape: .encoder)
    let recipe = try recipe(test)
    let error = #expect(throws: NoUsableText.self) { try TrainingPipeline(recipe).check() }
    #expect(try #require(error).description.contains("two documents, with an empty line between them"))
  }

  /// Numbers that are spelled oddly are names, and stay as they are.
  @Test func labelsKeepTheirSpelling() throws {
    let text = (0..<30).map { "it is \($0)\t\(["+1", "-1", "01"][$0 % 3])" }.joined(separator: "\n")
    let test = Case(
      task: "classification", file: "texts.tsv", text: text,
      changes: Self.fineTuned.merging(["data.valid_share": "0.3"]) { $1 }, shape: .encoder)
    let path = "\(scratch.path)/run"
    _ = try TrainingPipeline(recipe(test)).run(in: path, mode: .create)
    let labels = try ModelDirectory(URL(fileURLWithPath: path)).configuration().head.labels
    #expect(labels == ["+1", "-1", "01"])
  }

  @Test func aQuestionThatFillsTheWindowIsNoEnd() throws {
    let long = Self.questions.replacing(
      "who sat", with: String(repeating: "who sat ", count: 12), maxReplacements: 9)
    let test = Case(
      task: "question_answering", file: "questions.json", text: long,
      changes: Self.fineTuned.merging(["data.valid_source": "questions.json", "data.max_length": "20"]) {
        $1
      },
      shape: .encoder)
    let outcome = try TrainingPipeline(recipe(test)).run(in: "\(scratch.path)/run", mode: .create)
    #expect(outcome.end == .finished)
  }

  @Test func aModelIsNotWrittenOverItself() throws {
    let copy = "\(scratch.path)/model"
    try FileManager.default.copyItem(atPath: Self.encoder, toPath: copy)
    // As the directory of a run has it, which may be overwritten.
    let first = "# The resolved recipe of this run: every key, with flags and defaults filled in."
    try "\(first)\ntask: masked_language_model\n".write(
      toFile: "\(copy)/recipe.yaml", atomically: true, encoding: .utf8)
    let test = Case(
      task: "classification", file: "texts.tsv", text: Self.labelled,
      changes: Self.fineTuned.merging(["data.valid_share": "0.3", "model.from": copy]) { $1 }, shape: .encoder
    )
    let recipe = try recipe(test)
    #expect(throws: RecipeError.self) { try TrainingPipeline(recipe).run(in: copy, mode: .overwrite) }
    #expect(try ModelDirectory(URL(fileURLWithPath: copy)).loadEncoder().maskedHead != nil)
  }

  @Test(arguments: [
    ["training.freeze": "nothing"], ["training.freeze": "embedding, input, encoder, pooler, classifier"],
    ["training.freeze": "[embedding, nothing]"],
  ])
  func freezingIsChecked(_ changes: [String: String]) throws {
    let test = Case(
      task: "classification", file: "texts.tsv", text: Self.labelled,
      changes: Self.fineTuned.merging(["data.valid_share": "0.3"]) { $1 }.merging(changes) { $1 },
      shape: .encoder)
    let recipe = try recipe(test)
    #expect(throws: RecipeError.self) { try TrainingPipeline(recipe).check() }
  }

  @Test(arguments: [
    ("classification", ["model.from": "x", "vocabulary.size": "100"]),
    ("classification", ["model.from": "x", "model.dropout": "1.3"]),
    ("classification", ["model.from": "x", "model.heads": "2"]),
    ("classification", ["model.from": "x", "model.lora_alpha": "8"]),
    ("classification", ["model.from": "x", "masking.share": "0.3"]),
    ("classification", [:]), ("language_model", ["model.encoder_layers": "7"]),
    ("language_model", ["vocabulary.scheme": "word_piece"]),
    ("language_model", ["data.format": "jsonl"]), ("language_model", ["validation.metric": "bleu"]),
    ("language_model", ["vocabulary.scheme": "characters", "vocabulary.lowercase": "true"]),
    ("masked_language_model", ["data.passages": "whole", "data.valid_share": "0.1"]),
    ("masked_language_model", ["masking.next_sentence": "true", "data.passages": "lines"]),
    ("masked_language_model", ["validation.metric": "next_sentence_accuracy"]),
    ("span_corruption", ["masking.next_sentence": "true"]),
    ("question_answering", ["model.from": "x", "training.label_smoothing": "0.1"]),
    ("translation", ["training.temperature": "0.1"]), ("translation", ["data.valid_share": "0.1"]),
  ])
  func keysWithoutMeaningAreRefused(_ task: String, _ changes: [String: String]) throws {
    var recipe = Recipe()
    try recipe.override(key: "task", value: task)
    for (key, value) in changes { try recipe.override(key: key, value: value) }
    #expect(throws: RecipeError.self) { try recipe.resolved() }
  }
}
