import HeedLayers
import HeedModels

/// Texts laid end to end as a text encoder reads them.
public struct EncoderInput: Sendable {
  /// The tokens of each text.
  public let sequences: TokenSequences
  /// The segment of each token, where the model has segments and the texts are pairs.
  public let segmentIDs: [Int32]?

  /// Lays out texts.
  ///
  /// - Parameters:
  ///   - texts: The tokens of each text.
  ///   - segmentIDs: The segments of each text's tokens; nil for all 0.
  public init(_ texts: [ArraySlice<Int32>], segmentIDs: [ArraySlice<Int32>]? = nil) {
    sequences = TokenSequences(texts)
    self.segmentIDs = segmentIDs.map { $0.flatMap { $0 } }
  }
}

/// Texts to be laid out: their tokens and, where the model has segments, those.
public struct EncoderInputStore: Sendable {
  /// The tokens of each text.
  public private(set) var tokens = TokenStore()
  /// The segments of each text's tokens; empty where the texts have none.
  public private(set) var segments = TokenStore()

  /// Creates an empty store.
  public init() {}

  /// How many texts there are.
  public var count: Int { tokens.count }
  /// Whether there is none.
  public var isEmpty: Bool { tokens.isEmpty }
  /// The sizes of all texts, as a batch of them has them.
  var exampleSizes: [ExampleSize] { tokens.exampleSizes }

  /// Adds a text.
  ///
  /// - Parameters:
  ///   - text: Its tokens.
  ///   - ids: The segment of each; nil for all 0.
  /// - Precondition: All texts of a store have segments, or none has.
  public mutating func append(_ text: some Collection<Int32>, segments ids: [Int32]? = nil) {
    precondition(isEmpty || segments.isEmpty == (ids == nil), "EncoderInputStore: some texts lack segments")
    precondition(ids.map { $0.count == text.count } ?? true, "EncoderInputStore: a segment for each token")
    tokens.append(text)
    if let ids { segments.append(ids) }
  }

  /// Lays out some texts, in the order in which they are named.
  public func input(_ examples: [Int]) -> EncoderInput {
    EncoderInput(
      examples.map { tokens[$0] }, segmentIDs: segments.isEmpty ? nil : examples.map { segments[$0] })
  }
}
