/// The tokenizer that a GGUF file holds in its metadata, under `tokenizer.ggml`.
public struct GGUFTokenizerFields: Sendable {
  /// What kind it is: `llama` (SentencePiece pieces that merge by their scores) or `gpt2` (byte-level encoding).
  public var model: String
  /// How text is cut into words, where the kind is `gpt2`.
  public var pre: String?
  /// The spelling of each token, by its identifier.
  public var tokens: [String]
  /// The score of each token, where the kind is `llama`.
  public var scores: [Float]?
  /// What each token is: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; nil if all are normal.
  public var types: [Int32]?
  /// Pairs of tokens that merge, where the kind is `gpt2`, each with a space between.
  public var merges: [String]?
  /// The token that begins a text.
  public var beginningID: TokenID?
  /// The token that ends a text.
  public var endID: TokenID?
  /// The token that stands for unknown text.
  public var unknownID: TokenID?
  /// The token that fills rows up.
  public var paddingID: TokenID?
  /// The token between two texts.
  public var separatorID: TokenID?
  /// Whether texts begin with the token that begins them; nil leaves it to the kind.
  public var addsBeginning: Bool?
  /// Whether texts end with the token that ends them; nil leaves it to the kind.
  public var addsEnd: Bool?
  /// Whether a space is put before a text, where the kind is `llama`; nil leaves it to the kind.
  public var addsSpacePrefix: Bool?

  /// Fields of a kind, with everything else as it is where a file says nothing.
  public init(model: String, tokens: [String]) { (self.model, self.tokens) = (model, tokens) }
}

/// What a GGUF file's metadata makes.
public struct GGUFTokenizer: Sendable {
  /// The tokenizer.
  public let tokenizer: TextTokenizer
  /// Its special tokens.
  public let specialTokens: SpecialTokens
}

extension TextTokenizer {
  /// The names of pre-tokenizers that `gguf` knows.
  public static let ggufPreTokenizers = ["default", "gpt-2", "llama-bpe", "qwen2", "smollm"]

  /// Makes the tokenizer that a GGUF file describes, which gives the tokens that llama.cpp gives.
  ///
  /// - Parameter fields: What the file's metadata says.
  /// - Returns: The tokenizer and its special tokens.
  /// - Throws: `TokenizerError`, which names the field, and what is supported where the kind or the pre-tokenizer is not.
  public static func gguf(_ fields: GGUFTokenizerFields) throws(TokenizerError) -> GGUFTokenizer {
    do throws(TokenizerError) {
      try fields.check()
      switch fields.model {
      case "llama": return try fields.scored()
      case "gpt2": return try fields.byteLevel()
      default:
        throw .unsupported("model", "a tokenizer of the kind \(fields.model)", supported: ["llama", "gpt2"])
      }
    } catch {
      var located = error
      located.file = located.file ?? "tokenizer.ggml"
      throw located
    }
  }
}

extension GGUFTokenizerFields {
  fileprivate func check() throws(TokenizerError) {
    guard !tokens.isEmpty else { throw .invalid("tokens", "there are none") }
    for (name, count) in [("scores", scores?.count), ("token_type", types?.count)] {
      if let count, count != tokens.count {
        throw .invalid(name, "there are \(count) for \(tokens.count) tokens")
      }
    }
    let ids = [
      ("bos_token_id", beginningID), ("eos_token_id", endID), ("unknown_token_id", unknownID),
      ("padding_token_id", paddingID), ("seperator_token_id", separatorID),
    ]
    for (name, id) in ids {
      if let id, !tokens.indices.contains(Int(id)) {
        throw .invalid(name, "the identifier \(id) is not one of \(tokens.count) tokens")
      }
    }
  }

  private func type(_ id: Int) -> SentencePieceFile.PieceType {
    types.flatMap { SentencePieceFile.PieceType(rawValue: $0[id]) } ?? .normal
  }

  /// Pieces that merge by their scores.
  fileprivate func scored() throws(TokenizerError) -> GGUFTokenizer {
    guard let scores else { throw .invalid("scores", "they are missing") }
    var file = SentencePieceFile()
    file.algorithm = .bpe
    file.removesExtraWhitespace = false
    file.addsDummyPrefix = addsSpacePrefix ?? true
    let unknown = unknownID.map { Int($0) } ?? tokens.indices.first { type($0) == .unknown } ?? 0
    for (id, token) in tokens.enumerated() {
      var piece = SentencePieceFile.Piece(text: Array(token.utf8), score: scores[id], type: type(id))
      // One piece stands for unknown text; what the user defined is found before anything merges (see below).
      if id == unknown {
        piece.type = .unknown
      } else if piece.type == .unknown || piece.type == .userDefined {
        piece.type = .control
      }
      if piece.text.isEmpty { piece.text = Array("<empty \(id)>".utf8) }
      file.pieces.append(piece)
    }
    file.fallsBackToBytes = file.pieces.contains { $0.type == .byte }
    try file.check()
    var parts = try TokenizerParts.sentencePiece(file)
    let specials = try addTokens(to: &parts, unknown: TokenID(truncatingIfNeeded: unknown))
    try setEnds(&parts, addsBeginning: addsBeginning ?? true)
    return GGUFTokenizer(tokenizer: parts.tokenizer(), specialTokens: specials)
  }

