/// The identifier of a token: its row in the embedding.
public typealias TokenID = Int32

/// Turns text into token identifiers and back.
///
/// Whatever can go wrong goes wrong when a tokenizer is loaded: encoding and decoding cannot fail.
public protocol Tokenizer: Sendable {
  /// Returns the tokens of `text`.
  ///
  /// - Parameters:
  ///   - text: Any text; spellings are compared byte by byte, so composed and decomposed forms differ.
  ///   - addingSpecialTokens: Whether to add the tokens of the template, such as `</s>`.
  /// - Returns: The tokens, in the order of the text.
  func encode(_ text: String, addingSpecialTokens: Bool) -> [TokenID]

  /// Returns the text of `tokens`, with U+FFFD for bytes that are not UTF-8.
  ///
  /// - Parameters:
  ///   - tokens: Identifiers; those outside the vocabulary are passed over.
  ///   - skippingSpecialTokens: Whether to leave out special tokens, such as `</s>`.
  /// - Returns: The text.
  func decode(_ tokens: some Sequence<TokenID>, skippingSpecialTokens: Bool) -> String

  /// The number of rows that an embedding needs: one more than the largest identifier.
  var vocabularySize: Int { get }

  /// Returns the spelling of a token, as it stands in the vocabulary, or nil if there is none.
  func token(for id: TokenID) -> String?

  /// Returns the identifier of a token spelled exactly like `token`, or nil if there is none.
  func id(for token: String) -> TokenID?
}

extension Tokenizer {
  /// Returns the tokens of `text` with the special tokens of the template.
  public func encode(_ text: String) -> [TokenID] {
    encode(text, addingSpecialTokens: true)
  }

  /// Returns the text of `tokens` without special tokens.
  public func decode(_ tokens: some Sequence<TokenID>) -> String {
    decode(tokens, skippingSpecialTokens: true)
  }
}
