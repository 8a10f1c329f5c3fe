import HeedText

/// Beam search: keeps the best few hypotheses at each step.
///
/// Finds what transformers' `generate` finds (5.23, with `num_beams` above 1), but for one thing: where constraints leave
/// fewer hypotheses than beams, transformers fills up with impossible ones, and this returns fewer.
public struct BeamSearch: Sendable {
  /// How to search.
  public let options: GenerationOptions

  /// A search; the options are checked when it runs.
  public init(_ options: GenerationOptions) {
    self.options = options
  }

  /// Searches for the continuations of all sources that `model` holds.
  ///
  /// - Parameters:
  ///   - model: A model at its beginning; as many sources as inputs.
  ///   - inputs: What is wanted for each source.
  /// - Returns: For each source its hypotheses, best first: at least one and at most `options.returnedCount`.
  /// - Throws: `GenerationOptionsError`, `SearchError`, `CancellationError`, or what the model throws.
  public func search(
    _ model: inout some NextTokenModel, _ inputs: [SearchInput]
  ) throws -> [[Hypothesis]] {
    var options = options
    options.sampling = nil
    try options.validate(vocabularySize: model.vocabularySize)
    try SearchError.check(inputs, vocabularySize: model.vocabularySize)
    var searches = inputs.enumerated().map { source, input in
      let own = input.options(options)
      return BeamState(source: source, input, options: own, constraints: Constraints(own))
    }
    try run(&searches, on: &model)
    return searches.map { $0.hypotheses() }
  }
}
