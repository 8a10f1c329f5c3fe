import HeedComparison
import HeedTraining
import Testing

/// Models of about as many parameters as a Transformer.
@Suite struct ParameterMatchTests {
  static let recipes: [([String: String], source: Int, target: Int)] = [
    // Multi30k's recipe, and others of other proportions between vocabulary, width and depth.
    (["model.preset": "tiny", "model.norm": "before"], 8000, 8000),
    (["model.preset": "small"], 16_000, 16_000),
    (["model.preset": "base", "training.schedule": "paper"], 32_000, 32_000),
    (["model.preset": "small", "vocabulary.joint": "false"], 12_000, 9000),
    (
      ["model.preset": "tiny", "model.encoder_layers": "2", "model.heads": "8", "model.dropout": "0.3"], 4000,
      4000
    ),
  ]

  @Test(arguments: recipes.indices)
  func isWithinTwoPerCent(_ index: Int) throws {
    let (changes, source, target) = Self.recipes[index]
    let base = try resolved(changes)
    let own = try ParameterMatch(.transformer, base, sizes: (source, target), wantedCount: nil)
    #expect(own.deviation == 0)
    #expect(own.recipe.model.hiddenSize == base.model.hiddenSize)
    for model in ComparedModel.allCases {
      let match = try ParameterMatch(
        model, base, sizes: (source, target), wantedCount: own.parameterCount)
      #expect(abs(match.deviation) < 0.02, "\(model) \(match.parameterCount) \(own.parameterCount)")
      #expect(match.recipe.model.architecture == model.architecture)
      // No neighbour is nearer.
      for width in [-2, 2].map({ match.recipe.model.hiddenSize + $0 }) where model != .transformer {
        let neighbour = try model.recipe(from: base, hiddenSize: width, ComparedShapes())
        let count = try neighbour.parameterCount(vocabularySize: source, targetVocabularySize: target)
        #expect(abs(count - own.parameterCount) >= abs(match.parameterCount - own.parameterCount))
      }
    }
  }

  /// What is not the model's shape stays as it is, so that all learn from the same steps.
  @Test func onlyTheShapeDiffers() throws {
    let base = try resolved([
      "model.preset": "tiny", "model.norm": "before", "model.heads": "8", "model.feed_forward_size": "300",
      "model.attention_dropout": "0.1", "model.positions": "learned", "model.key_size": "8",
      "model.max_positions": "300", "model.dropout": "0.25", "training.schedule": "paper",
      "training.seed": "9",
      "data.max_length": "200",
    ])
    for model in ComparedModel.allCases where model != .transformer {
      let recipe = try model.recipe(
        from: base, hiddenSize: 64,
        ComparedShapes(recurrentLayerCount: 3, attention: .additive, kernelSize: 5))
      #expect(recipe.training == base.training)
      #expect(recipe.data == base.data)
      #expect(recipe.validation == base.validation)
      #expect(recipe.model.dropout == 0.25)
      #expect(recipe.model.hiddenSize == 64)
      #expect(recipe.model.encoderLayerCount == (model == .convolution ? base.model.encoderLayerCount : 3))
      switch model {
      case .lstm, .gru: #expect(recipe.model.attention == .none)
      case .lstmAttention, .gruAttention: #expect(recipe.model.attention == .additive)
      case .convolution: #expect(recipe.model.kernelSize == 5)
      case .transformer: break
      }
    }
  }

  private func resolved(_ changes: [String: String]) throws -> Recipe {
    var recipe = Recipe()
    for (key, value) in changes.sorted(by: { $0.key < $1.key }) {
      try recipe.override(key: key, value: value)
    }
    return try recipe.resolved()
  }
}
