import Foundation
import Heed
import HeedLayers
import HeedTensor

/// What a Transformer is.
struct ModelSummary: SummarizedModel {
  let directory: String
  let family: String
  let shape: ModelShape
  let head: String?
  let labels: [String]?
  let encoderLayers: Int
  let decoderLayers: Int
  let hiddenSize: Int
  let feedForwardSize: Int
  let heads: Int
  let keyValueHeads: Int
  let norms: String
  let activation: String
  let positions: String
  let sourceVocabularySize: Int
  let targetVocabularySize: Int
  let sharesEmbeddings: Bool
  let tiesOutput: Bool
  let maximumPositions: Int
  let common: CommonSummary

  init(_ examined: ExaminedModel, _ model: AnyModel) throws {
    let configuration = model.configuration
    let block = configuration.encoderLayerCount > 0 ? configuration.encoder : configuration.decoder
    directory = examined.location.url.path
    family = configuration.family.rawValue
    shape = configuration.family.shape
    head = configuration.headName
    labels = configuration.head.labels.isEmpty ? nil : configuration.head.labels
    encoderLayers = configuration.encoderLayerCount
    decoderLayers = configuration.decoderLayerCount
    hiddenSize = configuration.hiddenSize
    feedForwardSize = block.feedForwardSize
    heads = block.headCount
    keyValueHeads = block.keyValueHeadCount
    norms =
      (block.normKind == .layer ? "layer norms " : "root-mean-square norms ")
      + (block.normPlacement == .after ? "after sublayers" : "before sublayers")
    activation = (block.isGated ? "gated " : "") + "\(block.activation)"
    positions = configuration.positionsName
    sourceVocabularySize = configuration.sourceVocabularySize
    targetVocabularySize = configuration.targetVocabularySize
    sharesEmbeddings = configuration.sharesEmbeddings
    tiesOutput = configuration.tiesOutput
    maximumPositions = configuration.maximumPositions
    common = CommonSummary(
      examined,
      sentence: try examined.tokenizers.map {
        try Self.sentence(model, $0, name: examined.location.url.path)
      })
  }

  /// All but what is said of any model.
  enum CodingKeys: String, CodingKey {
    case directory, family, shape, head, labels, encoderLayers, decoderLayers, hiddenSize, feedForwardSize,
      heads,
      keyValueHeads, norms, activation, positions, sourceVocabularySize, targetVocabularySize,
      sharesEmbeddings,
      tiesOutput, maximumPositions
  }

  /// Runs a sentence through the model: checks that tokenizers and embeddings belong together, and takes the memory
  /// that running it takes.
  private static func sentence(
    _ model: AnyModel, _ tokenizers: ExaminedModel.Tokenizers, name: String
  ) throws -> String {
    let text = "Where is the train station?"
    switch model {
    case .encoderDecoder(let model):
      let translator = try Translator(
        model: model, sourceTokenizer: tokenizers.source,
        targetTokenizer: tokenizers.target, name: name)
      return "\(text) → \(try translator.translate(text))"
    case .decoder(let model):
      let generator = try TextGenerator(model: model, tokenizer: tokenizers.source, name: name)
      var options = generator.defaults
      options.maximumNewTokens = 16
      options.minimumNewTokens = 0
      return "Once upon a time → \(try generator.generate("Once upon a time", options))"
    case .encoder(let model):
      let whole = tokenizers.source.encoding(of: text)
      let encoding = whole.truncated(to: model.configuration.maximumPositions).first ?? whole
      guard encoding.count <= model.configuration.maximumPositions else { return "too long for the model" }
      guard let largest = encoding.ids.max(), Int(largest) < model.configuration.sourceVocabularySize else {
        throw TranslatorError.vocabularyTooLarge(
          file: name, tokenCount: tokenizers.source.vocabularySize,
          embeddingCount: model.configuration.sourceVocabularySize)
      }
      var context = ForwardContext.inference
      let hidden = model(TokenSequences([encoding.ids]), segmentIDs: encoding.typeIDs, &context)
      return "\(text) → \(encoding.count) tokens, \(hidden.shape.columns) numbers each"
    }
  }

  var lines: [String] {
    let vocabulary =
      sharesEmbeddings
      ? "\(sourceVocabularySize) tokens, "
        + (tiesOutput ? "one table for input and output" : "an output table of its own")
      : "\(sourceVocabularySize) source and \(targetVocabularySize) target tokens"
    let layers = [encoderLayers, decoderLayers].filter { $0 > 0 }.map(String.init).joined(separator: " + ")
    let grouped = keyValueHeads == heads ? "\(heads)" : "\(heads) sharing \(keyValueHeads) of keys and values"
    return [
      "model        \(directory)",
      "family       \(family): \(shape.rawValue), \(norms), \(activation)" + (head.map { ", \($0)" } ?? ""),
      "layers       \(layers), hidden \(hiddenSize), feed-forward \(feedForwardSize), heads \(grouped)",
      "positions    \(positions), \(maximumPositions)",
      "vocabulary   \(vocabulary)",
    ] + common.lines
  }
}

extension TransformerConfiguration {
  fileprivate var headName: String? {
    guard family.shape == .encoder else { return nil }
    return switch head {
    case .states: "hidden states"
    case .maskedLanguageModel: "predicts masked words"
    case .preTraining: "predicts masked words and what goes on from what"
    case .sequenceClassification(let labels): "one of \(labels.count) labels for a text"
    case .tokenClassification(let labels): "one of \(labels.count) labels for a token"
    case .questionAnswering: "the span of an answer"
    }
  }

  fileprivate var positionsName: String {
    switch (positions, decoder.attentionPositions) {
    case (.sinusoidal, _): "sinusoidal"
    case (.learned, _): "learned"
    case (.none, .rotary): "rotary"
    case (.none, .relative): "relative"
    case (.none, .none): "none"
    }
  }
}
