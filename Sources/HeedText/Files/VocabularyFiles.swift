#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension TokenizerFolder {
  // MARK: vocab.txt

  /// BERT's `vocab.txt`, a token a line.
  func bert() throws(TokenizerError) -> Result {
    let url = try file("vocab.txt")
    var vocabulary = Vocabulary()
    for (line, token) in try TokenizerFile.lines(url).enumerated() {
      if let problem = vocabulary.insert(token, TokenID(truncatingIfNeeded: line)) {
        throw TokenizerError(.invalid, file: url.path, field: "line \(line + 1)", problem)
      }
    }
    let unknown = settings.token(.unknown, default: "[UNK]")?.content ?? []
    guard
      let model = WordPieceModel(
        vocabulary: vocabulary, unknownToken: unknown, continuingPrefix: Array("##".utf8), wordLengthLimit: 100)
    else {
      throw TokenizerError(
        .invalid, file: url.path, field: "unk_token",
        "the token \"\(String(decoding: unknown, as: UTF8.self))\" is not in the vocabulary")
    }
    var parts = TokenizerParts(model: model)
    let stripsAccents = settings.flag("strip_accents")
    try parts.setBERT(
      lowercases: try settings.bool("do_lower_case", default: true),
      stripsAccents: stripsAccents == nil ? nil : try settings.bool("strip_accents", default: false),
      separatesChinese: try settings.bool("tokenize_chinese_chars", default: true))
    let specials = try parts.addTokens(settings, defaults: Kind.bert.usualTokens)
    try parts.frameAsBERT(
      first: (specials[.classification] ?? "", try parts.id(.classification, specials)),
      last: (specials[.separator] ?? "", try parts.id(.separator, specials)))
    return finish(parts, specials, .bert)
  }

  // MARK: vocab.json and merges.txt

  /// The byte-level encodings that GPT-2 began: `vocab.json` and `merges.txt`, cut and framed in different ways.
  func byteLevel(_ kind: Kind) throws(TokenizerError) -> Result {
    var parts = TokenizerParts(model: try byteLevelModel())
    let addsPrefixSpace = try settings.bool("add_prefix_space", default: false)
    parts.preTokenizer = ByteLevelPreTokenizer(addsPrefixSpace: addsPrefixSpace)
    parts.decoder = ByteLevelDecoder()
    if kind == .qwen2 {
      parts.normalizer = NFCNormalizer()
      try parts.setByteLevel(splitBy: [TokenPatterns.qwen2], addsPrefixSpace: addsPrefixSpace)
    }
    let specials = try parts.addTokens(settings, defaults: kind.usualTokens)
    guard kind == .roberta else {
      try parts.setEnds(settings, specials, addsBeginning: false)
      return finish(parts, specials, kind)
    }
    func pair(_ role: SpecialTokens.Role) throws(TokenizerError) -> JSONOutput {
      .array([.text(specials[role] ?? ""), .integer(Int(try parts.id(role, specials)))])
    }
    try parts.setPostProcessor(
      .component(
        "RobertaProcessing",
        [
          ("sep", try pair(.separator)), ("cls", try pair(.classification)),
          ("trim_offsets", .bool(try settings.bool("trim_offsets", default: true))),
          ("add_prefix_space", .bool(addsPrefixSpace)),
        ]))
    return finish(parts, specials, kind)
  }

  private func byteLevelModel() throws(TokenizerError) -> BPEModel {
    let vocabulary = try self.vocabulary("vocab.json")
    let url = try file("merges.txt")
    var merges: [(left: TokenID, right: TokenID)] = []
    var lines: [Int] = []
    for (line, text) in try TokenizerFile.lines(url).enumerated() {
      if text.starts(with: "#version".utf8) || text.isEmpty { continue }
      let tokens = text.split(separator: 0x20, omittingEmptySubsequences: false)
      func problem(_ message: String) -> TokenizerError {
        TokenizerError(.invalid, file: url.path, field: "line \(line + 1)", message)
      }
      guard tokens.count == 2 else { throw problem("expected two tokens, found \(tokens.count)") }
      var ids: [TokenID] = []
      for token in tokens {
        guard let id = vocabulary.id(token) else {
          throw problem("the token \"\(String(decoding: token, as: UTF8.self))\" is not in the vocabulary")
        }
        ids.append(id)
      }
      merges.append((ids[0], ids[1]))
      lines.append(line + 1)
    }
    do throws(BPEModel.MergeProblem) {
      return try BPEModel(vocabulary: vocabulary, merges: merges, settings: BPEModel.Settings())
    } catch {
      throw TokenizerError(.invalid, file: url.path, field: "line \(lines[error.rank])", error.message)
    }
  }

  /// An object of spellings and identifiers.
  func vocabulary(_ name: String) throws(TokenizerError) -> Vocabulary {
    let url = try file(name)
    let document = try TokenizerFile.document(url)
    do throws(TokenizerError) {
      return try Vocabulary(json: document.root)
    } catch {
      throw error.located(in: url)
    }
  }
}

extension TokenizerParts {
  /// BERT's normalizer, pre-tokenizer and decoder.
  mutating func setBERT(
    lowercases: Bool, stripsAccents: Bool?, separatesChinese: Bool
  ) throws(TokenizerError) {
    try setNormalizer(
      .component(
        "BertNormalizer",
        [
          ("clean_text", .bool(true)), ("handle_chinese_chars", .bool(separatesChinese)),
          ("strip_accents", stripsAccents.map { .bool($0) } ?? .null), ("lowercase", .bool(lowercases)),
        ]))
    try setPreTokenizer(.component("BertPreTokenizer"))
    try setDecoder(.component("WordPiece", [("prefix", .text("##")), ("cleanup", .bool(true))]))
  }

  /// The template `[CLS] $A [SEP]`, or for pairs `[CLS] $A [SEP] $B [SEP]` with another type from `$B` on.
  mutating func frameAsBERT(
    first: (spelling: String, id: TokenID), last: (spelling: String, id: TokenID)
  ) throws(TokenizerError) {
    let begin = Part.token(first.spelling, 0), end = Part.token(last.spelling, 0)
    try setPostProcessor(
      Self.template(
        single: [begin, .text("A", 0), end],
        pair: [begin, .text("A", 0), end, .text("B", 1), .token(last.spelling, 1)], tokens: [first, last]))
  }
}

/// The patterns by which families cut text into words.
enum TokenPatterns {
  /// GPT-2's, which `ByteLevel` follows by hand.
  static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  /// Llama 3's: up to three digits together.
  static let llama3 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  /// Qwen2's: each digit alone.
  static let qwen2 =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
}
