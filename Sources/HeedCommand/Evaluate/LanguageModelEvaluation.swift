import Foundation
import Heed
import HeedEvaluation
import HeedModels
import HeedText
import HeedTraining

extension EvaluateCommand {
  /// The most tokens of a window where nothing is said.
  private static let usualContext = 1024

  /// Perplexity of a language model on running text.
  func evaluateLanguageModel() throws {
    let (model, tokenizer) = try languageModel()
    let limit = model.configuration.lengthLimit ?? .max
    let context = choices.context ?? min(limit, Self.usualContext)
    guard context > 1 else { throw CommandError.usage("--context must be at least 2, got \(context)") }
    guard context <= limit else {
      throw CommandError.usage("--context is \(context), and the model reads \(limit) tokens")
    }
    let stride = choices.stride ?? max(1, context / 2)
    guard 1...context ~= stride else {
      throw CommandError.usage("--stride must be from 1 to --context (\(context)), got \(stride)")
    }

    let windows = PerplexityWindows(context: context, stride: stride)
    var total = Perplexity()
    for file in source {
      var text = ""
      try TextFile(file, .whole).forEach { text += $0.text }
      let tokens = tokenizer.encode(text)
      let (sum, count) = windows.negativeLogLikelihood(of: tokens, model, batchTokens: search.batchTokens) {
        Progress.show("\($0) of \($1) windows")
      }
      total += Perplexity(negativeLogLikelihood: sum, tokenCount: count, text: text)
    }
    Progress.clear()
    guard let byToken = total.byToken, let byWord = total.byWord, let byByte = total.byByte,
      let bits = total.bitsPerByte
    else {
      throw CommandError(.data, "\(source[0]): has fewer than two tokens, so that nothing is predicted")
    }
    if json {
      return try ResultStream.write(
        json: LanguageModelReport(
          perplexity: byToken, wordPerplexity: byWord, bytePerplexity: byByte, bitsPerByte: bits,
          loss: total.negativeLogLikelihood / Double(total.tokenCount), tokens: total.tokenCount,
          words: total.wordCount, bytes: total.byteCount, context: context, stride: stride))
    }
    try ResultStream.write(
      "perplexity \(byToken.formatted(4)) by token, \(byWord.formatted(4)) by word, \(byByte.formatted(4)) by byte, "
        + "\(bits.formatted(4)) bits per byte (\(total.tokenCount) tokens, windows of \(context), stride \(stride))"
    )
  }
}

extension EvaluateCommand {
  /// The model, held as other commands hold it, and its tokenizer: of a directory, or of a GGUF file.
  private func languageModel() throws -> (model: LanguageModel, tokenizer: TextTokenizer) {
    let use = ModelUse.inference(model.weights.precision)
    let location = try onlyModel()
    let network: LanguageModel
    let tokenizer: TextTokenizer
    switch location {
    case .directory(let url):
      network = try ModelDirectory(url).loadLanguageModel(for: use)
      tokenizer = try TokenizerDirectory(url, modelType: network.configuration.family.rawValue).source
    case .gguf(let url):
      let gguf = try GGUFModel(try GGUFFile(url: url))
      network = try gguf.model(for: use)
      tokenizer = try TextTokenizer.gguf(GGUFTokenizerFields(gguf.description.tokenizer)).tokenizer
    }
    guard tokenizer.vocabularySize <= network.configuration.targetVocabularySize else {
      throw CommandError(
        .data,
        "\(location.url.path): the tokenizer has \(tokenizer.vocabularySize) tokens, and the model "
          + "\(network.configuration.targetVocabularySize)")
    }
    return (network, tokenizer)
  }
}

private struct LanguageModelReport: Encodable {
  let perplexity: Double
  let wordPerplexity: Double
  let bytePerplexity: Double
  let bitsPerByte: Double
  let loss: Double
  let tokens: Int
  let words: Int
  let bytes: Int
  let context: Int
  let stride: Int
}
