import HeedText

/// Sampling: draws each token from the model's distribution, or from what filters leave of it.
///
/// Draws come from the seed, the source's identity, the number of the sample and the position alone, so a source gives
/// the same samples alone and in any batch.
public struct SamplingSearch: Sendable {
  /// How to sample.
  public let options: GenerationOptions

  /// A sampler; the options are checked when it runs. Without `options.sampling`, it draws from the model's own
  /// distribution with seed 0.
  public init(_ options: GenerationOptions) {
    self.options = options
  }

  private struct Draw: TokenChoice {
    let options: SamplingOptions
    let stream: UInt64

    func choose(_ scores: UnsafeMutableBufferPointer<Float>, position: Int) -> TokenID? {
      let uniform = CounterGenerator.uniform(stream: stream, counter: UInt64(position))
      return withUnsafeTemporaryAllocation(of: Float.self, capacity: scores.count) { filtered in
        _ = filtered.initialize(from: scores)
        SamplingFilter.apply(options, to: filtered)
        return SamplingFilter.draw(filtered, uniform)
      }
    }
  }

  /// Draws continuations of all sources that `model` holds.
  ///
  /// - Parameters:
  ///   - model: A model at its beginning; as many sources as inputs.
  ///   - inputs: What is wanted for each source.
  ///   - observe: Is told of each token as soon as it is chosen.
  /// - Returns: For each source `options.returnedCount` samples, in the order of their drawing. Their log-probabilities
  ///   are those before temperature and filters, so that samples can be compared.
  /// - Throws: `GenerationOptionsError`, `SearchError`, `CancellationError`, or what the model throws.
  public func search(
    _ model: inout some NextTokenModel, _ inputs: [SearchInput], observe: TokenObserver? = nil
  ) throws -> [[Hypothesis]] {
    var options = options
    let sampling = options.sampling ?? SamplingOptions()
    options.sampling = sampling
    try options.validate(vocabularySize: model.vocabularySize)
    try SearchError.check(inputs, vocabularySize: model.vocabularySize)
    var searches = inputs.enumerated().map { source, input in
      let choices = (0..<options.returnedCount).map { sample in
        let stream = CounterGenerator.stream(sampling.seed, input.identity, UInt64(sample))
        return Draw(options: sampling, stream: stream)
      }
      let own = input.options(options)
      return SequentialState(
        source: source, input, options: own, constraints: Constraints(own), choices: choices, observe: observe
      )
    }
    try run(&searches, on: &model)
    return searches.map { $0.hypotheses() }
  }
}

/// Random numbers that are a function of where they are used.
///
/// Source of the mixing: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
enum CounterGenerator {
  /// A stream of its own for each three numbers.
  static func stream(_ seed: UInt64, _ identity: UInt64, _ sample: UInt64) -> UInt64 {
    mix(mix(mix(seed) ^ identity) ^ sample)
  }

  /// A number in 0..<1.
  static func uniform(stream: UInt64, counter: UInt64) -> Double {
    Double(mix(stream ^ mix(counter)) >> 11) * 0x1p-53
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
