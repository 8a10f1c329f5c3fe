import ArgumentParser
import Foundation
import Heed
import HeedEvaluation
import HeedTraining

/// `heed evaluate`: runs a model over held-out text and measures what comes of it, whatever the model does.
struct EvaluateCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model on held-out text: BLEU, chrF and TER, or what its task has.",
    discussion: """
      What is measured follows from the model, or --task says it.

        translation              --source and --reference, a segment a line: BLEU, chrF and TER; with --loss that of the
                                 reference, too
        summarization            the same, or one TSV, CSV or JSON lines file: ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum
        language_model           a text: perplexity by token, by word and by byte, in windows; the model may be a GGUF file
        masked_language_model    a text, a passage a line: perplexity of masked words, the same ones each time; of a model
                                 that learned it, and a text with empty lines between documents, next-sentence accuracy
        span_corruption          a text, a passage a line: perplexity of what is left out, the same spans each time
        classification           texts with labels, as TSV, CSV or JSON lines: accuracy, macro-F1, Matthews correlation
        question_answering       SQuAD's JSON: exact match and F1
        sentence_embedding       pairs, as translation or summarization: how often a text's partner is the nearest of all

      Scores and signatures of translations are those of sacreBLEU \(sacreBLEUVersion), windows of language models those of \
      Hugging Face's guide to perplexity.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Search") var search: SearchFlags
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(
    help: ArgumentHelp(
      "What is measured (default: what the model's recipe says, or its config.json).", valueName: "task"))
  var task: Recipe.Task?

  @Option(
    help: ArgumentHelp(
      "What the model is measured on; for translation, a segment a line. Running text may come in several files.",
      valueName: "file"))
  var source: [String]

  @Option(help: ArgumentHelp("What it should become; repeat it for several.", valueName: "file"))
  var reference: [String] = []

  @Option(
    help: ArgumentHelp("Where translations, summaries or answers are written.", valueName: "file"),
    transform: outputPath)
  var output: String?

  @Option(
    help:
      "How BLEU cuts lines into words: \(BLEUTokenizer.allCases.map(\.rawValue).joined(separator: ", ")) (default: 13a)."
  )
  var tokenize: BLEUTokenizer?

  @Flag(help: "Ignore case.")
  var lowercase = false

  @Flag(
    help:
      "Measure what the model makes of the first reference, too: loss and perplexity by token, one more pass."
  )
  var loss = false

  @OptionGroup(title: "Tasks other than translation") var choices: EvaluationChoices

  @Flag(help: "Write a JSON object.")
  var json = false

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    guard !source.isEmpty else { throw CommandError.usage("--source is needed at least once") }
    let task = try task ?? foundTask()
    try checkMeaning(task)
    // A translator says it itself.
    if task != .translation { try requireAtLeastOne(search.batchTokens, "--batch-tokens") }
    switch task {
    case .translation: try evaluateTranslation()
    case .summarization: try evaluateSummarization()
    case .languageModel: try evaluateLanguageModel()
    case .maskedLanguageModel: try evaluateMaskedLanguageModel()
    case .classification: try evaluateClassification()
    case .questionAnswering: try evaluateQuestionAnswering()
    case .sentenceEmbedding: try evaluateSentenceEmbedding()
    case .spanCorruption: try evaluateSpanCorruption()
    }
  }

  /// What a model is for: what its recipe says, or what its configuration tells.
  private func foundTask() throws -> Recipe.Task {
    guard model.model.count == 1 else { return .translation }
    guard case .directory(let directory) = try onlyModel() else { return .languageModel }
    let recipe = directory.appending(path: "recipe.yaml")
    // A recipe that cannot be read is none of this command's business.
    if let recipe = try? Recipe(contentsOf: recipe.path) { return recipe.task }
    let architecture = try ModelDirectory(directory).translationArchitecture()
    guard let configuration = architecture.transformer else { return .translation }
    switch (configuration.family.shape, configuration.head) {
    case (.encoderDecoder, _): return .translation
    case (.decoder, _): return .languageModel
    case (.encoder, .maskedLanguageModel), (.encoder, .preTraining): return .maskedLanguageModel
    case (.encoder, .sequenceClassification): return .classification
    case (.encoder, .questionAnswering): return .questionAnswering
    case (.encoder, .states): return .sentenceEmbedding
    case (.encoder, .tokenClassification):
      throw CommandError(
        .data,
        "\(directory.path): labels tokens, which cannot be measured here; use heed classify and heed score")
    }
  }

  /// The one model of tasks other than translation.
  func onlyModel() throws -> ModelLocation {
    guard model.model.count == 1 else { throw CommandError.usage("--model is needed once for this task") }
    return try ModelLocation(model.model[0])
  }

  /// The directory of that model.
  func onlyDirectory() throws -> URL {
    switch try onlyModel() {
    case .directory(let url): return url
    case .gguf(let url):
      throw CommandError.usage("\(url.path): a GGUF file holds a language model; leave out --task")
    }
  }

  /// The one file of tasks that have no running text.
  func onlySource() throws -> String {
    guard source.count == 1 else { throw CommandError.usage("--source is needed once for this task") }
    return source[0]
  }

  /// Writes lines into the file of `--output`, if it is given.
  func writeOutput(_ lines: [String]) throws {
    guard let output else { return }
    try AtomicFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: URL(fileURLWithPath: output))
  }

  /// Refuses options that mean nothing for the task.
  private func checkMeaning(_ task: Recipe.Task) throws {
    let writes: Set<Recipe.Task> = [.translation, .summarization]
    let hiders: Set<Recipe.Task> = [.maskedLanguageModel, .spanCorruption]
    let records: Set<Recipe.Task> = [.summarization, .classification, .sentenceEmbedding]
    let given: [(flag: String, isGiven: Bool, tasks: Set<Recipe.Task>)] = [
      ("--reference", !reference.isEmpty, writes.union([.sentenceEmbedding])),
      ("--output", output != nil, writes.union([.questionAnswering, .classification])),
      ("--tokenize", tokenize != nil, [.translation]), ("--lowercase", lowercase, [.translation]),
      ("--loss", loss, [.translation]),
      ("--stride", choices.stride != nil, [.languageModel]),
      ("--context", choices.context != nil, [.languageModel]),
      ("--seed", choices.seed != nil, hiders), ("--masked-share", choices.maskedShare != nil, hiders),
      ("--mean-span-length", choices.meanSpanLength != nil, [.spanCorruption]),
      ("--whole-words", choices.wholeWords, [.maskedLanguageModel]),
      ("--max-tokens", choices.maxTokens != nil, hiders.union([.questionAnswering])),
      ("--stem", choices.stem, [.summarization]), ("--source-field", choices.sourceField != nil, records),
      ("--target-field", choices.targetField != nil, records),
      ("--pair-field", choices.pairField != nil, [.classification]),
      ("--source-language", model.sourceLanguage != nil, [.translation]),
      ("--target-language", model.targetLanguage != nil, [.translation]),
      ("--source-prefix", model.sourcePrefix != nil, writes),
      ("--ignore-generation-config", model.ignoreGenerationConfig, writes),
      (
        "--precision", model.weights.precision != nil,
        writes.union([.languageModel, .classification, .sentenceEmbedding])
      ),
      (
        "--batch-tokens", search.batchTokens != SearchFlags.usualBatchTokens,
        Set(Recipe.Task.allCases).subtracting([.summarization])
      ),
      ("options of search", search.isGiven, writes),
    ]
    for (flag, isGiven, tasks) in given where isGiven && !tasks.contains(task) {
      throw CommandError.usage("\(flag) cannot be used for \(task.rawValue)")
    }
  }
}

/// Options of `heed evaluate` for tasks other than translation.
struct EvaluationChoices: ParsableArguments {
  @Option(
    help:
      "Tokens by which a window of a language model begins behind the one before (default: half of --context)."
  )
  var stride: Int?

  @Option(help: "Tokens of a window of a language model (default: what it reads, at most 1024).")
  var context: Int?

  @Option(help: "What masked words, or spans that are left out, follow from (default: 1).")
  var seed: UInt64?

  @Option(help: "The share of words that are masked or left out (default: 0.15).")
  var maskedShare: Double?

  @Option(help: "How many tokens are left out at a time, on average (default: 3).")
  var meanSpanLength: Double?

  @Flag(help: "Mask the tokens of a word together.")
  var wholeWords = false

  @Option(
    help: ArgumentHelp(
      "Tokens of a sequence with masks or missing spans, or of a window of question and text (default: 256 and 384, or "
        + "what the model reads)."))
  var maxTokens: Int?

  @Flag(help: "Compare words of summaries by their stems (Porter's, for English).")
  var stem = false

  @Option(help: "The column (a number or name) or JSON field of the text.")
  var sourceField: String?

  @Option(help: "The column or JSON field of the label, the summary or the partner.")
  var targetField: String?

  @Option(help: "The column or JSON field of what belongs to a text that is labelled.")
  var pairField: String?
}

extension Recipe.Task: ExpressibleByArgument {}
