import Heed
import HeedTensor

/// How much is translated in one go.
struct TranslationExtents {
  var batch = 1
  var beamSize = 1
  /// Of each source, the end of sentence apart.
  var sourceTokens = 25
  /// Written for each source.
  var newTokens = 32
  /// Where the random tokens start.
  var seed: UInt64 = 1
}

/// Random sources, and how they are translated.
struct TranslationWork {
  private let generator: SequenceGenerator<EncoderDecoder>
  private let extents: TranslationExtents
  private let sources: [[TokenID]]
  private let inputs: [SearchInput]
  private let options: GenerationOptions

  /// Draws the sources.
  ///
  /// - Parameters:
  ///   - generator: The model.
  ///   - name: What errors call it.
  ///   - extents: What is wanted of it.
  /// - Throws: `CommandError` for lengths that the model has no positions for, and for a model without ordinary tokens.
  init(_ generator: SequenceGenerator<EncoderDecoder>, name: String, _ extents: TranslationExtents) throws {
    let configuration = generator.configuration
    try Self.check(extents, configuration)
    sources = try Self.sources(configuration, name, extents)
    inputs = sources.indices.map { SearchInput(identity: UInt64($0)) }
    // Not the directory's own settings, which could force an end or forbid words: what peers do is a plain search.
    var options = GenerationConfiguration.defaults(for: configuration)
    options.beamSize = extents.beamSize
    self.options = options
    self.extents = extents
    var generator = generator
    generator.batchTokenBudget = .max
    self.generator = generator
  }

  private static func check(_ extents: TranslationExtents, _ configuration: TransformerConfiguration) throws {
    guard let limit = configuration.lengthLimit else { return }
    guard extents.sourceTokens < limit else {
      throw CommandError.usage(
        "--source-tokens must be at most \(limit - 1), because the model has \(limit) positions and one is for the end "
          + "of sentence, got \(extents.sourceTokens)")
    }
    guard extents.newTokens <= limit else {
      throw CommandError.usage(
        "--new-tokens must be at most \(limit), the model's positions, got \(extents.newTokens)")
    }
  }

  private static func sources(
    _ configuration: TransformerConfiguration, _ name: String, _ extents: TranslationExtents
  ) throws -> [[TokenID]] {
    let special = Set(
      configuration.endTokens + [configuration.startToken]
        + [configuration.padToken, configuration.beginToken].compactMap(\.self))
    let ordinary = (0..<TokenID(configuration.sourceVocabularySize)).filter { !special.contains($0) }
    guard !ordinary.isEmpty, let end = configuration.endTokens.first else {
      throw CommandError(.data, "\(name): expected a vocabulary with an end of sentence and other tokens")
    }
    var random = SplitMix64(seed: extents.seed)
    return (0..<extents.batch).map { _ in
      (0..<extents.sourceTokens).map { _ in ordinary[random.next(below: ordinary.count)] } + [end]
    }
  }

  /// Translates all sources at once, writing `newTokens` tokens for each, or what the extents say.
  ///
  /// - Throws: What the search throws; `CommandError` if it did other work than what is measured.
  func run(newTokens: Int? = nil) throws {
    let newTokens = newTokens ?? extents.newTokens
    var options = options
    options.minimumNewTokens = newTokens
    options.maximumNewTokens = newTokens
    for (source, hypotheses) in try generator.generate(sources, inputs, options).enumerated() {
      let count = hypotheses.first?.tokens.count ?? 0
      guard count == newTokens else {
        throw CommandError(
          .software,
          "source \(source + 1) was given \(count) tokens, expected \(newTokens): nothing was measured")
      }
    }
  }
}
