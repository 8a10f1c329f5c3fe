import HeedText

/// Greedy search: takes the likeliest token at each step.
///
/// Finds what transformers' `generate` finds (5.23, with `num_beams` 1 and no sampling).
public struct GreedySearch: Sendable {
  /// How to search.
  public let options: GenerationOptions

  /// A search; the options are checked when it runs.
  public init(_ options: GenerationOptions) {
    self.options = options
  }

  private struct Likeliest: TokenChoice {
    func choose(_ scores: UnsafeMutableBufferPointer<Float>, position: Int) -> TokenID? {
      RowOperations.largest(scores)?.token
    }
  }

  /// Searches for the continuations of all sources that `model` holds.
  ///
  /// - Parameters:
  ///   - model: A model at its beginning; as many sources as inputs.
  ///   - inputs: What is wanted for each source.
  ///   - observe: Is told of each token as soon as it is chosen.
  /// - Returns: One hypothesis for each source.
  /// - Throws: `GenerationOptionsError`, `SearchError`, `CancellationError`, or what the model throws.
  public func search(
    _ model: inout some NextTokenModel, _ inputs: [SearchInput], observe: TokenObserver? = nil
  ) throws -> [[Hypothesis]] {
    var options = options
    options.sampling = nil
    options.beamSize = 1
    try options.validate(vocabularySize: model.vocabularySize)
    try SearchError.check(inputs, vocabularySize: model.vocabularySize)
    var searches = inputs.enumerated().map { source, input in
      let own = input.options(options)
      return SequentialState(
        source: source, input, options: own, constraints: Constraints(own), choices: [Likeliest()],
        observe: observe)
    }
    try run(&searches, on: &model)
    return searches.map { $0.hypotheses() }
  }
}
