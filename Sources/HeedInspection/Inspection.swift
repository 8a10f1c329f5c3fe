import HeedLayers
import HeedTensor

/// A token as it is shown.
public struct InspectedToken: Sendable, Hashable, Codable {
  /// Its spelling in the vocabulary, such as `▁Haus`, `Ġhouse` or `##ing`.
  public var token: String
  /// What a reader sees of it, such as `Haus`; never empty.
  public var text: String
  /// Whether it begins a word.
  public var startsWord: Bool
  /// Whether it stands for no text, such as `</s>`.
  public var isSpecial: Bool
  /// What it adds to its word where that is not `text`: of the tokens that make up a character, each of which is shown
  /// as the vocabulary spells it, the first adds the character and the others nothing.
  public var wordText: String?

  /// What a reader sees of a space.
  public static let space = "␣"

  /// Describes a token.
  public init(token: String, text: String, startsWord: Bool = true, isSpecial: Bool = false) {
    self.token = token
    self.text = text.isEmpty ? "∅" : text
    self.startsWord = startsWord
    self.isSpecial = isSpecial
  }
}

/// A token that a model could have written in a place, or thinks hidden there.
public struct TokenCandidate: Sendable, Hashable, Codable {
  /// The token.
  public var token: InspectedToken
  /// Its probability among all tokens, before the search's constraints.
  public var probability: Float

  /// Describes a candidate.
  public init(token: InspectedToken, probability: Float) {
    self.token = token
    self.probability = probability
  }
}

/// A place whose token a model predicts.
public struct Prediction: Sendable, Hashable, Codable {
  /// The place: of the token that was read last in a decoder, of the mask in an encoder.
  public var position: Int
  /// What stands there: the next token in a decoder, the likeliest in an encoder.
  public var chosen: TokenCandidate
  /// How many tokens are likelier than `chosen`.
  public var rank: Int
  /// Whether the token was given rather than chosen by the model.
  public var isGiven: Bool
  /// The likeliest tokens, the likeliest first.
  public var candidates: [TokenCandidate]

  /// Describes a prediction.
  public init(
    position: Int, chosen: TokenCandidate, rank: Int, isGiven: Bool, candidates: [TokenCandidate]
  ) {
    self.position = position
    self.chosen = chosen
    self.rank = rank
    self.isGiven = isGiven
    self.candidates = candidates
  }
}

/// One example that a model has read and, if it writes, written: its tokens, its predictions, and its attention.
///
/// Weights and vectors are computed when they are asked for, from the queries, keys and values that a recorder kept.
public struct Inspection: Sendable {
  /// What came of the example.
  public struct Outcome: Sendable, Hashable, Codable {
    /// What the text is: "Translation", "Continuation", "Filled text", "Label", "Answer", "Labels".
    public var title: String
    /// The text.
    public var text: String
    /// Labels with their probabilities, the likeliest first, where there are any.
    public var labels: [Label]

    /// A label and its probability.
    public struct Label: Sendable, Hashable, Codable {
      /// Its name.
      public var name: String
      /// Its probability.
      public var probability: Float

      /// Describes a label.
      public init(name: String, probability: Float) {
        self.name = name
        self.probability = probability
      }
    }

    /// Describes an outcome.
    public init(title: String, text: String, labels: [Label] = []) {
      self.title = title
      self.text = text
      self.labels = labels
    }
  }

  /// What the model is called.
  public var model: String
  /// The architecture in a few words.
  public var architecture: String
  /// What the model was given.
  public var input: String
  /// What came of it; nil of models that only read.
  public var outcome: Outcome?
  /// The tokens of the encoder; none in a language model.
  public var source: [InspectedToken]
  /// The tokens that the decoder read; none in a text encoder.
  public var read: [InspectedToken]
  /// The token that each of `read` led to: one for each, or one less where nothing follows the last.
  public var written: [InspectedToken]
  /// The identifiers of what the model wrote, or was told to have written; without a language model's prompt.
  public var writtenIDs: [Int32]
  /// How many of `source` come before the text: a prefix that the model is told its task by.
  public var prefixCount: Int
  /// What was likely in the places that are predicted.
  public var predictions: [Prediction]
  /// What a reader should know of what is not shown, such as that a model has no self-attention; a sentence each.
  public var notes: [String]
  /// How words are cut into tokens.
  public var mark: SubwordMark
  /// The pass.
  public let recorder: AttentionRecorder

  /// Describes an example.
  public init(
    model: String, architecture: String, input: String, outcome: Outcome? = nil,
    source: [InspectedToken] = [], prefixCount: Int = 0,
    read: [InspectedToken] = [], written: [InspectedToken] = [], writtenIDs: [Int32] = [],
    predictions: [Prediction] = [], notes: [String] = [], mark: SubwordMark, recorder: AttentionRecorder
  ) {
    self.model = model
    self.architecture = architecture
    self.input = input
    self.outcome = outcome
    self.source = source
    self.prefixCount = prefixCount
    self.read = read
    self.written = written
    self.writtenIDs = writtenIDs
    self.predictions = predictions
    self.notes = notes
    self.mark = mark
    self.recorder = recorder
  }
}

