#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Families whose vocabulary is a SentencePiece model, read as `transformers` 5 reads them.
extension TokenizerFolder {
  /// A SentencePiece model by itself.
  func sentencePiece(_ name: String) throws(TokenizerError) -> Result {
    let url = try file(name)
    let model = try SentencePieceFile(contentsOf: url)
    return try locating(url) { () throws(TokenizerError) in
      var parts = try TokenizerParts.sentencePiece(model)
      try parts.addPieces(of: model)
      let specials = try parts.addTokens(settings, defaults: Kind.sentencePiece.usualTokens)
      try parts.setEnds(settings, specials, addsBeginning: false)
      var result = finish(parts, specials, .sentencePiece)
      result.files = [name]
      return result
    }
  }

  /// T5's `spiece.model`: pieces, and after them `<extra_id_99>` down to `<extra_id_0>`.
  func t5() throws(TokenizerError) -> Result {
    let url = try file("spiece.model")
    let model = try SentencePieceFile(contentsOf: url)
    return try locating(url) { () throws(TokenizerError) in
      guard model.algorithm == .unigram else {
        throw .unsupported(
          "trainer_spec.model_type", "a model of T5 of type \(model.algorithm)", supported: ["unigram"])
      }
      var pieces = model.pieces.map { UnigramModel.Piece(bytes: $0.text, score: Double($0.score)) }
      let extraCount = try settings.flag("extra_ids")?.integer(in: 0...65_536) ?? 100
      let extras = (0..<extraCount).map { "<extra_id_\($0)>" }
      for extra in extras.reversed() { pieces.append(.init(bytes: Array(extra.utf8), score: 0)) }
      var parts = TokenizerParts(
        model: UnigramModel(pieces: pieces, unknownID: model.unknownID, fallsBackToBytes: false))
      if !model.characterMap.isEmpty { try parts.setNormalizer(.precompiled(model.characterMap)) }
      try parts.setPreTokenizer(
        .component(
          "Sequence",
          [("pretokenizers", .array([.component("WhitespaceSplit"), .metaspace(.always)]))]))
      try parts.setDecoder(.metaspace(.always))
      try parts.addConvertedPieces(of: model)
      var specials = try parts.addTokens(settings, defaults: Kind.t5.usualTokens)
      for extra in extras where !specials.additional.contains(extra) {
        try parts.add(TokenizerSettings.Token(extra))
        specials.additional.append(extra)
      }
      let end = (spelling: specials[.end] ?? "", id: try parts.id(.end, specials))
      try parts.setPostProcessor(TokenizerParts.template(before: [], after: [end], secondType: 0))
      return finish(parts, specials, .t5)
    }
  }

  /// Llama's `tokenizer.model`: pieces whose merges are in the order of their identifiers.
  func llama() throws(TokenizerError) -> Result {
    let url = try file("tokenizer.model")
    let model = try SentencePieceFile(contentsOf: url)
    guard model.algorithm == .bpe else { return try sentencePiece("tokenizer.model") }
    return try locating(url) { () throws(TokenizerError) in
      var vocabulary = Vocabulary(minimumCapacity: model.pieces.count)
      for (position, piece) in model.pieces.enumerated() {
        if let problem = vocabulary.insert(piece.text, TokenID(truncatingIfNeeded: position)) {
          throw .invalid("pieces[\(position)]", problem)
        }
      }
      var settings = BPEModel.Settings()
      settings.fusesUnknown = true
      settings.fallsBackToBytes = true
      let bpe: BPEModel
      do throws(BPEModel.MergeProblem) {
        bpe = try BPEModel(
          vocabulary: vocabulary, merges: PieceMerges.byIdentifier(vocabulary), settings: settings)
      } catch {
        throw .invalid("pieces", error.message)
      }
      var parts = TokenizerParts(model: bpe)
      let addsPrefixSpace = try self.settings.bool("add_prefix_space", default: true)
      let isLegacy = try self.settings.bool("legacy", default: false)
      parts.preTokenizer = MetaspacePreTokenizer(
        MetaspaceSettings(scheme: addsPrefixSpace ? isLegacy ? .always : .first : .never, splits: false))
      let steps: [any TokenDecoder] = [ReplaceDecoder("▁", with: " "), ByteFallbackDecoder(), FuseDecoder()]
      parts.decoder = DecoderSequence(
        addsPrefixSpace ? steps + [StripDecoder(" ", start: 1, end: 0)] : steps)
      try parts.addConvertedPieces(of: model)
      let specials = try parts.addTokens(self.settings, defaults: Kind.llama.usualTokens)
      try parts.setEnds(self.settings, specials, addsBeginning: false)
      return finish(parts, specials, .llama)
    }
  }

