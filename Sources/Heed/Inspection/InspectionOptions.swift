import HeedGeneration
import HeedLayers
import HeedModels

/// What is looked at in an example.
public struct InspectionOptions: Sendable, Hashable {
  /// What the model is called in pages and files.
  public var modelName = ""
  /// How many candidates are kept for each place that is predicted.
  public var candidateCount = 10
  /// The most places whose candidates are kept, the last ones: each takes a product with the whole vocabulary.
  public var predictionLimit = 256
  /// Which attentions are recorded.
  public var kinds: Set<AttentionKind> = Set(AttentionKind.allCases)
  /// Which layers are recorded; nil for all. With thousands of tokens, all layers of a large model take gigabytes.
  public var layers: Set<Int>?

  /// Everything, with ten candidates for each place.
  public init() {}

  /// A recorder of what is looked at.
  var recorder: AttentionRecorder {
    let (kinds, layers) = (kinds, layers)
    return AttentionRecorder { kind, layer in
      kinds.contains(kind) && layers.map { $0.contains(layer) } ?? true
    }
  }
}

/// What cannot be looked at.
public enum InspectionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The model has no such attention.
  case noSuchKind(AttentionKind, available: [AttentionKind])
  /// The attention has fewer layers; they count from 0.
  case noSuchLayer(AttentionKind, layer: Int, layerCount: Int)
  /// The layers have fewer heads; they count from 0.
  case noSuchHead(AttentionKind, head: Int, headCount: Int)
  /// A target was given to a model that writes nothing.
  case noTarget
  /// A second text was given to a model that reads one.
  case noPair
  /// The model looks for answers, and there is no text to look in.
  case contextMissing
  /// An option is not what it must be.
  case option(name: String, reason: String)

  /// One sentence.
  public var description: String {
    switch self {
    case .noSuchKind(let kind, let available):
      "the model has no \(kind.rawValue) attention"
        + (available.isEmpty ? "" : ", only \(available.map(\.rawValue).joined(separator: ", "))")
    case .noSuchLayer(let kind, let layer, let layerCount):
      "there is no layer \(layer): those of the \(kind.rawValue) attention are 0 to \(layerCount - 1)"
    case .noSuchHead(let kind, let head, let headCount):
      "there is no head \(head): those of a layer of the \(kind.rawValue) attention are 0 to \(headCount - 1)"
    case .noTarget:
      "a target is for models that write text; this one reads text and writes none"
    case .noPair:
      "a second text is for text encoders; this model reads one text"
    case .contextMissing:
      "the model finds answers to questions in a text: give it the text, too"
    case .option(let name, let reason):
      "\(name) \(reason)"
    }
  }
}

extension AttentionSizes {
  /// Checks that a head exists.
  public func check(_ place: HeadPlace) throws(InspectionError) {
    let size = size(of: place.kind)
    guard kinds.contains(place.kind) else { throw .noSuchKind(place.kind, available: kinds) }
    guard (0..<size.layerCount).contains(place.layer) else {
      throw .noSuchLayer(place.kind, layer: place.layer, layerCount: size.layerCount)
    }
    guard (0..<size.headCount).contains(place.head) else {
      throw .noSuchHead(place.kind, head: place.head, headCount: size.headCount)
    }
  }
}

extension TranslationModel {
  /// The architecture in a few words.
  var summary: String {
    switch self {
    case .transformer(let model): return model.configuration.summary
    case .recurrent(let model):
      let choices = model.configuration
      let attention = choices.attention == .none ? "no attention" : "\(choices.attention.rawValue) attention"
      return
        "\(choices.cell.rawValue) · \(choices.layerCount) + \(choices.layerCount) layers · \(attention) · "
        + "hidden \(choices.hiddenSize)"
    case .convolutional(let model):
      let choices = model.configuration
      return "convolutional · \(choices.encoderLayerCount) + \(choices.decoderLayerCount) layers of "
        + "\(choices.kernelSize) tokens · attention in each of the decoder · hidden \(choices.hiddenSize)"
    }
  }
}

extension TransformerConfiguration {
  /// The architecture in a few words.
  var summary: String {
    let layers =
      switch family.shape {
      case .encoderDecoder: "\(encoderLayerCount) + \(decoderLayerCount) layers"
      case .encoder: "\(encoderLayerCount) layers"
      case .decoder: "\(decoderLayerCount) layers"
      }
    let block = family.shape == .decoder ? decoder : encoder
    let shared =
      block.keyValueHeadCount == block.headCount ? "" : " (\(block.keyValueHeadCount) of keys and values)"
    return "\(family.rawValue) · \(layers) · \(block.headCount) heads\(shared) of \(block.headSize) · "
      + "hidden \(hiddenSize)"
  }
}
