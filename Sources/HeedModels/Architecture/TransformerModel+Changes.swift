import HeedLayers
import HeedTensor

extension TransformerModel {
  /// The same model with other choices, none of which changes the shape of a parameter, such as dropout.
  ///
  /// - Parameter configuration: The choices; the family is that of the model.
  /// - Returns: The model, whose values it shares.
  public func with(_ configuration: TransformerConfiguration) -> Self {
    rebuilt(configuration) { path, value, shape in
      precondition(value.shape == shape, "with: \(path) would have another shape")
      return value
    }
  }

  /// The same model with room for new tokens behind those that it knows.
  ///
  /// The rows of new tokens, in tables of embeddings and of the output, are the mean of the rows of the known ones, and so
  /// are their biases: each of them is as likely as the average token, and what the model makes of other tokens stays as
  /// it is. That is what transformers' `resize_token_embeddings` does, which adds noise of a variance of 1e-9 times that of the
  /// rows (Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language Models").
  ///
  /// - Parameters:
  ///   - tokenCount: How many tokens there are now.
  ///   - knownCount: How many of them the model knows. Tables may have rows behind these that no token used.
  /// - Returns: The model; tables that have room already keep their size.
  /// - Precondition: `knownCount` is not more than the rows of any table, and positive.
  public func withVocabulary(of tokenCount: Int, known knownCount: Int) -> Self {
    var configuration = configuration
    configuration.sourceVocabularySize = max(tokenCount, configuration.sourceVocabularySize)
    configuration.targetVocabularySize = max(tokenCount, configuration.targetVocabularySize)
    return rebuilt(configuration) { path, value, shape in
      guard vocabularyPaths.contains(path) else { return value }
      return value.extended(toRows: shape.dimensions[0], known: knownCount, tokenCount: tokenCount)
    }
  }

  /// The model of a configuration, with each parameter and constant made of the one that this model has in its place.
  private func rebuilt(
    _ configuration: TransformerConfiguration, _ value: (String, Tensor, Shape) -> Tensor
  ) -> Self {
    precondition(configuration.family == self.configuration.family, "a model does not change its family")
    var (old, found) = (self, [String: Tensor]())
    old.forEachStored { path, tensor in found[path] = tensor }
    var placeholder = ParameterInitializer.placeholder
    var changed = Self(configuration, &placeholder)
    changed.forEachStored { path, tensor in
      guard let known = found[path] else { preconditionFailure("the model has no \(path)") }
      tensor = value(path, known, tensor.shape)
    }
    return changed
  }

  /// Calls `body` with the path and value of each parameter and of each constant beside them.
  private mutating func forEachStored(_ body: (String, inout Tensor) -> Void) {
    withoutActuallyEscaping(body) { body in
      var visitor = StoredValueVisitor(body: body)
      do {
        try visitParameters(&visitor)
        try visitConstants(&visitor)
      } catch {
        preconditionFailure("visiting a parameter failed: \(error)")
      }
    }
  }
}

/// What has a row for each token, in models of all shapes.
private let vocabularyPaths: Set<String> = [
  "embedding", "targetEmbedding", "output", "outputBias", "maskedHead.bias",
]

private struct StoredValueVisitor: ParameterVisitor {
  var path: [String] = []
  let body: (String, inout Tensor) -> Void

  mutating func visit(path: String, _ parameter: inout Tensor) { body(path, &parameter) }
}

extension Tensor {
  /// The tensor with so many rows, those of new tokens the mean of those of known ones.
  fileprivate func extended(toRows rowCount: Int, known knownCount: Int, tokenCount: Int) -> Tensor {
    let oldCount = shape.dimensions[0]
    precondition(knownCount > 0 && knownCount <= oldCount, "\(knownCount) tokens, and \(oldCount) rows")
    let width = count / oldCount
    var values = scalars
    // In double precision: a large vocabulary is many numbers to add up.
    var sums = [Double](repeating: 0, count: width)
    for row in 0..<knownCount {
      for column in 0..<width { sums[column] += Double(values[row * width + column]) }
    }
    let mean = sums.map { Float($0 / Double(knownCount)) }
    values += [Float](repeating: 0, count: (rowCount - oldCount) * width)
    for row in knownCount..<tokenCount { values.replaceSubrange(row * width..<(row + 1) * width, with: mean) }
    return Tensor(values, Shape([rowCount] + shape.dimensions.dropFirst()))
  }
}
