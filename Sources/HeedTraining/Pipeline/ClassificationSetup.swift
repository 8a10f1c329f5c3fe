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
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "")
    let (training, validation) = try texts(progress)
    guard !training.isEmpty else { throw NoUsableText(purpose: "train", key: "data.source") }
    guard !validation.isEmpty else { throw NoUsableText(purpose: "validate", key: "data.valid_source") }
    let labels = Self.labels(training, of: start.model)
    try Self.check(validation, labels, recipe)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = start.model.withHead(.sequenceClassification(labels: labels), &initializer)

    let encoder = ExampleEncoder(
      start.tokenizers.source, model.configuration, length: recipe.data.maximumLength)
    func examples(_ texts: [LabelledText]) throws -> ClassificationTask.Examples {
      let numbers = Dictionary(
        uniqueKeysWithValues: labels.enumerated().map { ($0.element, Int32($0.offset)) })
      var examples = ClassificationTask.Examples()
      for (index, text) in texts.enumerated() {
        let encoding = encoder.encoding(of: text.text, pair: text.pair)
        examples.texts.append(encoding.ids)
        if encoder.hasSegments { examples.segments.append(encoding.typeIDs) }
        examples.labels.append(numbers[text.label] ?? -1)
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
    progress.note(
      "model: \(model.parameterCount) parameters, saved as \(model.configuration.family.rawValue)")
    return PreparedTask(
      task: task, model: model, writeFiles: { try start.writeFiles(to: $0) }, origin: start.directory,
      facts: [
        "parameters": String(model.parameterCount), "labels": String(labels.count),
        "training_texts": String(training.count), "validation_texts": String(validation.count),
      ])
  }

  func check(_ progress: SetupProgress) throws -> [String] {
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "")
    let (training, validation) = try texts(progress)
    let labels = Self.labels(training, of: start.model)
    try Self.check(validation, labels, recipe)
    return [
      "training text: \(training.count) texts with \(labels.count) labels",
      "validation text: \(validation.count) texts",
      "model: \(start.model.configuration.family.rawValue), \(start.model.parameterCount) parameters and a head",
    ]
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
  private static func labels(_ texts: [LabelledText], of model: TextEncoder) -> [String] {
    let found = Set(texts.map(\.label))
    let known = model.configuration.head.labels
    if !known.isEmpty, found.isSubset(of: known) { return known }
    let numbers = found.compactMap { Int($0) }
    return numbers.count == found.count
      ? numbers.sorted().map { String($0) } : found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func check(_ texts: [LabelledText], _ labels: [String], _ recipe: Recipe) throws {
    let known = Set(labels)
    if let unknown = texts.first(where: { !known.contains($0.label) }) {
      throw UnknownLabel(label: unknown.label, file: recipe.data.validSource ?? recipe.data.source ?? "")
    }
  }
}

/// A label of the validation text that the training text does not have.
public struct UnknownLabel: Error, Sendable, CustomStringConvertible {
  /// The label.
  public let label: String
  /// The file.
  public let file: String

  /// One sentence.
  public var description: String {
    "\(file): the label \"\(label.prefix(60))\" is in no text to train on; check data.target_field."
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
}
