import Heed
import HeedLayers

/// What a recurrent or convolutional model is.
struct SequenceModelSummary: SummarizedModel {
  let directory: String
  let family: String
  /// `lstm` or `gru`; nil of convolutions.
  let cell: String?
  /// How the decoder looks at the source: `none`, `additive`, `multiplicative`; nil of convolutions, where each layer of the
  /// decoder does so by products.
  let attention: String?
  /// The tokens that a convolution sees; nil of recurrent models.
  let kernelSize: Int?
  let maximumPositions: Int?
  let encoderLayers: Int
  let decoderLayers: Int
  let embeddingSize: Int
  let hiddenSize: Int
  let sourceVocabularySize: Int
  let targetVocabularySize: Int
  let sharesEmbeddings: Bool
  let common: CommonSummary

  init(_ examined: ExaminedModel, _ model: TranslationModel) throws {
    directory = examined.location.url.path
    let vocabulary: SequenceVocabulary
    switch model {
    case .recurrent(let model):
      let choices = model.configuration
      (family, vocabulary) = (RecurrentConfiguration.modelType, choices.vocabulary)
      (cell, attention) = (choices.cell.rawValue, choices.attention.rawValue)
      (kernelSize, maximumPositions) = (nil, nil)
      (encoderLayers, decoderLayers) = (choices.layerCount, choices.layerCount)
      (embeddingSize, hiddenSize) = (choices.embeddingSize, choices.hiddenSize)
    case .convolutional(let model):
      let choices = model.configuration
      (family, vocabulary) = (ConvolutionalConfiguration.modelType, choices.vocabulary)
      (cell, attention) = (nil, nil)
      (kernelSize, maximumPositions) = (choices.kernelSize, choices.maximumPositions)
      (encoderLayers, decoderLayers) = (choices.encoderLayerCount, choices.decoderLayerCount)
      (embeddingSize, hiddenSize) = (choices.embeddingSize, choices.hiddenSize)
    case .transformer: preconditionFailure("a Transformer has a summary of its own")
    }
    sourceVocabularySize = vocabulary.sourceSize
    targetVocabularySize = vocabulary.targetSize
    sharesEmbeddings = vocabulary.isShared
    let text = "Where is the train station?"
    common = CommonSummary(
      examined,
      sentence: try examined.tokenizers.map { tokenizers in
        let translator = try Translator(
          model: model, sourceTokenizer: tokenizers.source, targetTokenizer: tokenizers.target,
          name: examined.location.url.path)
        return "\(text) → \(try translator.translate(text))"
      })
  }

  /// All but what is said of any model.
  enum CodingKeys: String, CodingKey {
    case directory, family, cell, attention, kernelSize, maximumPositions, encoderLayers, decoderLayers,
      embeddingSize, hiddenSize, sourceVocabularySize, targetVocabularySize, sharesEmbeddings
  }

  var lines: [String] {
    let what =
      cell.map { cell in "\(cell), " + (attention == "none" ? "no attention" : "\(attention ?? "") attention")
      }
      ?? "gated convolutions of \(kernelSize ?? 0) tokens, attention in each layer of the decoder"
    let vocabulary =
      sharesEmbeddings
      ? "\(sourceVocabularySize) tokens, one table for input and output"
      : "\(sourceVocabularySize) source and \(targetVocabularySize) target tokens"
    return [
      "model        \(directory)",
      "family       \(family): \(what)",
      "layers       \(encoderLayers) + \(decoderLayers), embeddings \(embeddingSize), hidden \(hiddenSize)",
      "positions    " + (maximumPositions.map { "learned, \($0); those behind share the last" } ?? "none"),
      "vocabulary   \(vocabulary)",
    ] + common.lines
  }
}
