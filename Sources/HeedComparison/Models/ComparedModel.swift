import HeedTraining

/// What the recipe of a Transformer does not say of the models that are compared with it.
package struct ComparedShapes: Sendable, Hashable, Codable {
  /// The layers on either side of a recurrent model.
  package var recurrentLayerCount: Int
  /// How recurrent models with attention look at the source.
  package var attention: ModelRecipe.Attention
  /// The tokens that a convolution sees.
  package var kernelSize: Int

  /// The usual shapes: two layers (deep recurrent models without detours learn badly), attention as Luong et al.
  /// (2015) have it, and convolutions over three tokens.
  package init(
    recurrentLayerCount: Int = 2, attention: ModelRecipe.Attention = .multiplicative, kernelSize: Int = 3
  ) {
    self.recurrentLayerCount = recurrentLayerCount
    self.attention = attention
    self.kernelSize = kernelSize
  }
}

/// A model that takes part in a comparison of architectures.
package enum ComparedModel: String, Sendable, Hashable, Codable, CaseIterable {
  /// The recipe's own (Vaswani et al. 2017).
  case transformer
  /// Long short-term memory without attention (Sutskever et al. 2014).
  case lstm
  /// The same with attention.
  case lstmAttention = "lstm-attention"
  /// Gated recurrent units without attention (Cho et al. 2014).
  case gru
  /// The same with attention (Bahdanau et al. 2015).
  case gruAttention = "gru-attention"
  /// Gated convolutions (Gehring et al. 2017).
  case convolution

  /// What reports call it.
  package var title: String {
    switch self {
    case .transformer: "Transformer"
    case .lstm: "LSTM"
    case .lstmAttention: "LSTM with attention"
    case .gru: "GRU"
    case .gruAttention: "GRU with attention"
    case .convolution: "convolution"
    }
  }

  /// The value of `model.architecture`.
  package var architecture: ModelRecipe.Architecture {
    switch self {
    case .transformer: .transformer
    case .lstm, .lstmAttention: .lstm
    case .gru, .gruAttention: .gru
    case .convolution: .convolution
    }
  }

  /// The recipe of this model: everything but the model's shape is that of `base`.
  ///
  /// Keys that mean nothing for the architecture take their usual values. How much dropout there is stays.
  ///
  /// - Parameters:
  ///   - base: The recipe of the Transformer, resolved, so that what depends on its width, such as the learning
  ///     rate of the schedule `paper`, is the same for all.
  ///   - hiddenSize: The width; nil for that of `base`.
  ///   - shapes: What `base` does not say.
  /// - Returns: The recipe, resolved.
  /// - Throws: `RecipeError` for what this architecture cannot be.
  package func recipe(
    from base: Recipe, hiddenSize: Int?, _ shapes: ComparedShapes
  ) throws(RecipeError) -> Recipe {
    var recipe = base
    recipe.output = nil
    guard self != .transformer else { return try recipe.resolved() }
    let usual = ModelRecipe(base.model.preset)
    recipe.model.architecture = architecture
    recipe.model.hiddenSize = hiddenSize ?? base.model.hiddenSize
    recipe.model.headCount = usual.headCount
    recipe.model.feedForwardSize = usual.feedForwardSize
    recipe.model.norm = usual.norm
    recipe.model.attentionDropout = usual.attentionDropout
    recipe.model.activationDropout = usual.activationDropout
    recipe.model.keySize = usual.keySize
    recipe.model.positions = usual.positions
    if architecture.isRecurrent {
      recipe.model.encoderLayerCount = shapes.recurrentLayerCount
      recipe.model.decoderLayerCount = usual.decoderLayerCount
      recipe.model.maximumPositions = usual.maximumPositions
    }
    switch self {
    case .lstm, .gru: recipe.model.attention = .none
    case .lstmAttention, .gruAttention: recipe.model.attention = shapes.attention
    case .convolution: recipe.model.kernelSize = shapes.kernelSize
    case .transformer: break
    }
    return try recipe.resolved()
  }
}
