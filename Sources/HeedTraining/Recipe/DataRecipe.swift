/// Which text a model is trained on, and which pairs of it are kept.
public struct DataRecipe: Sendable, Hashable {
  /// How parallel text is written.
  public enum Format: String, RecipeChoice {
    /// Two files, line by line.
    case plain
    /// One file of columns separated by tabs.
    case tsv
    /// One file of columns separated by commas, where text may stand in quotes.
    case csv
    /// One file with a JSON object a line.
    case jsonl
  }

  /// How running text is cut.
  public enum Passages: String, RecipeChoice {
    /// Each line that is not empty.
    case lines
    /// What stands between empty lines.
    case blocks
    /// All of it, as it stands.
    case whole
  }

  /// `directory`: what relative paths start from. Default: the current directory.
  public var directory: String?
  /// `format`: how the text is written. Default: by the name of `source` (.tsv, .csv, .jsonl or .json, with
  /// or without .gz, and plain otherwise).
  public var format: Format?
  /// `source`: the file of source sentences, or the one file of both sides; for tasks without pairs the file to learn
  /// from, and for those of running text a list of files as well. Required to train.
  public var source: String?
  /// `target`: the file of target sentences; only for the format plain.
  public var target: String?
  /// `source_field`: the source's column (a position from 1, or a name in the first line) or JSON field (with
  /// dots for nested ones). Default: `1` for tsv, `source` for csv and jsonl.
  public var sourceField: String?
  /// `target_field`: the target's column or JSON field. Default: `2` for tsv, `target` for csv and jsonl.
  public var targetField: String?
  /// `valid_source`: as `source`, for the text that is held out to validate with. Default: none.
  public var validSource: String?
  /// `valid_target`: as `target`, for the text that is held out. Default: none.
  public var validTarget: String?
  /// `pair_field`: for classification, the column or field of what belongs to a text, such as a hypothesis to its
  /// premise. Default: none.
  public var pairField: String?
  /// `valid_share`: the share of the training examples that are held out to validate with, where `valid_source` names no
  /// file for that; of a text that is taken as a whole, its end. Not for pairs of files. Default: none.
  public var validShare: Double?
  /// `passages`: how running text is cut for the tasks that learn from it: `lines`, `blocks` between empty lines, or the
  /// `whole` file. Default: whole for language_model, blocks with `masking.next_sentence`, otherwise lines.
  public var passages: Passages?
  /// `max_length`: tokens that a side may have, the end of sentence included; for language_model the tokens of a window.
  /// Longer pairs are left out, other texts are cut. Default: 256.
  public var maximumLength = 256
  /// `max_ratio`: how many times as long as the other a side may be, in tokens; 0 for any. Default: 9.
  public var maximumRatio = 9.0
  /// `source_language`: for a model of many languages (`model.from`), the code of the source's, such as `en`. Default: what
  /// the model's directory says.
  public var sourceLanguage: String?
  /// `target_language`: for a model of many languages, the code of the target's; required there. Default: none.
  public var targetLanguage: String?
  /// `min_length`: tokens that a side must have. Default: 1.
  public var minimumLength = 1

  /// Creates a section with every default.
  public init() {}

  /// Which pairs are kept.
  public var filter: PairFilter {
    PairFilter(minimumLength: minimumLength, maximumLength: maximumLength, maximumRatio: maximumRatio)
  }
}

extension DataRecipe: RecipeSection {
  package static let name = "data"
  package static let fields: [RecipeField<DataRecipe>] = [
    RecipeField("directory", \.directory),
    RecipeField("format", \.format),
    RecipeField("source", \.source, isList: true),
    RecipeField("target", \.target),
    RecipeField("source_field", \.sourceField),
    RecipeField("target_field", \.targetField),
    RecipeField("valid_source", \.validSource, isList: true),
    RecipeField("valid_target", \.validTarget),
    RecipeField("source_language", \.sourceLanguage),
    RecipeField("target_language", \.targetLanguage),
    RecipeField("pair_field", \.pairField),
    RecipeField("valid_share", \.validShare),
    RecipeField("passages", \.passages),
    RecipeField("max_length", \.maximumLength),
    RecipeField("max_ratio", \.maximumRatio),
    RecipeField("min_length", \.minimumLength),
  ]
}

extension DataRecipe {
  /// The text to train on.
  ///
  /// - Throws: `RecipeError` if a file is not named, or one too many.
  public func trainingCorpus(_ task: Recipe.Task = .translation) throws(RecipeError) -> ParallelCorpus {
    guard let source else {
      throw RecipeError(
        origin: nil, key: "data.source", .unusable(reason: "is missing: name the text to train on"))
    }
    return try corpus(source, target, prefix: "", task)
  }

  /// The text to validate with, or nil if the recipe names none.
  ///
  /// - Throws: `RecipeError` if only half of it is named.
  public func validationCorpus(_ task: Recipe.Task = .translation) throws(RecipeError) -> ParallelCorpus? {
    guard let validSource else {
      guard validTarget == nil else {
        throw RecipeError(
          origin: nil, key: "data.valid_source", .unusable(reason: "is missing, but valid_target is given"))
      }
      return nil
    }
    return try corpus(validSource, validTarget, prefix: "valid_", task)
  }

  private func corpus(
    _ source: String, _ target: String?, prefix: String, _ task: Recipe.Task
  ) throws(RecipeError) -> ParallelCorpus {
    let format = format ?? Self.format(ofFile: source)
    func fail(_ key: String, _ reason: String) -> RecipeError {
      RecipeError(origin: nil, key: "data.\(key)", .unusable(reason: reason))
    }
    if format == .plain {
      guard let target else {
        throw fail("\(prefix)target", "is missing: plain text has a file for each side")
      }
      if sourceField != nil || targetField != nil {
        throw fail(
          sourceField != nil ? "source_field" : "target_field", "has no meaning for the format plain")
      }
      return ParallelCorpus(.plain(source: resolve(source), target: resolve(target)))
    }
    if let target, target != source {
      throw fail(
        "\(prefix)target", "must be left out: a \(format.rawValue) file in \(prefix)source holds both sides")
    }
    // Data sets for summaries call their sides by several names.
    let isSummary = task == .summarization
    func field(_ given: String?, _ usual: RecordField?, _ name: String, position: Int) -> RecordField {
      if let given { return RecordField(format == .jsonl ? .name(given) : .init(given)) }
      // Formats other than TSV nearly always name their fields; a first line taken for a pair would go unnoticed.
      return RecordField(format == .tsv ? [.index(position)] : (usual?.columns ?? []) + [.name(name)])
    }
    let fields = [
      field(sourceField, isSummary ? .document : nil, "source", position: 1),
      field(targetField, isSummary ? .summary : nil, "target", position: 2),
    ]
    let recordFormat: RecordFile.Format =
      switch format {
      case .csv: .csv
      case .jsonl: .jsonLines
      case .tsv, .plain: .tsv
      }
    return ParallelCorpus(.records(RecordFile(resolve(source), recordFormat, fields: fields)))
  }

  func resolve(_ file: String) -> String {
    guard let directory, !file.hasPrefix("/") else { return file }
    return directory.hasSuffix("/") ? directory + file : "\(directory)/\(file)"
  }

  static func format(ofFile file: String) -> Format {
    let name = file.hasSuffix(".gz") ? String(file.dropLast(3)) : file
    if name.hasSuffix(".tsv") { return .tsv }
    if name.hasSuffix(".csv") { return .csv }
    return name.hasSuffix(".jsonl") || name.hasSuffix(".json") ? .jsonl : .plain
  }
}
