import HeedLayers

/// What other programs are told of an inspection.
public struct InspectionReport: Encodable, Sendable {
  /// The weights of one head, or of a mean of heads.
  public struct Map: Encodable, Sendable {
    let kind: String
    let layer: Int
    /// Nil for the mean of the layer's heads.
    let head: Int?
    let rows: [InspectedToken]
    let columns: [InspectedToken]
    /// A list for each row.
    let weights: [[Float]]
  }

  /// The measures of one head.
  public struct Measured: Encodable, Sendable {
    let kind: String
    let layer: Int
    let head: Int
    let measures: [String: Float]

    /// The measures of a head.
    public init(_ found: HeadMeasures) {
      kind = found.place.kind.rawValue
      layer = found.place.layer
      head = found.place.head
      measures = Dictionary(
        uniqueKeysWithValues: HeadMeasures.Measure.allCases.compactMap { measure in
          found[measure].map { (measure.rawValue, $0) }
        })
    }
  }

  /// Words that belong together.
  public struct Aligned: Encodable, Sendable {
    /// Nil for a mean of heads.
    let layer: Int?
    let head: Int?
    let confidence: Float
    let coverage: Float
    let source: [String]
    let target: [String]
    /// In Pharaoh's form.
    let links: String

    /// An alignment.
    public init(_ alignment: HeadAlignment) {
      layer = alignment.place?.layer
      head = alignment.place?.head
      confidence = alignment.confidence
      coverage = alignment.coverage
      source = alignment.map.columns
      target = alignment.map.rows
      links = Alignment.pharaoh(from: alignment.map)
    }
  }

  /// What the model is called.
  public let model: String
  /// The architecture in a few words.
  public let architecture: String
  /// What the model was given.
  public let input: String
  /// What came of it.
  public let outcome: Inspection.Outcome?
  /// What was likely in the places that are predicted.
  public let predictions: [Prediction]
  /// What a reader should know of what is not there; nil where there is nothing to say.
  public let notes: [String]?
  /// Weights of chosen heads.
  public var attention: [Map] = []
  /// The measures of heads.
  public var measures: [Measured]?
  /// An alignment.
  public var alignment: Aligned?

  /// What is said of any inspection.
  public init(_ inspection: Inspection) {
    model = inspection.model
    architecture = inspection.architecture
    input = inspection.input
    outcome = inspection.outcome
    predictions = inspection.predictions
    notes = inspection.notes.isEmpty ? nil : inspection.notes
  }

  /// Adds the weights of one head, or of the mean of a layer's heads where `head` is nil; nothing if there is none.
  ///
  /// - Parameters:
  ///   - inspection: Where they are from.
  ///   - kind: Which attention.
  ///   - layer: Which layer.
  ///   - head: Which head.
  ///   - words: Whether rows and columns are words rather than tokens.
  public mutating func add(
    _ inspection: Inspection, _ kind: AttentionKind, layer: Int, head: Int?, words: Bool = false
  ) {
    let found =
      head.map { inspection.map(HeadPlace(kind, layer: layer, head: $0)) }
      ?? inspection.mean(kind, layer: layer)
    guard let found else { return }
    let map = words ? inspection.words(found, kind) : found
    let (rows, columns) = (inspection.rowTokens(kind), inspection.columnTokens(kind))
    let width = map.columns.count
    attention.append(
      Map(
        kind: kind.rawValue, layer: layer, head: head,
        rows: words ? inspection.words(of: rows) : rows,
        columns: words ? inspection.words(of: columns) : columns,
        weights: map.rows.indices.map { Array(map.weights[$0 * width..<($0 + 1) * width]) }))
  }
}
