extension SentencePieceModel {
  /// Reads what `json` writes for models that a standard one cannot stand for.
  init(json: JSONValue) throws(TokenizerError) {
    var file = SentencePieceFile()
    let name = try json.required("model_type")
    switch try name.string() {
    case "unigram": file.algorithm = .unigram
    case "bpe": file.algorithm = .bpe
    default: throw name.invalid("expected unigram or bpe, found \(try name.string())")
    }
    file.fallsBackToBytes = try json.bool("byte_fallback", default: false)
    for value in try json.required("pieces").elements() {
      let parts = try value.elements()
      guard parts.count == 3 else { throw value.invalid("expected a piece, its score and its type") }
      let type = try parts[2].integer(in: 1...6)
      guard let pieceType = SentencePieceFile.PieceType(rawValue: Int32(type)) else {
        throw parts[2].invalid("expected a type from 1 to 6")
      }
      file.pieces.append(
        .init(text: Array(try parts[0].bytes()), score: Float(try parts[1].double()), type: pieceType))
    }
    do throws(TokenizerError) {
      try file.check()
      try self.init(
        file, vocabulary: try json.optional("vocab").map { value throws(TokenizerError) in try Vocabulary(json: value) },
        unknownToken: try json.optional("unk_token").map { value throws(TokenizerError) in Array(try value.bytes()) },
        readsLanguageCode: try json.bool("language_codes", default: false))
    } catch {
      throw json.invalid(error.description)
    }
  }

  /// `Unigram` or `BPE` where they give the same tokens, but for texts that spell a byte's token out, and for equal
  /// scores; or else a component that only Heed reads.
  var json: JSONOutput {
    let isStandard = !isRenamed && pieces.allSatisfy { $0.type != .userDefined && $0.type != .unused }
    guard isStandard else { return ownJSON }
    return algorithm == .unigram ? unigramJSON : bpeJSON
  }

  private var ownJSON: JSONOutput {
    .component(
      Self.type,
      [
        ("model_type", .text("\(algorithm)")), ("byte_fallback", .bool(fallsBackToBytes)),
        (
          "pieces",
          .array(
            pieces.map { piece in
              .array([
                .string(piece.text), .double(Double(piece.score)), .integer(Int(piece.type.rawValue)),
              ])
            })
        ),
        ("vocab", isRenamed ? vocabulary.json : .null),
        ("unk_token", isRenamed ? .string(unknownToken) : .null),
        ("language_codes", .bool(readsLanguageCode)),
      ])
  }

  private var unigramJSON: JSONOutput {
    .component(
      "Unigram",
      [
        ("unk_id", .integer(pieces.firstIndex { $0.type == .unknown } ?? 0)),
        ("vocab", .array(pieces.map { .array([.string($0.text), .double(Double($0.score))]) })),
        ("byte_fallback", .bool(fallsBackToBytes)),
      ])
  }

  private var bpeJSON: JSONOutput {
    let merges = PieceMerges.byScore(pieces, vocabulary)
    var settings = BPEModel.Settings()
    settings.unknownToken = unknownToken
    settings.fusesUnknown = true
    settings.fallsBackToBytes = fallsBackToBytes
    let model = try? BPEModel(vocabulary: vocabulary, merges: merges, settings: settings)
    return model?.json ?? ownJSON
  }
}

/// Merges for pieces that come without: every way to make a piece of two.
enum PieceMerges {
  /// In the order of the pieces' identifiers, as `transformers` makes them for models that it converts.
  static func byIdentifier(_ vocabulary: Vocabulary) -> [(left: TokenID, right: TokenID)] {
    merges(vocabulary) { vocabulary.ids[$0] < vocabulary.ids[$1] }
  }

  /// In the order of the pieces' scores, the highest first.
  static func byScore(
    _ pieces: [SentencePieceFile.Piece], _ vocabulary: Vocabulary
  ) -> [(left: TokenID, right: TokenID)] {
    func score(_ index: Int) -> Float { pieces[Int(vocabulary.ids[index])].score }
    func isPiece(_ index: Int) -> Bool { pieces[Int(vocabulary.ids[index])].type == .normal }
    return merges(vocabulary, where: isPiece) {
      (score($1), vocabulary.ids[$0]) < (score($0), vocabulary.ids[$1])
    }
  }

  /// Of the same result, the shorter left part comes first.
  private static func merges(
    _ vocabulary: Vocabulary, where isPiece: (Int) -> Bool = { _ in true },
    areInOrder: (Int, Int) -> Bool
  ) -> [(left: TokenID, right: TokenID)] {
    var result: [(left: TokenID, right: TokenID)] = []
    let order = (0..<vocabulary.count).filter(isPiece).sorted(by: areInOrder)
    for index in order {
      vocabulary.table[index].withUnsafeBufferPointer { piece in
        var cut = UTF8Scanning.length(lead: piece.first ?? 0)
        while cut < piece.count {
          if let left = vocabulary.table.find(UnsafeBufferPointer(rebasing: piece[..<cut])), isPiece(left),
            let right = vocabulary.table.find(UnsafeBufferPointer(rebasing: piece[cut...])), isPiece(right)
          {
            result.append((vocabulary.ids[left], vocabulary.ids[right]))
          }
          cut += UTF8Scanning.length(lead: piece[cut])
        }
      }
    }
    return result
  }
}
