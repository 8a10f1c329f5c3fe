import Foundation
import Heed
import HeedLayers

/// What a model directory is.
struct ModelSummary: Encodable {
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
  let parameters: Int
  let weightTypes: [String]
  let weightBytes: Int
  let tokenizer: String?
  let tokenizerTokens: Int?
  /// What the model makes of a sentence, where there is a tokenizer.
  let sentence: String?
  let peakMemoryBytes: Int

  init(_ files: ModelDirectory, _ model: AnyModel) throws {
    let configuration = model.configuration
    let block = configuration.encoderLayerCount > 0 ? configuration.encoder : configuration.decoder
    directory = files.url.path
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
    parameters = model.parameterCount
    let weights = try CheckpointLoader.open(directory: files.url)
    weightTypes = Set(weights.entries.map(\.elementType.rawValue)).sorted()
    weightBytes = weights.entries.reduce(0) { $0 + $1.byteCount }
    if let tokenizers = try files.tokenizers(modelType: family) {
      sentence = try Self.sentence(model, tokenizers, name: directory)
      tokenizer = tokenizers.files.map(\.lastPathComponent).joined(separator: ", ")
      tokenizerTokens = tokenizers.source.vocabularySize
    } else {
      (sentence, tokenizer, tokenizerTokens) = (nil, nil, nil)
    }
    peakMemoryBytes = Machine.peakMemoryBytes
  }

  /// Runs a sentence through the model: checks that tokenizers and embeddings belong together, and takes the memory
  /// that running it takes.
  private static func sentence(
    _ model: AnyModel, _ tokenizers: TokenizerDirectory, name: String
  ) throws -> String {
    let text = "Where is the train station?"
    switch model {
    case .encoderDecoder(let model):
      let translator = try Translator(
        model: model, sourceTokenizer: tokenizers.source,
        targetTokenizer: tokenizers.hasOwnTarget ? tokenizers.target : nil, name: name)
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
      "directory    \(directory)",
      "family       \(family): \(shape.rawValue), \(norms), \(activation)" + (head.map { ", \($0)" } ?? ""),
      "layers       \(layers), hidden \(hiddenSize), feed-forward \(feedForwardSize), heads \(grouped)",
      "positions    \(positions), \(maximumPositions)",
      "vocabulary   \(vocabulary)",
      "tokenizer    "
        + (tokenizer.map { "\($0), \(tokenizerTokens ?? 0) tokens" } ?? "none in the directory"),
      "a sentence   " + (sentence ?? "not run, without a tokenizer"),
      "weights      \(parameters) parameters, \(weightTypes.joined(separator: " and ")), "
        + "\((Double(weightBytes) / 1e6).formatted(1)) MB",
      "memory       \((Double(peakMemoryBytes) / 1e6).formatted(0)) MB with the model loaded",
    ]
  }
}

extension TransformerConfiguration {
  fileprivate var headName: String? {
    guard family.shape == .encoder else { return nil }
    return switch head {
    case .states: "hidden states"
    case .maskedLanguageModel: "predicts masked words"
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

extension ModelDirectory {
  /// The tokenizers, or nil where the directory holds no file of one.
  func tokenizers(modelType: String) throws -> TokenizerDirectory? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    let isThere = names.contains {
      $0 == "tokenizer.json" || $0.hasPrefix("vocab.") || $0.hasSuffix(".spm") || $0.hasSuffix(".model")
    }
    return isThere ? try TokenizerDirectory(url, modelType: modelType) : nil
  }
}
