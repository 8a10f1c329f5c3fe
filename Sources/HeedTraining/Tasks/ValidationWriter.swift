import HeedEvaluation
import HeedGeneration
import HeedModels
import HeedText

/// Writes texts for the held-out sources with a model in training, and measures them against what they should be.
struct ValidationWriter: Sendable {
  private let vocabularies: Vocabularies
  private let sourceTexts: [String]
  private let references: [String]
  private let sources: [[TokenID]]
  private let longestReference: Int
  private let recipe: ValidationRecipe
  private let task: Recipe.Task
  private let ignoresCase: Bool

  /// How many texts are shown.
  private static let sampleCount = 4

  /// Prepares the first sentences of the validation set.
  init(_ pairs: TrainingText.Pairs, _ vocabularies: Vocabularies, _ recipe: Recipe, maximumLength: Int) throws
  {
    var texts: [String] = []
    var references: [String] = []
    var sources: [[TokenID]] = []
    var longest = 0
    let limit = recipe.validation.maximumSentences == 0 ? Int.max : recipe.validation.maximumSentences
    try pairs.forEach { pair in
      // Only length and blanks matter here: what is oddly proportioned must be translated all the same.
      guard texts.count < limit, !PairFilter.isBlank(pair.source), !PairFilter.isBlank(pair.target) else {
        return
      }
      let source = vocabularies.encodeSource(pair.source)
      guard source.count <= maximumLength else { return }
      texts.append(pair.source)
      references.append(pair.target)
      sources.append(source)
      longest = max(longest, vocabularies.encodeTarget(pair.target).count)
    }
    self.vocabularies = vocabularies
    sourceTexts = texts
    self.references = references
    self.sources = sources
    longestReference = longest
    self.recipe = recipe.validation
    task = recipe.task
    // The model writes lower case then, and would be blamed for it.
    ignoresCase = recipe.vocabulary.lowercase
  }

  /// The texts' worth, and some of them.
  func write(_ model: some SearchableModel) throws -> ValidationTexts {
    guard !sources.isEmpty else { return ValidationTexts(scores: [:], samples: []) }
    var options = GenerationConfiguration.defaults(for: model.interface)
    options.beamSize = recipe.beamSize
    options.forcedBeginningToken = vocabularies.forcedBeginning
    options.lengthPenalty = .huggingFace(Float(recipe.lengthPenalty))
    // A model that has learned little does not find the end; there is no sense in waiting for it.
    let limit = min(recipe.batchTokens, model.interface.lengthLimit ?? .max)
    options.maximumNewTokens = max(1, min(limit, longestReference * 3 / 2 + 8))
    let generator = try SequenceGenerator([model], batchTokenBudget: recipe.batchTokens)
    let inputs = sources.indices.map { SearchInput(identity: UInt64($0)) }
    let found = try generator.generate(sources, inputs, options)
    let hypotheses = found.map { vocabularies.target.decode($0.first?.tokens ?? []) }
    let count = min(Self.sampleCount, sources.count)
    let samples = (0..<count).map { number in
      let index = number * sources.count / count
      return ValidationReport.Sample(
        source: sourceTexts[index], reference: references[index], hypothesis: hypotheses[index])
    }
    return ValidationTexts(scores: scores(hypotheses), samples: samples)
  }

  /// BLEU as sacreBLEU counts it (13a) for translations, ROUGE as rouge-score counts it for summaries, and exact match.
  private func scores(_ hypotheses: [String]) -> [ValidationMetric: Double] {
    func folded(_ text: String) -> String { ignoresCase ? text.lowercased() : text }
    let equalCount = zip(hypotheses, references).count { folded($0) == folded($1) }
    var scores: [ValidationMetric: Double] = [
      .exactMatch: 100 * Double(equalCount) / Double(references.count)
    ]
    switch task {
    case .summarization:
      let variants: [(ValidationMetric, ROUGE.Variant)] = [(.rouge1, .n(1)), (.rouge2, .n(2)), (.rougeL, .l)]
      for (metric, variant) in variants {
        scores[metric] = ROUGE(variant).score(hypotheses: hypotheses, references: [references]).score
      }
    default:
      // Of one-word sentences BLEU, which counts four words together, would say nothing; but what a run goes by is measured.
      let hasWords = references.contains { $0.split(whereSeparator: \.isWhitespace).count >= 4 }
      if hasWords || recipe.metric == .bleu {
        scores[.bleu] =
          BLEU(lowercase: ignoresCase).score(hypotheses: hypotheses, references: [references]).score
      }
    }
    return scores
  }
}
