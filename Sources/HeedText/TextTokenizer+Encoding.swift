extension TextTokenizer {
  /// Returns the tokens of a text or of a pair of texts with their spellings, types and places in the text.
  ///
  /// It costs more than `encode`; use it where places are needed.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - pair: The second text of a pair, such as a context after its question.
  ///   - addingSpecialTokens: Whether to add the tokens of the template, such as `[CLS]`.
  /// - Returns: The tokens, in the order of the template.
  public func encoding(
    of text: String, pair: String? = nil, addingSpecialTokens: Bool = true
  ) -> Encoding {
    var encodings = [plainEncoding(of: text)]
    if let pair { encodings.append(plainEncoding(of: pair)) }
    for trimming in layout.trimmings {
      for index in encodings.indices { Self.trim(&encodings[index], trimming) }
    }
    var output = Encoding()
    for part in pair == nil ? layout.single : layout.pair {
      switch part {
      case .sequence(let isSecond, let typeID):
        let number = isSecond ? 1 : 0
        guard encodings.indices.contains(number) else { continue }
        encodings[number].typeIDs = encodings[number].ids.map { _ in typeID }
        encodings[number].texts = encodings[number].ids.map { _ in number }
        output.append(encodings[number], encodings[number].ids.indices)
      case .special(let ids, let spellings, let typeID):
        guard addingSpecialTokens else { continue }
        for (id, spelling) in zip(ids, spellings) {
          output.append(id, token: String(decoding: spelling, as: UTF8.self), typeID: typeID, isSpecial: true)
        }
      }
    }
    return output
  }

  /// The tokens of a text alone.
  private func plainEncoding(of text: String) -> Encoding {
    var output = Encoding()
    let places = ScalarPlaces(text)
    var word = 0
    forEachPart(of: text, tracksSources: true) { part in
      switch part {
      case .added(let token, let spelling, let source):
        output.append(
          token.id, token: String(decoding: spelling, as: UTF8.self),
          offsets: places.range(source ?? SourceRange(start: 0, end: 0)), word: word)
        word += 1
      case .pieces(let buffer):
        var spans: [TokenSpan] = []
        model.encode(buffer, into: &spans)
        for span in spans { append(span, buffer, word + span.piece, places, to: &output) }
        word += buffer.pieces.count
      }
    }
    return output
  }

  private func append(
    _ span: TokenSpan, _ buffer: PieceBuffer, _ word: Int, _ places: ScalarPlaces, to output: inout Encoding
  ) {
    let piece = buffer.pieces[span.piece]
    var source = SourceRange(start: span.start, end: span.end)
    var spelling = model.vocabulary.spelling(span.id) ?? []
    let range = piece.lowerBound + span.start..<piece.lowerBound + span.end
    // A token that reaches beyond its piece, which only a spelled-out suffix does, keeps its own bytes as its place:
    // odd, but so it is in the reference.
    if let sources = buffer.sources, range.upperBound <= piece.upperBound, !range.isEmpty {
      source = SourceRange(start: sources[range.lowerBound].start, end: sources[range.upperBound - 1].end)
      if span.isLiteral { spelling = buffer.bytes[range] }
    }
    output.append(
      span.id, token: String(decoding: spelling, as: UTF8.self), offsets: places.range(source), word: word)
  }

  /// Takes the white space at the ends of tokens out of their offsets.
  private static func trim(_ encoding: inout Encoding, _ trimming: SequenceLayout.Trimming) {
    let classes = ScalarClasses.shared
    func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value == ByteLetters.letter(of: 0x20) || classes[scalar.value].contains(.whitespace)
    }
    for index in encoding.ids.indices {
      let scalars = encoding.tokens[index].unicodeScalars
      var leading = scalars.prefix(while: isSpace).count
      let trailing = scalars.reversed().prefix(while: isSpace).count
      var (start, end) = (encoding.offsets[index].lowerBound, encoding.offsets[index].upperBound)
      if leading > 0 {
        // A single space at the beginning may be one that the pre-tokenizer put there.
        if index == 0 || start == 0, trimming.addsPrefixSpace, leading == 1 { leading = 0 }
        start = min(start + leading, end)
      }
      if trailing > 0, end >= trailing { end = max(end - trailing, start) }
      encoding.offsets[index] = start..<end
    }
  }
}

/// Places of bytes as places of scalars.
private struct ScalarPlaces {
  /// For each byte the number of its scalar; at the end the number of scalars.
  private var numbers: [Int] = []

  init(_ text: String) {
    numbers.reserveCapacity(text.utf8.count + 1)
    var count = -1
    for byte in text.utf8 {
      if byte & 0xC0 != 0x80 { count += 1 }
      numbers.append(count)
    }
    numbers.append(count + 1)
  }

  func range(_ source: SourceRange) -> Range<Int> {
    let start = place(source.start)
    return start..<max(start, place(source.end))
  }

  private func place(_ byte: Int) -> Int { byte < numbers.count ? numbers[max(byte, 0)] : byte }
}
