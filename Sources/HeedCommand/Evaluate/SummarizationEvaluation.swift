import Foundation
import Heed
import HeedEvaluation
import HeedGeneration
import HeedTraining

extension EvaluateCommand {
  /// Texts that are summarised between two signs of progress.
  private static let windowCount = 64

  /// Summarises texts and scores the summaries; where a summary has several lines, `<n>` stands for a line feed.
  func evaluateSummarization() throws {
    let pairs = try pairs(.summarization)
    let summarizer = try Summarizer(
      directory: onlyDirectory(), prefix: model.sourcePrefix,
      model.ignoreGenerationConfig ? .ignored : .directory,
      precision: model.weights.precision)
    let options = try search.generationOptions(summarizer.defaults)
    var found: [String] = []
    var unreadCount = 0
    while found.count < pairs.count {
      let window = pairs.dropFirst(found.count).prefix(Self.windowCount).map(\.source)
      let summaries = try withFlagNames { try summarizer.summarize(window, options, first: found.count) }
      unreadCount += summaries.count { $0.unreadTokenCount > 0 }
      found += summaries.map(\.text)
      Progress.show("\(found.count) of \(pairs.count) texts")
    }
    Progress.clear()
    try writeOutput(found.map { $0.replacing("\n", with: "<n>") })
    if unreadCount > 0 {
      StandardError.say("\(unreadCount) texts are longer than the model reads, and were read up to there")
    }
    let references = pairs.map { ROUGECommand.withLineFeeds($0.target) }
    let scores = ROUGE.Variant.usual.map {
      ROUGE($0, stemming: choices.stem).score(
        hypotheses: found.map(ROUGECommand.withLineFeeds), references: [references])
    }
    if json {
      return try ResultStream.write(
        json: SummarizationReport(
          metrics: Dictionary(uniqueKeysWithValues: scores.map { ($0.name, .init($0)) }), texts: pairs.count))
    }
    let row = scores.map { "\($0.name) \($0.score.formatted(2))" }.joined(separator: ", ")
    try ResultStream.write("\(row) (F, \(pairs.count) texts\(choices.stem ? ", stems" : ""))")
  }
}

private struct SummarizationReport: Encodable {
  struct Score: Encodable {
    let signature: String
    let precision: Double
    let recall: Double
    let fMeasure: Double

    init(_ score: ROUGEScore) {
      signature = score.signature()
      precision = 100 * score.precision
      recall = 100 * score.recall
      fMeasure = score.score
    }
  }
  let metrics: [String: Score]
  let texts: Int
}

extension SearchFlags {
  /// The options of search without sentences, on top of the model's own.
  func generationOptions(_ defaults: GenerationOptions) throws -> GenerationOptions {
    guard split, splitLanguage == .english, lengthPenaltyFormula == .huggingFace, earlyStopping == nil else {
      throw CommandError.usage(
        "--no-split, --split-language, --length-penalty-formula and --early-stopping are only for translation"
      )
    }
    var options = defaults
    if let beamSize { options.beamSize = beamSize }
    if let lengthPenalty { options.lengthPenalty = .huggingFace(lengthPenalty) }
    if let maxLength { options.maximumNewTokens = maxLength }
    if let minLength { options.minimumNewTokens = minLength }
    if let noRepeatNgramSize { options.noRepeatNgramSize = noRepeatNgramSize }
    if let repetitionPenalty { options.repetitionPenalty = repetitionPenalty }
    return options
  }

  /// Whether anything is said of the search.
  var isGiven: Bool {
    beamSize != nil || lengthPenalty != nil || maxLength != nil || minLength != nil
      || noRepeatNgramSize != nil
      || repetitionPenalty != nil || earlyStopping != nil || !split || splitLanguage != .english
      || lengthPenaltyFormula != .huggingFace
  }
}
