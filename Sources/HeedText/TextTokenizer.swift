/// A tokenizer as `tokenizer.json` describes it: added tokens, normalizer, pre-tokenizer, model, post-processor, decoder.
///
/// It is read by the Hugging Face tokenizers library, and gives the same tokens as it does. Encoding uses no lock and
/// no cache: one tokenizer serves any number of threads, and equal texts cost equal time.
///
/// Special tokens spelled out in a text are found there, as the reference does. `truncation` and `padding` of a file are
/// kept and written back, but not applied: they belong to batches.
public struct TextTokenizer: Tokenizer {
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var model: any TokenModel
  let postProcessor: (any PostProcessor)?
  var decoder: (any TokenDecoder)?
  let addedTokens: [AddedToken]
  var truncation: JSONOutput = .null
  var padding: JSONOutput = .null

  let layout: SequenceLayout
  private let rawMatcher: AddedTokenMatcher
  private let normalizedMatcher: AddedTokenMatcher
  private let addedIDs: [[UInt8]: TokenID]
  /// What added tokens are spelled like when decoded: those looked for after the normalizer, as it leaves them. The
  /// reference does so, even where it then takes a special token for none.
  private let addedSpellings: [TokenID: [UInt8]]
  /// For each identifier what decoding does with it.
  private let roles: [Role]

  private enum Role: UInt8 { case model, added, special }