extension Inspection {
  /// The attentions that were recorded, in the order of the model.
  public var kinds: [AttentionKind] {
    AttentionKind.allCases.filter { recorder.layerCount($0) > 0 }
  }

  /// The layers that were recorded.
  public func layers(_ kind: AttentionKind) -> [Int] { recorder.layers(kind) }

  /// The heads of a layer.
  public func headCount(_ kind: AttentionKind, layer: Int) -> Int { recorder.headCount(kind, layer: layer) }

  /// The tokens that attend: in cross-attention those that are being written, else those that were read.
  public func rowTokens(_ kind: AttentionKind) -> [InspectedToken] {
    switch kind {
    case .encoder: source
    case .decoder: read
    case .cross: written.count == read.count ? written : read
    }
  }

  /// The tokens attended to.
  public func columnTokens(_ kind: AttentionKind) -> [InspectedToken] { kind == .decoder ? read : source }

  /// One head's attention; nil if there is no such head.
  public func map(_ place: HeadPlace) -> AttentionMap? {
    weights(place).map { map(place.kind, $0) }
  }

  /// One head's weights.
  ///
  /// - Parameters:
  ///   - place: The head.
  ///   - rows: The rows that are wanted; nil for all.
  /// - Returns: `[rows, columns]`, row by row; nil if there is no such head.
  public func weights(_ place: HeadPlace, rows: Range<Int>? = nil) -> [Float]? {
    guard (0..<headCount(place.kind, layer: place.layer)).contains(place.head) else { return nil }
    return recorder.weights(place.kind, layer: place.layer, head: place.head, sequence: 0, rows: rows)?
      .scalars
  }

  /// One head's queries, keys and values; nil if there is no such head.
  public func vectors(_ place: HeadPlace) -> HeadVectors? {
    guard (0..<headCount(place.kind, layer: place.layer)).contains(place.head) else { return nil }
    return recorder.vectors(place.kind, layer: place.layer, head: place.head, sequence: 0)
  }

  /// The width of a head's queries and keys; nil if the layer was not recorded.
  public func headSize(_ kind: AttentionKind, layer: Int) -> Int? { recorder.headSize(kind, layer: layer) }

  /// The mean of the heads of a layer, or of all layers; nil if nothing was recorded.
  public func mean(_ kind: AttentionKind, layer: Int? = nil) -> AttentionMap? {
    let layers = layer.map { [$0] } ?? layers(kind)
    var sums = [Float](repeating: 0, count: rowTokens(kind).count * columnTokens(kind).count)
    var count: Float = 0
    for layer in layers {
      for head in 0..<headCount(kind, layer: layer) {
        guard let weights = weights(HeadPlace(kind, layer: layer, head: head)) else { continue }
        for (index, weight) in weights.enumerated() { sums[index] += weight }
        count += 1
      }
    }
    return count == 0 ? nil : map(kind, sums.map { $0 / count })
  }

  /// The same attention between words: see ``AttentionMap/mergedIntoWords(_:specialTokens:)``. Words are written as a
  /// reader sees them.
  public func words(_ map: AttentionMap, _ kind: AttentionKind) -> AttentionMap {
    words(map, rows: rowTokens(kind), columns: columnTokens(kind))
  }

  /// The attention of words to words, of a map of these tokens.
  func words(_ map: AttentionMap, rows: [InspectedToken], columns: [InspectedToken]) -> AttentionMap {
    let merged = AttentionMap(
      rows: rows.map(\.token), columns: columns.map(\.token), weights: map.weights
    ).mergedIntoWords(mark, specialTokens: specialTokens)
    return AttentionMap(
      rows: words(of: rows).map(\.text), columns: words(of: columns).map(\.text), weights: merged.weights)
  }

  /// The words that tokens make up. A mark of where a word begins is no text, and stands alone only where nothing
  /// follows it.
  func words(of tokens: [InspectedToken]) -> [InspectedToken] {
    mark.words(of: tokens.map(\.token), specialTokens: specialTokens).map { word in
      let pieces = tokens[word]
      let text = pieces.map { $0.wordText ?? $0.text }.filter { $0 != InspectedToken.space }.joined()
      return InspectedToken(
        token: pieces.map(\.token).joined(), text: text.isEmpty ? InspectedToken.space : text,
        isSpecial: pieces.allSatisfy(\.isSpecial))
    }
  }

  /// All heads, kind by kind and layer by layer.
  public var heads: [HeadPlace] {
    kinds.flatMap { kind in
      layers(kind).flatMap { layer in
        (0..<headCount(kind, layer: layer)).map { HeadPlace(kind, layer: layer, head: $0) }
      }
    }
  }

  /// The spellings of tokens that stand for no text.
  var specialTokens: Set<String> {
    Set((source + read + written).filter(\.isSpecial).map(\.token))
  }

  private func map(_ kind: AttentionKind, _ weights: [Float]) -> AttentionMap {
    AttentionMap(
      rows: rowTokens(kind).map(\.text), columns: columnTokens(kind).map(\.text), weights: weights)
  }
}

extension AttentionKind {
  /// The name of the attention as people read it.
  public var title: String {
    switch self {
    case .encoder: "Encoder self-attention"
    case .decoder: "Decoder self-attention"
    case .cross: "Encoder-decoder attention"
    }
  }
}
