import HeedTraining

/// A row of table 3 of the paper: what is changed of the base model, and what was published of the same change.
///
/// Source: Vaswani et al., "Attention Is All You Need" (2017), section 6.2: English to German, development set
/// newstest2013.
package struct PaperRow: Sendable, Hashable {
  /// The groups of the table.
  package enum Group: String, Sendable, Hashable, Codable, CaseIterable {
    /// The model that all others are changed from.
    case base
    /// The number of heads, at the same amount of computation.
    case heads = "A"
    /// The width of keys.
    case keySize = "B"
    /// The size of the model.
    case size = "C"
    /// Dropout and label smoothing.
    case regularisation = "D"
    /// Learned positions.
    case positions = "E"

    /// What the group is about.
    package var title: String {
      switch self {
      case .base: "base"
      case .heads: "number of heads"
      case .keySize: "size of keys"
      case .size: "size of the model"
      case .regularisation: "dropout and label smoothing"
      case .positions: "positions"
      }
    }
  }

  /// What the paper has for a change.
  package struct Published: Sendable, Hashable, Codable {
    /// The change, in the paper's notation.
    package var setting: String
    /// Of a word piece of the development set.
    package var perplexity: Double
    /// On the development set.
    package var bleu: Double

    init(_ setting: String, _ perplexity: Double, _ bleu: Double) {
      self.setting = setting
      self.perplexity = perplexity
      self.bleu = bleu
    }
  }

  /// What the row's runs are called.
  package let name: String
  /// Its group.
  package let group: Group
  /// What is changed.
  package let setting: String
  /// What was published; nil where the paper has no such row.
  package let published: Published?
  /// What is changed, as a multiple of the base model's; of the published one as well. For charts.
  package let scale: Scale?
  /// The keys that are changed, with their values.
  let changes: [Change]

  /// A key of the recipe, with its value.
  struct Change: Sendable, Hashable {
    let key: String
    let value: String
  }

  /// How a row changes a size.
  package struct Scale: Sendable, Hashable {
    /// What is larger or smaller.
    package let quantity: String
    /// Here.
    package let measured: Double
    /// In the paper.
    package let published: Double?
  }

  /// The recipe of the row.
  ///
  /// - Throws: `RecipeError` for a base model that cannot be changed so, such as a width that heads do not divide.
  package func recipe(_ base: Recipe) throws(RecipeError) -> Recipe {
    var recipe = base
    for change in changes { try recipe.override(key: change.key, value: change.value) }
    return try recipe.resolved()
  }

  /// The paper's base model.
  static let publishedBase = Published("base", 4.92, 25.8)

  /// All rows for a base model, the base first.
  ///
  /// - Parameter base: Its recipe, resolved.
  /// - Returns: The rows that there can be: a change that would change nothing is left out, as are heads that do
  ///   not divide the width.
  package static func rows(_ base: Recipe) -> [PaperRow] {
    var rows = [PaperRow("base", .base, "as it is", publishedBase, changes: [])]
    rows += heads(base)
    rows += keySizes(base)
    rows += sizes(base)
    rows += regularisation(base)
    rows.append(
      PaperRow(
        "e-learned-positions", .positions, "learned positions",
        Published("positional embedding instead of sinusoids", 4.92, 25.7),
        changes: [Change(key: "model.positions", value: "learned")]))
    var seen: [Recipe] = []
    return rows.filter { row in
      guard let recipe = try? row.recipe(base), !seen.contains(recipe) else { return false }
      seen.append(recipe)
      return true
    }
  }

  private init(
    _ name: String, _ group: Group, _ setting: String, _ published: Published?, scale: Scale? = nil,
    changes: [Change]
  ) {
    self.name = name
    self.group = group
    self.setting = setting
    self.published = published
    self.scale = scale
    self.changes = changes
  }

  /// A row that changes one size of the model.
  private init(
    _ name: String, _ group: Group, _ key: String, _ quantity: String, _ value: Int, of base: Int,
    _ published: Published?, publishedScale: Double?
  ) {
    let scale = Scale(
      quantity: quantity, measured: Double(value) / Double(max(1, base)), published: publishedScale)
    let keys = key == "layers" ? ["encoder_layers", "decoder_layers"] : [key]
    self.init(
      "\(name)-\(value)", group, "\(quantity) \(value)", published, scale: scale,
      changes: keys.map { Change(key: "model.\($0)", value: String(value)) })
  }

  private static func heads(_ base: Recipe) -> [PaperRow] {
    let count = base.model.headCount
    let choices: [(Int, Published, Double)] = [
      (1, Published("h = 1, d_k = d_v = 512", 5.29, 24.9), 1.0 / 8),
      (count / 2, Published("h = 4, d_k = d_v = 128", 5.00, 25.5), 1.0 / 2),
      (2 * count, Published("h = 16, d_k = d_v = 32", 4.91, 25.8), 2),
      (4 * count, Published("h = 32, d_k = d_v = 16", 5.01, 25.4), 4),
    ]
    return choices.map { value, published, scale in
      PaperRow(
        "a-heads", .heads, "heads", "heads", value, of: count, published, publishedScale: scale)
    }
  }

  private static func keySizes(_ base: Recipe) -> [PaperRow] {
    let size = base.model.hiddenSize / max(1, base.model.headCount)
    let choices: [(Int, Published, Double)] = [
      (size / 2, Published("d_k = 32", 5.01, 25.4), 1.0 / 2),
      (size / 4, Published("d_k = 16", 5.16, 25.1), 1.0 / 4),
    ]
    return choices.map { value, published, scale in
      PaperRow(
        "b-key-size", .keySize, "key_size", "key size", value, of: size, published, publishedScale: scale)
    }
  }

  private static func sizes(_ base: Recipe) -> [PaperRow] {
    let model = base.model
    let layers: [(Int, Published?, Double?)] = [
      (model.encoderLayerCount / 2, Published("N = 2", 6.11, 23.7), 2.0 / 6),
      (model.encoderLayerCount * 3 / 2, Published("N = 8", 4.88, 25.5), 8.0 / 6),
      (model.encoderLayerCount * 2, nil, nil),
    ]
    let widths: [(Int, Published, Double)] = [
      (model.hiddenSize / 2, Published("d_model = 256", 5.75, 24.5), 1.0 / 2),
      (model.hiddenSize * 2, Published("d_model = 1024", 4.66, 26.0), 2),
    ]
    let inner: [(Int, Published, Double)] = [
      (model.feedForwardSize / 2, Published("d_ff = 1024", 5.12, 25.4), 1.0 / 2),
      (model.feedForwardSize * 2, Published("d_ff = 4096", 4.75, 26.2), 2),
    ]
    var rows = layers.map { value, published, scale in
      PaperRow(
        "c-layers", .size, "layers", "layers", value, of: model.encoderLayerCount, published,
        publishedScale: scale)
    }
    rows += widths.map { value, published, scale in
      PaperRow(
        "c-width", .size, "hidden_size", "width", value, of: model.hiddenSize, published,
        publishedScale: scale)
    }
    rows += inner.map { value, published, scale in
      PaperRow(
        "c-feed-forward", .size, "feed_forward_size", "feed-forward", value, of: model.feedForwardSize,
        published, publishedScale: scale)
    }
    return rows
  }

  private static func regularisation(_ base: Recipe) -> [PaperRow] {
    // Twice the base model's, as in the paper; something where it has none.
    let other = min(0.9, 2 * (base.model.dropout ?? 0))
    let dropouts: [(Double, Published)] = [
      (0, Published("P_drop = 0.0", 5.77, 24.6)), (other, Published("P_drop = 0.2", 4.95, 25.5)),
    ]
    let smoothing: [(Double, Published)] = [
      (0, Published("ε_ls = 0.0", 4.67, 25.3)), (0.2, Published("ε_ls = 0.2", 5.47, 25.7)),
    ]
    var rows = dropouts.map { value, published in
      PaperRow(
        "d-dropout-\(value)", .regularisation, "dropout \(value)", published,
        changes: [Change(key: "model.dropout", value: String(value))])
    }
    rows += smoothing.map { value, published in
      PaperRow(
        "d-label-smoothing-\(value)", .regularisation, "label smoothing \(value)", published,
        changes: [Change(key: "training.label_smoothing", value: String(value))])
    }
    return rows
  }
}