  init(
    normalizer: (any Normalizer)?, preTokenizer: (any PreTokenizer)?, model: any TokenModel,
    postProcessor: (any PostProcessor)?, decoder: (any TokenDecoder)?, addedTokens: [AddedToken]
  ) {
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.model = model
    self.postProcessor = postProcessor
    layout = postProcessor?.layout ?? .plain
    self.decoder = decoder
    self.addedTokens = addedTokens
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized })
    func spelling(_ token: AddedToken) -> [UInt8] {
      guard token.isNormalized else { return token.content }
      var text = NormalizedText(bytes: token.content, startsText: true)
      normalizer?.normalize(&text)
      return text.bytes
    }
    normalizedMatcher = AddedTokenMatcher(addedTokens.filter { $0.isNormalized }, spelling: spelling)
    addedIDs = Dictionary(addedTokens.map { ($0.content, $0.id) }, uniquingKeysWith: { $1 })
    addedSpellings = Dictionary(addedTokens.map { ($0.id, spelling($0)) }, uniquingKeysWith: { $1 })
    vocabularySize = max(model.vocabulary.idLimit, (addedTokens.map { Int($0.id) + 1 }.max() ?? 0))
    let specials = Set(addedTokens.filter { $0.isSpecial }.map { $0.content })
    var roles = [Role](repeating: .model, count: vocabularySize)
    for (id, spelling) in addedSpellings { roles[Int(id)] = specials.contains(spelling) ? .special : .added }
    self.roles = roles
  }

  // MARK: Vocabulary

  /// One more than the largest identifier.
  public let vocabularySize: Int

  /// Returns the spelling of a token, as it stands in the vocabulary, or nil if there is none.
  public func token(for id: TokenID) -> String? { spelling(id).map { String(decoding: $0, as: UTF8.self) } }

  /// Returns the identifier of a token spelled exactly like `token`, or nil if there is none.
  public func id(for token: String) -> TokenID? {
    let bytes = Array(token.utf8)
    return addedIDs[bytes] ?? model.vocabulary.id(bytes)
  }

  /// The identifiers that decoding leaves out, in ascending order.
  public var specialTokenIDs: [TokenID] { addedTokens.filter { $0.isSpecial }.map { $0.id }.sorted() }

  func spelling(_ id: TokenID) -> ArraySlice<UInt8>? {
    guard roles.indices.contains(Int(id)) else { return nil }
    return roles[Int(id)] == .model ? model.vocabulary.spelling(id) : addedSpellings[id]?[...]
  }

  // MARK: Encoding

  /// Returns the tokens of `text`, with those of the template if so asked.
  public func encode(_ text: String, addingSpecialTokens: Bool) -> [TokenID] {
    let tokens = encode(text) { buffer, tokens in model.encode(buffer, into: &tokens) }
    return layout.tokens(tokens, nil, addingSpecialTokens: addingSpecialTokens)
  }

  /// Returns the tokens of a pair of texts, such as a question and a context, and for each token its type: for BERT 0
  /// in the first text and 1 in the second.
  ///
  /// - Parameters:
  ///   - first: Any text.
  ///   - second: Any text.
  ///   - addingSpecialTokens: Whether to add the tokens of the template, such as `[SEP]`.
  /// - Returns: The tokens and as many types.
  public func encodePair(
    _ first: String, _ second: String, addingSpecialTokens: Bool = true
  ) -> (ids: [TokenID], typeIDs: [TokenID]) {
    let texts = [first, second].map { encode($0) { buffer, tokens in model.encode(buffer, into: &tokens) } }
    var ids: [TokenID] = []
    var typeIDs: [TokenID] = []
    for part in layout.pair {
      switch part {
      case .sequence(let isSecond, let typeID):
        ids += texts[isSecond ? 1 : 0]
        typeIDs += repeatElement(typeID, count: ids.count - typeIDs.count)
      case .special(let tokens, _, let typeID):
        if addingSpecialTokens { ids += tokens }
        typeIDs += repeatElement(typeID, count: ids.count - typeIDs.count)
      }
    }
    return (ids, typeIDs)
  }

  /// Returns tokens of `text` with merges left out at random, for training.
  ///
  /// Source: Provilkov et al., "BPE-Dropout: Simple and Effective Subword Regularization" (2020).
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - addingSpecialTokens: Whether to add the tokens of the template, such as `</s>`.
  ///   - dropout: The probability with which each merge is left out, in `0...1`; the paper uses 0.1. Models without
  ///     merges leave nothing out.
  ///   - seed: Equal seeds give equal tokens.
  /// - Returns: The tokens, in the order of the text.
  public func encode(
    _ text: String, addingSpecialTokens: Bool = true, dropout: Double, seed: UInt64
  ) -> [TokenID] {
    precondition(0...1 ~= dropout, "dropout is a probability, got \(dropout)")
    var random = MergeDropout(probability: dropout, seed: seed)
    let tokens = encode(text) { buffer, tokens in model.encode(buffer, into: &tokens, dropout: &random) }
    return layout.tokens(tokens, nil, addingSpecialTokens: addingSpecialTokens)
  }

  private func encode(
    _ text: String, _ encode: (PieceBuffer, inout [TokenID]) -> Void
  ) -> [TokenID] {
    var tokens: [TokenID] = []
    tokens.reserveCapacity(text.utf8.count / 3 + 2)
    forEachPart(of: text, tracksSources: false) { part in
      switch part {
      case .added(let token, _, _): tokens.append(token.id)
      case .pieces(let buffer): encode(buffer, &tokens)
      }
    }
    return tokens
  }

  /// A part of a text on its way to the model.
  enum Part {
    /// An added token, with the text that it was found in and what that stands for, if asked.
    case added(AddedToken, ArraySlice<UInt8>, SourceRange?)
    case pieces(PieceBuffer)
  }

  /// Calls `body` with the parts of a text in order: added tokens, and what lies between them, cut into pieces.
  func forEachPart(of text: String, tracksSources: Bool, _ body: (Part) -> Void) {
    var text = text
    text.withUTF8 { bytes in
      rawMatcher.forEachStretch(of: bytes) { range, added in
        let stretch = UnsafeBufferPointer(rebasing: bytes[range])
        if let added {
          let source = tracksSources ? SourceRange(start: range.lowerBound, end: range.upperBound) : nil
          body(.added(added, Array(stretch)[...], source))
          return
        }
        var text = NormalizedText(
          bytes: Array(stretch), startsText: range.lowerBound == 0,
          sources: tracksSources ? SourceRange.identity(stretch, offset: range.lowerBound) : nil)
        normalizer?.normalize(&text)
        if normalizedMatcher.isEmpty {
          body(.pieces(pieces(of: text)))
        } else {
          forEachPart(of: text, body)
        }
      }
    }
  }

  private func forEachPart(of text: NormalizedText, _ body: (Part) -> Void) {
    text.bytes.withUnsafeBufferPointer { bytes in
      normalizedMatcher.forEachStretch(of: bytes) { range, added in
        if let added {
          let source = text.sources.map {
            SourceRange(start: $0[range.lowerBound].start, end: $0[range.upperBound - 1].end)
          }
          body(.added(added, text.bytes[range], source))
        } else {
          let part = NormalizedText(
            bytes: Array(bytes[range]), startsText: text.startsText && range.lowerBound == 0,
            sources: text.sources.map { Array($0[range]) })
          body(.pieces(pieces(of: part)))
        }
      }
    }
  }

  private func pieces(of text: NormalizedText) -> PieceBuffer {
    var buffer = PieceBuffer(bytes: text.bytes, startsText: text.startsText, sources: text.sources)
    preTokenizer?.split(&buffer)
    return buffer
  }

  /// The pieces of `text` that the model would see: what a trainer counts.
  func pieces(of text: String) -> PieceBuffer {
    var normalized = NormalizedText(bytes: Array(text.utf8), startsText: true)
    normalizer?.normalize(&normalized)
    return pieces(of: normalized)
  }

  // MARK: Decoding

  /// Returns the text of `tokens`, without special tokens if so asked.
  public func decode(_ tokens: some Sequence<TokenID>, skippingSpecialTokens: Bool) -> String {
    var pieces = PieceBuffer()
    for id in tokens {
      guard let spelling = spelling(id) else { continue }
      if skippingSpecialTokens, roles[Int(id)] == .special { continue }
      if decoder == nil, !pieces.pieces.isEmpty { pieces.append([0x20]) }
      pieces.append(spelling)
    }
    decoder?.decode(&pieces)
    return String(decoding: pieces.joined(), as: UTF8.self)
  }
}
