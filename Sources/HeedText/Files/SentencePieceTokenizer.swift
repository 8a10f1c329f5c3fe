#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension TextTokenizer {
  /// Reads a SentencePiece model by itself, such as `tokenizer.model`, and gives the tokens that SentencePiece gives.
  ///
  /// Control pieces such as `</s>` are special tokens: they are found in a text, and left out of a decoded one. None is
  /// added to a text; a family's directory says which are (see `TokenizerDirectory`).
  ///
  /// - Parameter url: The file.
  /// - Throws: `TokenizerError`, which names the file and what is wrong in it.
  public init(sentencePiece url: URL) throws(TokenizerError) {
    let file = try SentencePieceFile(contentsOf: url)
    do throws(TokenizerError) {
      var parts = try TokenizerParts.sentencePiece(file)
      try parts.addPieces(of: file)
      self = parts.tokenizer()
    } catch {
      throw error.located(in: url)
    }
  }
}

extension TokenizerParts {
  /// What a SentencePiece file describes, exactly.
  static func sentencePiece(
    _ file: SentencePieceFile, vocabulary: Vocabulary? = nil, unknownToken: [UInt8]? = nil,
    readsLanguageCode: Bool = false
  ) throws(TokenizerError) -> TokenizerParts {
    var parts = TokenizerParts(
      model: try SentencePieceModel(
        file, vocabulary: vocabulary, unknownToken: unknownToken, readsLanguageCode: readsLanguageCode))
    let spaces = SentencePieceNormalizer.Spaces(
      addsDummyPrefix: file.addsDummyPrefix, removesExtra: file.removesExtraWhitespace,
      isSuffix: file.treatsWhitespaceAsSuffix)
    parts.normalizer = SentencePieceNormalizer(
      map: try file.map(), spaces: spaces,
      literals: file.pieces.filter { $0.type == .userDefined }.map { $0.text },
      readsLanguageCode: readsLanguageCode)
    var steps: [any TokenDecoder] = [ReplaceDecoder("▁", with: " "), ByteFallbackDecoder(), FuseDecoder()]
    if file.removesExtraWhitespace {
      steps.append(StripDecoder(" ", start: Int(Int32.max), end: 0))
    } else if file.addsDummyPrefix {
      steps.append(StripDecoder(" ", start: 1, end: 0))
    }
    parts.decoder = DecoderSequence(steps)
    return parts
  }

  /// Adds control pieces and what stands for unknown text as special tokens.
  mutating func addPieces(of file: SentencePieceFile) throws(TokenizerError) {
    for piece in file.pieces where piece.type == .control || piece.type == .unknown {
      try add(TokenizerSettings.Token(piece.name))
    }
  }

  /// Adds control pieces and what the user defined, as `transformers` does for models that it converts.
  mutating func addConvertedPieces(of file: SentencePieceFile) throws(TokenizerError) {
    for piece in file.pieces where piece.type == .control || piece.type == .userDefined {
      var token = TokenizerSettings.Token(piece.name)
      token.isSpecial = piece.type == .control
      try add(token)
    }
  }
}

extension SentencePieceFile {
  /// The map of characters, or nil if text stays as it is.
  func map() throws(TokenizerError) -> CharacterMap? {
    if characterMap.isEmpty { return nil }
    guard let map = CharacterMap(characterMap) else {
      throw .invalid("normalizer_spec.precompiled_charsmap", "the bytes are not a compiled map of characters")
    }
    return map
  }
}
