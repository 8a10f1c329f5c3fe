import HeedModels
import HeedTraining

/// A model whose width makes it about as large as another.
package struct ParameterMatch: Sendable {
  /// Its recipe, resolved.
  package let recipe: Recipe
  /// How many numbers it has to learn.
  package let parameterCount: Int
  /// How many it was to have.
  package let wantedCount: Int

  /// How far it is from what it was to be, as a share of that; negative where it is smaller.
  package var deviation: Double { Double(parameterCount) / Double(wantedCount) - 1 }

  /// The model whose count is nearest to `wantedCount`.
  ///
  /// Widths are even, for the two directions of a recurrent encoder share them, so that the count is seldom met
  /// exactly: with a width of a hundred a step changes it by some three per cent, and the nearest is half as far.
  ///
  /// - Parameters:
  ///   - model: Which model.
  ///   - base: The recipe of the Transformer, resolved.
  ///   - sizes: The tokens of the vocabularies of source and target.
  ///   - wantedCount: How many parameters it is to have; nil for the Transformer's own.
  ///   - shapes: What the recipe does not say.
  /// - Throws: `RecipeError` or `ConfigurationError` for what this architecture cannot be.
  package init(
    _ model: ComparedModel, _ base: Recipe, sizes: (source: Int, target: Int), wantedCount: Int?,
    _ shapes: ComparedShapes = ComparedShapes()
  ) throws {
    func candidate(_ width: Int) throws -> (recipe: Recipe, count: Int) {
      let recipe = try model.recipe(from: base, hiddenSize: width, shapes)
      let count = try recipe.parameterCount(
        vocabularySize: sizes.source, targetVocabularySize: sizes.target)
      return (recipe, count)
    }
    guard model != .transformer, let wanted = wantedCount else {
      let own = try candidate(base.model.hiddenSize)
      self.init(recipe: own.recipe, parameterCount: own.count, wantedCount: own.count)
      return
    }
    let width = try WidthSearch.width(nearest: wanted, step: 2) { try candidate($0).count }
    let nearest = try candidate(width)
    self.init(recipe: nearest.recipe, parameterCount: nearest.count, wantedCount: wanted)
  }

  private init(recipe: Recipe, parameterCount: Int, wantedCount: Int) {
    self.recipe = recipe
    self.parameterCount = parameterCount
    self.wantedCount = wantedCount
  }
}