  /// Marian's two models, whose pieces `vocab.json` numbers.
  func marian() throws(TokenizerError) -> Result {
    let vocabulary = try self.vocabulary("vocab.json")
    var files = Kind.marian.files
    var targetVocabulary = vocabulary
    if try settings.bool("separate_vocabs", default: false) {
      targetVocabulary = try self.vocabulary("target_vocab.json")
      files.append("target_vocab.json")
    }
    let (source, specials) = try marianSide("source.spm", vocabulary)
    let (target, _) = try marianSide("target.spm", targetVocabulary)
    return Result(
      source: source, target: target, specials: specials,
      languages: LanguageTokens.find(in: source, placement: .targetLanguage), files: files)
  }

  private func marianSide(
    _ name: String, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> (TextTokenizer, SpecialTokens) {
    let url = try file(name)
    let model = try SentencePieceFile(contentsOf: url)
    return try locating(url) { () throws(TokenizerError) in
      var parts = try TokenizerParts.sentencePiece(
        model, vocabulary: vocabulary,
        unknownToken: settings.token(.unknown, default: "<unk>")?.content, readsLanguageCode: true)
      parts.decoder = Self.trimmedDecoder
      let specials = try parts.addTokens(settings, defaults: Kind.marian.usualTokens)
      let end = (spelling: specials[.end] ?? "", id: try parts.id(.end, specials))
      try parts.setPostProcessor(TokenizerParts.template(before: [], after: [end], secondType: 0))
      return (parts.tokenizer(), specials)
    }
  }

  /// M2M100's model, whose pieces `vocab.json` numbers; the tokens of languages come after them.
  func m2m100() throws(TokenizerError) -> Result {
    let vocabulary = try self.vocabulary("vocab.json")
    let url = try file("sentencepiece.bpe.model")
    let model = try SentencePieceFile(contentsOf: url)
    return try locating(url) { () throws(TokenizerError) in
      var parts = try TokenizerParts.sentencePiece(
        model, vocabulary: vocabulary, unknownToken: settings.token(.unknown, default: "<unk>")?.content)
      parts.decoder = Self.trimmedDecoder
      // The class gives languages their identifiers by their places in its list, whatever else the files say.
      let codes = try M2M100Languages.codes(settings.flag("language_codes")?.string() ?? "m2m100")
      for (position, code) in codes.enumerated() {
        try parts.add(
          TokenizerSettings.Token("__\(code)__"), id: TokenID(truncatingIfNeeded: vocabulary.count + position))
      }
      let specials = try parts.addTokens(settings, defaults: Kind.m2m100.usualTokens)
      let end = (spelling: specials[.end] ?? "", id: try parts.id(.end, specials))
      let code = try settings.flag("src_lang")?.string() ?? "en"
      var result = finish(parts, specials, .m2m100)
      let languages = LanguageTokens.find(in: result.source, placement: .ownLanguage)
      let begin = (spelling: "__\(code)__", id: try languages?.id(code) ?? 0)
      try parts.setPostProcessor(TokenizerParts.template(before: [begin], after: [end], secondType: 0))
      result.source = parts.tokenizer()
      result.languages = languages
      return result
    }
  }

  /// Marks read as spaces, and none at the ends.
  private static var trimmedDecoder: DecoderSequence {
    DecoderSequence([
      ReplaceDecoder("▁", with: " "), ByteFallbackDecoder(), FuseDecoder(),
      StripDecoder(" ", start: Int(Int32.max), end: Int(Int32.max)),
    ])
  }

  /// Runs `body`, whose errors then name a file.
  private func locating<Value>(
    _ url: URL, _ body: () throws(TokenizerError) -> Value
  ) throws(TokenizerError) -> Value {
    do throws(TokenizerError) {
      return try body()
    } catch {
      throw error.located(in: url)
    }
  }
}

/// The languages of M2M100 in the order of their tokens.
enum M2M100Languages {
  static func codes(_ name: String) throws(TokenizerError) -> [Substring] {
    switch name {
    case "m2m100": m2m100.split(separator: " ")
    case "wmt21": wmt21.split(separator: " ")
    default:
      throw .unsupported("language_codes", "the list of languages \(name)", supported: ["m2m100", "wmt21"])
    }
  }

  private static let m2m100 = """
    af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi \
    hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns \
    oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh \
    zu
    """
  private static let wmt21 = "en ha is ja cs ru zh de"
}