  /// A byte-level encoding.
  fileprivate func byteLevel() throws(TokenizerError) -> GGUFTokenizer {
    let patterns = try patterns()
    guard let merges else { throw .invalid("merges", "they are missing") }
    var vocabulary = Vocabulary(minimumCapacity: tokens.count)
    for (id, token) in tokens.enumerated() {
      if let problem = vocabulary.insert(Array(token.utf8), TokenID(truncatingIfNeeded: id)) {
        throw .invalid("tokens[\(id)]", problem)
      }
    }
    var pairs: [(left: TokenID, right: TokenID)] = []
    pairs.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      let parts = merge.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
      guard parts.count == 2, let left = vocabulary.id(parts[0]), let right = vocabulary.id(parts[1]) else {
        throw .invalid(
          "merges[\(rank)]", "expected two tokens with a space between, found \"\(merge.prefix(80))\"")
      }
      pairs.append((left, right))
    }
    var settings = BPEModel.Settings()
    settings.ignoresMerges = pre == "llama-bpe"
    let model: BPEModel
    do throws(BPEModel.MergeProblem) {
      model = try BPEModel(vocabulary: vocabulary, merges: pairs, settings: settings)
    } catch {
      throw .invalid("merges[\(error.rank)]", error.message)
    }
    var parts = TokenizerParts(model: model)
    if let patterns {
      try parts.setByteLevel(splitBy: patterns)
    } else {
      parts.preTokenizer = ByteLevelPreTokenizer(addsPrefixSpace: false)
    }
    parts.decoder = ByteLevelDecoder()
    let specials = try addTokens(to: &parts, unknown: unknownID)
    try setEnds(&parts, addsBeginning: addsBeginning ?? (pre == "llama-bpe"))
    return GGUFTokenizer(tokenizer: parts.tokenizer(), specialTokens: specials)
  }

  /// The patterns that cut text, one after the other; nil for GPT-2's own.
  private func patterns() throws(TokenizerError) -> [String]? {
    switch pre ?? "default" {
    case "default":
      [#"[\p{P}\$\+<=>\^~\|]+"#, TokenPatterns.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]
    case "gpt-2": nil
    case "llama-bpe": [TokenPatterns.llama3]
    case "qwen2": [TokenPatterns.qwen2]
    case "smollm": [#"\p{N}"#, TokenPatterns.gpt2]
    default:
      throw .unsupported(
        "pre", "the pre-tokenizer \(pre ?? "")", supported: TextTokenizer.ggufPreTokenizers)
    }
  }

  /// Adds the tokens that are found in a text: control tokens, which decoding leaves out, and what the user defined.
  private func addTokens(
    to parts: inout TokenizerParts, unknown: TokenID?
  ) throws(TokenizerError) -> SpecialTokens {
    for (id, token) in tokens.enumerated() where !token.isEmpty {
      let type = type(id)
      guard type == .control || type == .userDefined || type == .unknown else { continue }
      var added = TokenizerSettings.Token(token)
      added.isSpecial = type != .userDefined
      try parts.add(added, id: TokenID(truncatingIfNeeded: id))
    }
    var specials = SpecialTokens()
    let roles: [(SpecialTokens.Role, TokenID?)] = [
      (.beginning, beginningID), (.end, endID), (.unknown, unknown), (.padding, paddingID),
      (.separator, separatorID),
    ]
    for (role, id) in roles {
      if let id { specials.tokens[role] = tokens[Int(id)] }
    }
    return specials
  }

  private func setEnds(_ parts: inout TokenizerParts, addsBeginning: Bool) throws(TokenizerError) {
    var before: [(spelling: String, id: TokenID)] = []
    var after: [(spelling: String, id: TokenID)] = []
    if addsBeginning, let id = beginningID { before.append((tokens[Int(id)], id)) }
    if addsEnd ?? false, let id = endID { after.append((tokens[Int(id)], id)) }
    guard !before.isEmpty || !after.isEmpty else { return }
    try parts.setPostProcessor(TokenizerParts.template(before: before, after: after))
  }
}
