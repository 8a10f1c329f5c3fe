import HeedLayers
import HeedModels
import HeedText

/// Encoders that learn to put labels on texts.
struct ClassificationSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe

  /// A text with its label.
  private struct LabelledText {
    let text: String
    let pair: String?
    let label: String

    /// Both texts, if there are two.
    var shown: String { pair.map { "\(text) | \($0)" } ?? text }
  }

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<ClassificationTask> {
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "", recipe.model)
    let (training, validation) = try texts(progress)
    guard !training.isEmpty else { throw NoUsableText(.train, recipe, needed: "texts with labels") }
    guard !validation.isEmpty else { throw NoUsableText(.validate, recipe, needed: "texts with labels") }
    let labels = try labels(training, validation, of: start.model)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = start.model.withHead(.sequenceClassification(labels: labels), &initializer)

    let encoder = ExampleEncoder(
      start.tokenizers.source, model.configuration, length: recipe.data.maximumLength)
    func examples(_ texts: [LabelledText]) throws -> ClassificationTask.Examples {
      let numbers = Dictionary(
        uniqueKeysWithValues: labels.enumerated().map { ($0.element, Int32($0.offset)) })
      var examples = ClassificationTask.Examples()
      for (index, text) in texts.enumerated() {
        encoder.add(encoder.encoding(of: text.text, pair: text.pair), to: &examples.texts)
        guard let number = numbers[text.label] else { preconditionFailure("a label that was not checked") }
        examples.labels.append(number)
        try progress.checkpoint(index)
      }
      return examples
    }
    let task = ClassificationTask(
      training: try examples(training), validation: try examples(validation), labels: labels,
      validationTokenBudget: recipe.validation.batchTokens,
      text: { [texts = validation.map(\.shown)] in texts[$0] })
    progress.note("training text: \(training.count) texts with \(labels.count) labels")
    progress.note("validation text: \(validation.count) texts")
    return PreparedTask(
      task: task, model: model, writeFiles: { try start.writeFiles(to: $0) }, origin: start.directory,
      facts: [
        "labels": String(labels.count), "training_texts": String(training.count),
        "validation_texts": String(validation.count),
      ])
  }

  private func texts(_ progress: SetupProgress) throws -> (
    training: [LabelledText], validation: [LabelledText]
  ) {
    let files = try recipe.data.labelledTexts()
    var (training, validation): ([LabelledText], [LabelledText]) = ([], [])
    func text(_ record: Record) -> LabelledText {
      let values = record.values.map { $0 ?? "" }
      return LabelledText(
        text: values[0], pair: values.count > 2 ? values[1] : nil, label: values[values.count - 1])
    }
    var number = 0
    try files.training.forEach { record in
      if recipe.heldOut?.contains(number: number) == true {
        validation.append(text(record))
      } else {
        training.append(text(record))
      }
      number += 1
      try progress.checkpoint(number)
    }
    try files.validation?.forEach { validation.append(text($0)) }
    return (training, validation)
  }

  /// The model's own labels where they are those of the text; otherwise those of the text, numbers in their order.
  private func labels(
    _ training: [LabelledText], _ validation: [LabelledText], of model: TextEncoder
  ) throws(LabelError) -> [String] {
    // Where one file is parted, a rare label may have come to the held-out part alone; it is a label all the same.
    let labels = Self.labels(recipe.data.validSource == nil ? training + validation : training, of: model)
    let source = recipe.data.source ?? ""
    guard labels.count > 1 else { throw LabelError(file: source, .single(labels.first ?? "")) }
    let known = Set(labels)
    if let unknown = validation.first(where: { !known.contains($0.label) }) {
      throw LabelError(file: recipe.data.validSource ?? source, .unknown(unknown.label))
    }
    let names = RecordField.label.columns.map(\.name)
    if let header = training.first?.label, names.contains(header),
      training.dropFirst().allSatisfy({ $0.label != header })
    {
      throw LabelError(file: source, .header(header))
    }
    return labels
  }

  private static func labels(_ texts: [LabelledText], of model: TextEncoder) -> [String] {
    let found = Set(texts.map(\.label))
    let known = model.configuration.head.labels
    if !known.isEmpty, found.isSubset(of: known) { return known }
    // Numbers that are spelled otherwise ("01", "+1") are names like any other.
    let areNumbers = found.allSatisfy { label in Int(label).map { String($0) } == label }
    return areNumbers
      ? found.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
      : found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

/// Labels from which nothing can be learned.
public struct LabelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Hashable {
    /// The validation text has a label that the training text does not have.
    case unknown(String)
    /// All texts have the same label.
    case single(String)
    /// The first line names the columns, and was read as a text with its label.
    case header(String)
  }

  /// The file.
  public let file: String
  /// What is wrong.
  public let problem: Problem

  init(file: String, _ problem: Problem) {
    self.file = file
    self.problem = problem
  }

  /// One sentence.
  public var description: String {
    switch problem {
    case .unknown(let label):
      "\(file): the label \"\(label.prefix(60))\" is in no text to train on; check data.target_field."
    case .single(let label):
      "\(file): every text has the label \"\(label.prefix(60))\"; there must be two at least; check data.target_field."
    case .header(let name):
      "\(file):1: the line seems to name the columns; say which are meant, with data.source_field and "
        + "data.target_field: \(name)."
    }
  }
}

/// Makes examples of texts: with a tokenizer's special tokens, and no longer than the model reads.
struct ExampleEncoder: Sendable {
  /// The tokenizer.
  let tokenizer: TextTokenizer
  /// Whether tokens have segments that the model knows.
  let hasSegments: Bool
  /// The most tokens of an example.
  let length: Int

  init(_ tokenizer: TextTokenizer, _ configuration: TransformerConfiguration, length: Int) {
    self.tokenizer = tokenizer
    hasSegments = configuration.segmentCount > 1
    self.length = min(length, configuration.lengthLimit ?? .max)
  }

  /// The tokens of a text, or of two; what is too long is cut.
  func encoding(of text: String, pair: String? = nil) -> Encoding {
    let whole = tokenizer.encoding(of: text, pair: pair)
    guard whole.count > length else { return whole }
    // Without room for a token besides the special ones, these are all there is.
    return whole.truncated(to: length).first ?? tokenizer.encoding(of: "")
  }

  /// Adds an example to others, with its segments if the model has some.
  func add(_ encoding: Encoding, to store: inout EncoderInputStore) {
    store.append(encoding.ids, segments: hasSegments ? encoding.typeIDs : nil)
  }
}
