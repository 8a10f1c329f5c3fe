import HeedLayers
import HeedTensor

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the script of a page reads. Rows of numbers are base64 of little-endian values.
struct PageData: Encodable {
  /// A token.
  struct Token: Encodable {
    let token: String
    let text: String
    let starts: Bool
    let special: Bool

    init(_ token: InspectedToken) {
      self.token = MarkupText.plain(token.token)
      text = MarkupText.plain(token.text)
      starts = token.startsWord
      special = token.isSpecial
    }
  }

  /// A token with its probability.
  struct Candidate: Encodable {
    let token: Token
    let probability: Float

    init(_ candidate: TokenCandidate) {
      token = Token(candidate.token)
      probability = candidate.probability
    }
  }

  /// A place that was predicted.
  struct Step: Encodable {
    let position: Int
    let chosen: Candidate
    let rank: Int
    let given: Bool
    let candidates: [Candidate]

    init(_ prediction: Prediction) {
      position = prediction.position
      chosen = Candidate(prediction.chosen)
      rank = prediction.rank
      given = prediction.isGiven
      candidates = prediction.candidates.map(Candidate.init)
    }
  }

  /// One of the attentions.
  struct Kind: Encodable {
    let kind: String
    let title: String
    let rows: [Token]
    let columns: [Token]
    let causal: Bool
    /// The size of the tiles of a map that is too large to be drawn cell by cell; nil where they are not needed.
    let tileRows: Int?
    let tileColumns: Int?
    var layers: [Layer]
  }

  /// A layer of an attention.
  struct Layer: Encodable {
    let layer: Int
    var heads: [Head]
    /// The mean of the heads: its tiles, and its weights where some of the heads' were left out.
    var mean: Head?
  }

  /// A head, or a mean of heads.
  struct Head: Encodable {
    /// Nil for a mean.
    let head: Int?
    /// All weights, `[rows, columns]`, as 16-bit shares of 65535.
    var weights: String?
    /// The columns of the largest weights of each row, `[rows, k]`, and these, where there is no room for all.
    var topColumns: String?
    var topWeights: String?
    /// The share of attention that the largest weights of a row hold: the mean, and the least of all rows.
    var kept: [Float]?
    /// Shares of attention from a part of the rows to a part of the columns, `[tileRows, tileColumns]`, in 255ths.
    var tiles: String?
    var measures: [String: Float] = [:]
    var vectors: Vectors?
  }

  /// A head's vectors, as 32-bit numbers.
  struct Vectors: Encodable {
    let size: Int
    let scale: Float
    /// v of an additive attention.
    let additive: String?
    let queries: String
    let keys: String
    let values: String
    let bias: String?
    let firstDistance: Int

    init(_ vectors: HeadVectors) {
      size = vectors.keys.shape.columns
      scale = vectors.scale
      additive = vectors.additive.map { PageData.base64($0.map(\.bitPattern)) }
      queries = PageData.base64(vectors.queries.scalars.map(\.bitPattern))
      keys = PageData.base64(vectors.keys.scalars.map(\.bitPattern))
      values = PageData.base64(vectors.values.scalars.map(\.bitPattern))
      bias = vectors.bias.map { PageData.base64($0.map(\.bitPattern)) }
      firstDistance = vectors.firstDistance
    }
  }

  /// A measure's name.
  struct Measure: Encodable {
    let key: String
    let title: String
    let unit: String
  }

  /// Where the page begins.
  struct Start: Encodable {
    let kind: String
    let layer: Int
    let head: StartHead
  }

  /// A head, or the mean of the layer's heads.
  enum StartHead: Encodable {
    case number(Int)
    case mean

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .mean: try container.encode("mean")
      }
    }
  }

  let model: String
  let architecture: String
  let input: String
  let outcome: Inspection.Outcome?
  let read: [Token]
  let steps: [Step]
  let stepTitle: String
  var kinds: [Kind]
  /// The largest weights of each row that are there where `topColumns` is; nil where nothing had to be left out.
  var topCount: Int?
  let measures: [Measure]
  let start: Start?
  /// Sentences about what had to be left out.
  var leftOut: [String]
  /// Sentences about what the model has not.
  let notes: [String]

  /// Bytes of integers, the lowest first, as base64.
  static func base64<Value: FixedWidthInteger>(_ values: [Value]) -> String {
    let stored = values.map(\.littleEndian)
    return stored.withUnsafeBytes { Data($0).base64EncodedString() }
  }
}

extension PageData {
  /// Measures all heads and packs as many numbers as there is room for.
  init(_ page: AttentionPage) {
    let inspection = page.inspection
    model = MarkupText.plain(inspection.model)
    architecture = inspection.architecture
    input = MarkupText.plain(inspection.input)
    outcome = inspection.outcome.map { outcome in
      Inspection.Outcome(
        title: outcome.title, text: MarkupText.plain(outcome.text),
        labels: outcome.labels.map { .init(name: MarkupText.plain($0.name), probability: $0.probability) })
    }
    read = inspection.read.map(Token.init)
    steps = inspection.predictions.map(Step.init)
    stepTitle = inspection.read.isEmpty ? "Hidden words" : "Writing, token by token"
    measures = HeadMeasures.Measure.allCases.map {
      Measure(key: $0.rawValue, title: $0.title, unit: $0.unit)
    }
    let packing = PagePacking(page)
    kinds = packing.kinds
    topCount = packing.topCount
    start = packing.start.map { place in
      let isMean = page.startsWithMean && place == page.start
      return Start(
        kind: place.kind.rawValue, layer: place.layer, head: isMean ? .mean : .number(place.head))
    }
    leftOut = packing.leftOut
    notes = inspection.notes
    let unseen = inspection.read.count - 1 - inspection.predictions.count
    if !inspection.read.isEmpty, !inspection.predictions.isEmpty, unseen > 0 {
      leftOut.append("Candidates are there for the last \(inspection.predictions.count) tokens only.")
    }
  }
}
