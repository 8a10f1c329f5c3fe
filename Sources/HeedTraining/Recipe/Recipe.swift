import HeedModels

/// Everything that says how a model is made: the data, the vocabulary, the model, and its training.
///
/// A recipe is read from YAML, changed by flags, and then resolved, which checks every value and fills in what
/// depends on others:
///
///     var recipe = try Recipe(contentsOf: "Recipes/multi30k-en-de.yaml")
///     try recipe.override(key: "training.seed", value: "7")
///     let resolved = try recipe.resolved()
public struct Recipe: Sendable {
  /// What the model learns to do.
  public enum Task: String, RecipeChoice {
    /// To turn text of one language into text of another, or anything that has that form.
    case translation
    /// To say what a text says in fewer words.
    case summarization
    /// To continue text: a decoder alone, as GPT-2.
    case languageModel = "language_model"
    /// To find hidden words: an encoder alone, as BERT.
    case maskedLanguageModel = "masked_language_model"
    /// To write the spans that are missing from a text: an encoder-decoder, as T5.
    case spanCorruption = "span_corruption"
    /// To put a label on a text, with an encoder.
    case classification
    /// To find the answer to a question in a text, with an encoder.
    case questionAnswering = "question_answering"
    /// To give texts that mean the same embeddings that are near each other, with an encoder.
    case sentenceEmbedding = "sentence_embedding"

    /// Which of the three shapes of Transformer learns it.
    public var shape: ModelShape {
      switch self {
      case .translation, .summarization, .spanCorruption: .encoderDecoder
      case .languageModel: .decoder
      case .maskedLanguageModel, .classification, .questionAnswering, .sentenceEmbedding: .encoder
      }
    }

    /// What can be measured on its held-out examples.
    public var metrics: [ValidationMetric] {
      switch self {
      case .translation: [.loss, .bleu, .exactMatch]
      case .summarization: [.loss, .rouge1, .rouge2, .rougeL, .exactMatch]
      case .languageModel, .spanCorruption: [.loss]
      case .maskedLanguageModel: [.loss, .nextSentenceAccuracy]
      case .classification: [.loss, .accuracy, .f1]
      case .questionAnswering: [.loss, .exactMatch, .f1]
      case .sentenceEmbedding: [.loss, .accuracy]
      }
    }
  }

  /// `task`: what the model learns to do. Default: translation.
  public var task = Task.translation
  /// `output`: the run directory, which becomes the model directory. Default: none.
  public var output: String?
  /// `data`: the text.
  public var data = DataRecipe()
  /// `vocabulary`: how the text is cut into tokens.
  public var vocabulary = VocabularyRecipe()
  /// `model`: the model's shape.
  public var model = ModelRecipe()
  /// `training`: how it is trained.
  public var training = TrainingRecipe()
  /// `validation`: how it is validated.
  public var validation = ValidationRecipe()
  /// `masking`: what is hidden of texts, for the tasks that learn by that.
  public var masking = MaskingRecipe()
  /// `checkpoints`: when its state is saved.
  public var checkpoints = CheckpointRecipe()

  /// Where the keys that were given, by a file or a flag, came from.
  var origins: [String: RecipeError.Origin] = [:]

  /// Creates a recipe with every default.
  public init() {}

  /// Whether a key, such as `model.dropout`, was given by a file or a flag.
  public func isGiven(_ key: String) -> Bool { origins[key] != nil }

  /// Sets the value of a dotted key from its spelling, as a flag does.
  ///
  /// Setting `model.preset` changes those of its values that were not given themselves; `model.architecture` takes away
  /// what the recipe says of other architectures.
  ///
  /// - Parameters:
  ///   - key: The key with its section, such as `training.max_steps`.
  ///   - value: The value as it would be written in YAML; `null` takes an optional one away.
  /// - Throws: `RecipeError` if there is no such key or the value is of another kind.
  public mutating func override(key: String, value: String) throws(RecipeError) {
    let isNull = value == "null" && (RecipeTable.key(key)?.allowsNull ?? false)
    try set(key, isNull ? nil : value, origin: .override)
    if key == "model.architecture" { leaveOutOtherArchitectures() }
  }

