import ArgumentParser
import Foundation
import HeedComparison
import HeedTraining

/// What takes part in a comparison, and how it is measured.
struct ComparisonChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The models, with commas between: transformer, lstm, lstm-attention, gru, gru-attention, convolution (default: "
        + "all); for --example recall, -additive or -multiplicative stands for -attention.",
      valueName: "names"))
  var models: String?
  @Option(help: "Layers on either side of a recurrent model (default: 2).")
  var recurrentLayers: Int?
  @Option(help: "How recurrent models with attention look at the source: additive or multiplicative.")
  var attention: String?
  @Option(help: "The tokens that a convolution sees (default: 3).")
  var kernelSize: Int?
  @Option(
    help: ArgumentHelp(
      "Learning rates, with commas between: each model is trained with each, and its best run is reported (default: "
        + "the recipe's).",
      valueName: "numbers"))
  var learningRates: String?
  @Option(help: "For how many tokens each model is trained, counted as batches are, on their larger side.")
  var tokens: Int?
  @Option(help: "Hypotheses that are kept when held-out text is translated in the end (default: 4).")
  var beamSize: Int?
  @Option(help: "For --example paper: with how many seeds each row is trained (default: 3).")
  var seeds: Int?
  @Option(
    help: ArgumentHelp(
      "For --example paper: which groups of rows, with commas between, of A to E (default: all).",
      valueName: "letters"))
  var rows: String?

  @Option(
    help: ArgumentHelp(
      "For --example recall: the lengths, with commas between (default: 8,16,32,64,128,256,512).",
      valueName: "numbers"))
  var lengths: String?

  /// Refuses values that cannot be used, and those that mean nothing for what is compared.
  func check(_ example: ComparisonExample?) throws {
    if example == .recall { return try checkRecall() }
    guard lengths == nil else { throw ValidationError("--lengths is for --example recall.") }
    _ = try comparedModels()
    _ = try rates()
    _ = try paperGroups()
    func range(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
      guard let value, !range.contains(value) else { return }
      throw ValidationError(
        "\(name) must be from \(range.lowerBound) to \(range.upperBound), got \(value).")
    }
    try range("--recurrent-layers", recurrentLayers, 1...100)
    try range("--kernel-size", kernelSize, 1...1024)
    try range("--tokens", tokens, 1...1_000_000_000_000)
    try range("--beam-size", beamSize, 1...1000)
    try range("--seeds", seeds, 1...1000)
    _ = try attentionKind()
    let ofModels = [
      ("--models", models != nil), ("--recurrent-layers", recurrentLayers != nil),
      ("--attention", attention != nil), ("--kernel-size", kernelSize != nil),
      ("--learning-rates", learningRates != nil),
    ]
    if example != nil, let (name, _) = ofModels.first(where: \.1) {
      throw ValidationError(
        "\(name) is for comparisons by a recipe, and has no meaning with --example paper.")
    }
    if example != .paper,
      let (name, _) = [("--seeds", seeds != nil), ("--rows", rows != nil)].first(where: \.1)
    {
      throw ValidationError(
        "\(name) is for --example paper; with a recipe, --seed says what randomness follows from.")
    }
  }

  /// The models that were named, or all.
  func comparedModels() throws -> [ComparedModel] {
    guard let models else { return ComparedModel.allCases }
    let names = RecipeList.words(models)
    guard !names.isEmpty else { throw ValidationError("--models names none.") }
    return try names.map { name in
      guard let model = ComparedModel(rawValue: name) else {
        let known = ComparedModel.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--models has no \"\(name)\"; there are \(known).")
      }
      return model
    }
  }

  /// The learning rates that were named; none for the recipe's.
  func rates() throws -> [Double] {
    guard let learningRates else { return [] }
    let words = RecipeList.words(learningRates)
    guard !words.isEmpty else { throw ValidationError("--learning-rates names none.") }
    return try words.map { text in
      guard let rate = Double(text), rate > 0, rate.isFinite else {
        throw ValidationError(
          "--learning-rates must be numbers above 0 with commas between, got \"\(text)\".")
      }
      return rate
    }
  }

  /// The groups of rows that were named, or all.
  func paperGroups() throws -> Set<PaperRow.Group> {
    guard let rows else { return Set(PaperRow.Group.allCases) }
    let letters = RecipeList.words(rows)
    guard !letters.isEmpty else { throw ValidationError("--rows names none.") }
    return Set(
      try letters.map { letter in
        guard let group = PaperRow.Group(rawValue: letter.uppercased()) else {
          throw ValidationError("--rows has no \"\(letter)\"; there are A, B, C, D and E.")
        }
        return group
      })
  }

  /// The attention that was named, if one was.
  private func attentionKind() throws -> ModelRecipe.Attention? {
    guard let attention else { return nil }
    guard let kind = ModelRecipe.Attention(rawValue: attention), kind != .none else {
      throw ValidationError(
        "--attention must be additive or multiplicative, for the models that have one, got \"\(attention)\".")
    }
    return kind
  }

  /// What the recipe does not say of the models.
  func shapes() throws -> ComparedShapes {
    let usual = ComparedShapes()
    return ComparedShapes(
      recurrentLayerCount: recurrentLayers ?? usual.recurrentLayerCount,
      attention: try attentionKind() ?? usual.attention, kernelSize: kernelSize ?? usual.kernelSize)
  }

  /// How models are measured.
  func settings(_ recipe: Recipe) -> MeasurementSettings {
    MeasurementSettings(beamSize: beamSize ?? 4, lengthPenalty: recipe.validation.lengthPenalty)
  }
}

extension RecipeList {
  /// Words with commas between, without the blanks round them.
  static func words(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
