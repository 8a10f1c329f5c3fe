/// The tokens by which a multilingual model is told languages.
public struct LanguageTokens: Sendable, Hashable {
  /// What a language token says, and where it stands.
  public enum Placement: Sendable, Hashable {
    /// Each text begins with the token of its own language, as in M2M100: the source with the source language's, and the
    /// target, which is forced to begin with it, with the target language's.
    case ownLanguage
    /// The source begins with the token of the language that it is to be translated into, as in Marian.
    case targetLanguage
  }

  /// Where the tokens stand.
  public let placement: Placement
  /// The token of each language, by its code, such as `en`.
  public let ids: [String: TokenID]

  /// The codes, in order.
  public var codes: [String] { ids.keys.sorted() }

  /// The token of a language.
  ///
  /// - Throws: `TokenizerError` for a language that the model does not know; it names those that it does.
  public func id(_ code: String) throws(TokenizerError) -> TokenID {
    guard let id = ids[code] else {
      throw TokenizerError(
        .invalid, file: "language",
        "the model does not know \"\(code)\"; it knows \(codes.joined(separator: ", "))")
    }
    return id
  }

  /// Finds the tokens of a vocabulary: `__en__` as M2M100 spells them, or `>>fr<<` as Marian does.
  static func find(in tokenizer: TextTokenizer, placement: Placement) -> LanguageTokens? {
    let (prefix, suffix) = placement == .ownLanguage ? ("__", "__") : (">>", "<<")
    var ids: [String: TokenID] = [:]
    func add(_ spelling: some Collection<UInt8>, _ id: TokenID) {
      guard spelling.count > 4, spelling.starts(with: prefix.utf8),
        spelling.suffix(2).elementsEqual(suffix.utf8)
      else { return }
      ids[String(decoding: spelling.dropFirst(2).dropLast(2), as: UTF8.self)] = id
    }
    for token in tokenizer.addedTokens { add(token.content, token.id) }
    if placement == .targetLanguage {
      let vocabulary = tokenizer.model.vocabulary
      for index in 0..<vocabulary.count { add(vocabulary.table[index], vocabulary.ids[index]) }
    }
    return ids.isEmpty ? nil : LanguageTokens(placement: placement, ids: ids)
  }
}