  /// Sets the value of a dotted key, nil for null, and remembers where it came from.
  mutating func set(_ key: String, _ text: String?, origin: RecipeError.Origin) throws(RecipeError) {
    guard let entry = RecipeTable.key(key) else {
      throw RecipeError(origin: origin, key: key, .unknownKey(nearest: RecipeTable.nearest(to: key)))
    }
    // A list of one is that one.
    let text = entry.isList ? text.map { RecipeList.text(RecipeList.items($0)) } : text
    guard entry.set(&self, text) else {
      throw RecipeError(
        origin: origin, key: key, .wrongValue(found: text ?? "null", expected: entry.expectation))
    }
    origins[key] = origin
    if key == "model.preset" { applyPreset() }
  }

  /// Takes over the preset's values, except those that were given themselves.
  private mutating func applyPreset() {
    let preset = ModelRecipe(model.preset)
    for field in ModelRecipe.fields
    where ModelRecipe.presetKeys.contains(field.key) && !isGiven("model.\(field.key)") {
      _ = field.set(&model, field.get(preset))
    }
  }
}

extension ModelRecipe {
  /// The keys whose default a preset decides.
  static let presetKeys: Set<String> = [
    "encoder_layers", "decoder_layers", "hidden_size", "feed_forward_size", "heads", "dropout",
  ]
}

extension Recipe: Equatable {
  /// Whether two recipes say the same, wherever their values came from.
  public static func == (left: Recipe, right: Recipe) -> Bool {
    RecipeTable.keys.allSatisfy { $0.get(left) == $0.get(right) }
  }
}

/// All keys of a recipe, by their dotted names.
enum RecipeTable {
  /// A key with its section.
  struct Entry: Sendable {
    /// The section, empty for keys at the top.
    let section: String
    let key: String
    let expectation: String
    let allowsNull: Bool
    let isText: Bool
    let isList: Bool
    let set: @Sendable (inout Recipe, String?) -> Bool
    let get: @Sendable (Recipe) -> String?

    var path: String { section.isEmpty ? key : "\(section).\(key)" }

    init(_ section: String, _ field: RecipeField<Recipe>) {
      self.init(section, field, \Recipe.self)
    }

    init<Section>(
      _ section: String, _ field: RecipeField<Section>,
      _ path: any WritableKeyPath<Recipe, Section> & Sendable
    ) {
      self.section = section
      key = field.key
      expectation = field.expectation
      allowsNull = field.allowsNull
      isText = field.isText
      isList = field.isList
      set = { field.set(&$0[keyPath: path], $1) }
      get = { field.get($0[keyPath: path]) }
    }
  }

  /// Every key, in the order in which they are written.
  static let keys: [Entry] =
    [
      Entry("", RecipeField<Recipe>("task", \.task)), Entry("", RecipeField<Recipe>("output", \.output)),
    ] + entries(\.data) + entries(\.vocabulary) + entries(\.model) + entries(\.masking)
    + entries(\.training) + entries(\.validation) + entries(\.checkpoints)

  /// The sections' names, in order.
  static let sections = [
    DataRecipe.name, VocabularyRecipe.name, ModelRecipe.name, MaskingRecipe.name, TrainingRecipe.name,
    ValidationRecipe.name, CheckpointRecipe.name,
  ]

  private static let byPath = Dictionary(keys.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })

  /// The key of a dotted name.
  static func key(_ path: String) -> Entry? { byPath[path] }

  private static func entries<Section: RecipeSection>(
    _ path: any WritableKeyPath<Recipe, Section> & Sendable
  ) -> [Entry] {
    Section.fields.map { Entry(Section.name, $0, path) }
  }

  /// The known key that is spelled most like an unknown one: in its section, or of that very name elsewhere.
  static func nearest(to path: String) -> String {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    if let elsewhere = keys.first(where: { $0.key == name }) { return elsewhere.path }
    let section = path.split(separator: ".").dropLast().joined(separator: ".")
    if !path.contains("."), let candidate = closest(name, sections), distance(name, candidate) <= 2 {
      return candidate
    }
    let paths = keys.map(\.path)
    let inSection = sections.contains(section) ? paths.filter { $0.hasPrefix("\(section).") } : paths
    return closest(path, inSection) ?? "task"
  }

  private static func closest(_ name: String, _ candidates: [String]) -> String? {
    candidates.min { distance(name, $0) < distance(name, $1) }
  }

  /// How many characters must be added, removed or replaced to get from one word to the other (Levenshtein).
  static func distance(_ first: String, _ second: String) -> Int {
    // A key of a hostile file may be a megabyte long; beyond this it is equally far from everything.
    let (first, second) = (Array(first.utf8.prefix(80)), Array(second.utf8.prefix(80)))
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, other) in second.enumerated() {
        let replaced = diagonal + (byte == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[second.count]
  }
}
