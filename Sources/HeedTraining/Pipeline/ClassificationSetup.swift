import Foundation
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
    /// Where it stands in its file.
    let line: Int

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
    func text(_ record: Record, of file: RecordFile) throws -> LabelledText {
      let values = record.values.map { $0 ?? "" }
      let label = values[values.count - 1].trimmingCharacters(in: .whitespaces)
      guard !label.isEmpty else { throw LabelError(file: file.file, line: record.line, .empty) }
      return LabelledText(
        text: values[0], pair: values.count > 2 ? values[1] : nil, label: label, line: record.line)
    }
    var number = 0
    try files.training.forEach { record in
      if recipe.heldOut?.contains(number: number) == true {
        validation.append(try text(record, of: files.training))
      } else {
        training.append(try text(record, of: files.training))
      }
      number += 1
      try progress.checkpoint(number)
    }
    if let file = files.validation {
      try file.forEach { validation.append(try text($0, of: file)) }
    }
    return (training, validation)
  }

  /// The model's own labels where they are those of the text; otherwise those of the text, numbers in their order.
  private func labels(
    _ training: [LabelledText], _ validation: [LabelledText], of model: TextEncoder
  ) throws(LabelError) -> [String] {
    // Where one file is parted, a rare label may have come to the held-out part alone; it is a label all the same. And the
    // first line of the file may be there.
    let texts = recipe.data.validSource == nil ? training + validation : training
    let labels = Self.labels(texts, of: model)
    let source = recipe.data.source ?? ""
    guard labels.count > 1 else { throw LabelError(file: source, .single(labels.first ?? "")) }
    let known = Set(labels)
    if let unknown = validation.first(where: { !known.contains($0.label) }) {
      throw LabelError(
        file: recipe.data.validSource ?? source, line: unknown.line, .unknown(unknown.label))
    }
    let names = RecordField.label.columns.map(\.name)
    if let header = texts.first(where: { $0.line == 1 })?.label, names.contains(header),
      texts.count(where: { $0.label == header }) == 1
    {
      throw LabelError(file: source, line: 1, .header(header))
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
    /// A text has no label.
    case empty
  }

  /// The file.
  public let file: String
  /// The line, if it is about one, counted from 1.
  public let line: Int?
  /// What is wrong.
  public let problem: Problem

  init(file: String, line: Int? = nil, _ problem: Problem) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// One sentence.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return switch problem {
    case .unknown(let label):
      "\(place): the label \"\(label.prefix(60))\" is in no text to train on; check data.target_field."
    case .single(let label):
      "\(place): every text has the label \"\(label.prefix(60))\"; there must be two at least; check data.target_field."
    case .header(let name):
      "\(place): the line seems to name the columns; say which are meant, with data.source_field and "
        + "data.target_field: \(name)."
    case .empty:
      "\(place): the text has no label; give it one, leave the line out, or check data.target_field."
    }
  }
}

/// Makes examples of texts: with a tokenizer's special tokens, and no longer than the model reads.
package struct ExampleEncoder: Sendable {
  /// The tokenizer.
  let tokenizer: TextTokenizer
  /// Whether tokens have segments that the model knows.
  let hasSegments: Bool
  /// The most tokens of an example.
  let length: Int

  /// An encoder of examples for any model.
  package init(_ tokenizer: TextTokenizer, hasSegments: Bool, length: Int) {
    (self.tokenizer, self.hasSegments, self.length) = (tokenizer, hasSegments, length)
  }

  /// An encoder of examples for a model, which may read less than `length` tokens.
  init(_ tokenizer: TextTokenizer, _ configuration: TransformerConfiguration, length: Int) {
    self.init(
      tokenizer, hasSegments: configuration.segmentCount > 1,
      length: min(length, configuration.lengthLimit ?? .max))
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
