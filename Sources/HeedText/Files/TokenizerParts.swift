#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A tokenizer that is being put together from other files: a model, and the rest as `tokenizer.json` would name it.
///
/// So each family of files is a reader of its vocabulary and a few lines that anyone can compare with the
/// `tokenizer.json` of the family, and what is written is what was put together.
struct TokenizerParts {
  var model: any TokenModel
  var normalizer: (any Normalizer)?
  var preTokenizer: (any PreTokenizer)?
  var postProcessor: (any PostProcessor)?
  var decoder: (any TokenDecoder)?
  private(set) var addedTokens: [AddedToken] = []
  /// The places of added tokens by what they are spelled like, and by their identifiers.
  private var placesBySpelling: [[UInt8]: Int] = [:]
  private var placesByID: [TokenID: Int] = [:]
  /// One more than the largest identifier of an added token.
  private var addedLimit = 0

  init(model: any TokenModel) { self.model = model }

  func tokenizer() -> TextTokenizer {
    TextTokenizer(
      normalizer: normalizer, preTokenizer: preTokenizer, model: model, postProcessor: postProcessor,
      decoder: decoder, addedTokens: addedTokens)
  }

  // MARK: Components as tokenizer.json names them

  mutating func setNormalizer(_ json: JSONOutput) throws(TokenizerError) {
    normalizer = try NormalizerRegistry.make(try json.value())
  }

  mutating func setPreTokenizer(_ json: JSONOutput) throws(TokenizerError) {
    preTokenizer = try PreTokenizerRegistry.make(try json.value())
  }

  mutating func setPostProcessor(_ json: JSONOutput) throws(TokenizerError) {
    postProcessor = try PostProcessorRegistry.make(try json.value())
  }

  mutating func setDecoder(_ json: JSONOutput) throws(TokenizerError) {
    decoder = try TokenDecoderRegistry.make(try json.value())
  }

  /// Cuts by patterns, one after the other, and writes bytes as letters.
  mutating func setByteLevel(splitBy patterns: [String], addsPrefixSpace: Bool = false) throws(TokenizerError)
  {
    try setPreTokenizer(
      .component(
        "Sequence",
        [
          (
            "pretokenizers",
            .array(
              patterns.map { .split(pattern: $0) } + [
                .byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: false)
              ])
          )
        ]))
  }

  // MARK: Added tokens

  /// Adds a token, with the identifier that the vocabulary has for it, or with `id`, or with the next free one.
  ///
  /// - Returns: The identifier.
  @discardableResult
  mutating func add(_ token: TokenizerSettings.Token, id: TokenID? = nil) throws(TokenizerError) -> TokenID {
    let name = String(decoding: token.content, as: UTF8.self)
    if let known = placesBySpelling[token.content] { return addedTokens[known].id }
    let vocabulary = model.vocabulary
    let free = max(vocabulary.idLimit, addedLimit)
    let chosen = vocabulary.id(token.content) ?? id ?? TokenID(truncatingIfNeeded: free)
    guard Int(chosen) <= vocabulary.idLimit * 4 + 65_536 else {
      throw .invalid("\"\(name)\"", "the identifier \(chosen) is far beyond the vocabulary")
    }
    let other =
      vocabulary.spelling(chosen).map { Array($0) } ?? placesByID[chosen].map { addedTokens[$0].content }
    if let other, other != token.content {
      throw .invalid(
        "\"\(name)\"", "the identifier \(chosen) is that of \"\(String(decoding: other, as: UTF8.self))\"")
    }
    placesBySpelling[token.content] = addedTokens.count
    placesByID[chosen] = addedTokens.count
    addedLimit = max(addedLimit, Int(chosen) + 1)
    addedTokens.append(token.addedToken(id: chosen))
    return chosen
  }

  /// Adds the tokens that the files name, and those that the class takes by itself where its vocabulary has them.
  ///
  /// - Parameters:
  ///   - settings: What the files say.
  ///   - defaults: What the class takes for a role of which the files say nothing.
  /// - Returns: The special tokens by their roles.
  /// - Throws: `TokenizerError` for identifiers that are taken or far beyond the vocabulary.
  mutating func addTokens(
    _ settings: TokenizerSettings, defaults: [SpecialTokens.Role: String]
  ) throws(TokenizerError) -> SpecialTokens {
    var specials = SpecialTokens()
    for (id, token) in settings.added where !token.content.isEmpty {
      var token = token
      let isNamed = settings.named.values.contains { $0?.content == token.content }
      if isNamed { token.isSpecial = true }
      do throws(TokenizerError) {
        try add(token, id: id)
      } catch {
        throw settings.inConfiguration(error)
      }
    }
    for role in SpecialTokens.Role.allCases {
      guard let token = settings.token(role, default: defaults[role]), !token.content.isEmpty else {
        continue
      }
      let isDefault = settings.named[role] == nil
      if isDefault, model.vocabulary.id(token.content) == nil { continue }
      try add(token)
      specials.tokens[role] = String(decoding: token.content, as: UTF8.self)
    }
    for token in settings.additional where !token.content.isEmpty {
      try add(token)
      specials.additional.append(String(decoding: token.content, as: UTF8.self))
    }
    return specials
  }

  /// The identifier of a special token, which must be there.
  func id(_ role: SpecialTokens.Role, _ specials: SpecialTokens) throws(TokenizerError) -> TokenID {
    guard let token = specials[role] else {
      throw .invalid(
        role.rawValue, "no token is named for it, and the vocabulary has none of the usual spelling")
    }
    let bytes = Array(token.utf8)
    guard let id = placesBySpelling[bytes].map({ addedTokens[$0].id }) ?? model.vocabulary.id(bytes) else {
      throw .invalid(role.rawValue, "the token \"\(token)\" is not in the vocabulary")
    }
    return id
  }

  // MARK: Post-processors

  /// A template.
  ///
  /// - Parameters:
  ///   - single: Parts for one text.
  ///   - pair: Parts for two texts.
  ///   - tokens: The special tokens of the parts.
  /// - Returns: The component.
  static func template(
    single: [Part], pair: [Part], tokens: [(spelling: String, id: TokenID)]
  ) -> JSONOutput {
    func parts(_ parts: [Part]) -> JSONOutput {
      .array(
        parts.map { part in
          switch part {
          case .text(let name, let type):
            .object([("Sequence", .object([("id", .text(name)), ("type_id", .integer(type))]))])
          case .token(let name, let type):
            .object([("SpecialToken", .object([("id", .text(name)), ("type_id", .integer(type))]))])
          }
        })
    }
    var seen: Set<String> = []
    let table = tokens.filter { seen.insert($0.spelling).inserted }.map { token in
      (
        Array(token.spelling.utf8),
        JSONOutput.object([
          ("id", .text(token.spelling)), ("ids", .array([.integer(Int(token.id))])),
          ("tokens", .array([.text(token.spelling)])),
        ])
      )
    }
    return .component(
      "TemplateProcessing",
      [("single", parts(single)), ("pair", parts(pair)), ("special_tokens", .table(table))])
  }

  /// A part of a template, with its type.
  enum Part {
    case text(String, Int)
    case token(String, Int)
  }

  /// The template of a text with tokens before and after it, as classes with `add_bos_token` and `add_eos_token` have it.
  mutating func setEnds(
    _ settings: TokenizerSettings, _ specials: SpecialTokens, addsBeginning: Bool
  ) throws(TokenizerError) {
    var before: [(spelling: String, id: TokenID)] = []
    var after: [(spelling: String, id: TokenID)] = []
    if try settings.bool("add_bos_token", default: addsBeginning), let token = specials[.beginning] {
      before.append((token, try id(.beginning, specials)))
    }
    if try settings.bool("add_eos_token", default: false), let token = specials[.end] {
      after.append((token, try id(.end, specials)))
    }
    if !before.isEmpty || !after.isEmpty { try setPostProcessor(Self.template(before: before, after: after)) }
  }

  /// The template of a text with tokens before and after it.
  static func template(
    before: [(spelling: String, id: TokenID)], after: [(spelling: String, id: TokenID)], secondType: Int = 1
  ) -> JSONOutput {
    func parts(_ name: String, _ type: Int) -> [Part] {
      before.map { .token($0.spelling, type) } + [.text(name, type)] + after.map { .token($0.spelling, type) }
    }
    return template(
      single: parts("A", 0), pair: parts("A", 0) + parts("B", secondType), tokens: before + after)
  }
}

extension JSONOutput {
  /// The value as it would be read.
  func value() throws(TokenizerError) -> JSONValue { try JSONDocument(encoded()).root }

  /// Components one after the other; one alone stands by itself.
  static func steps(_ name: String, _ steps: [JSONOutput]) -> JSONOutput {
    steps.count == 1 ? steps[0] : .component("Sequence", [(name, .array(steps))])
  }

  static func metaspace(_ scheme: MetaspaceSettings.Scheme, splits: Bool = true) -> JSONOutput {
    .component("Metaspace", MetaspaceSettings(scheme: scheme, splits: splits).members)
  }

  static func byteLevel(addsPrefixSpace: Bool, usesPattern: Bool = true) -> JSONOutput {
    .component(
      "ByteLevel", ByteLevelPreTokenizer(addsPrefixSpace: addsPrefixSpace, usesPattern: usesPattern).members)
  }

  static func replace(_ pattern: String, with content: String) -> JSONOutput {
    .component("Replace", [("pattern", .object([("String", .text(pattern))])), ("content", .text(content))])
  }

  /// A cut at what a regular expression matches; what lies between is kept as well.
  static func split(pattern: String) -> JSONOutput {
    .component(
      "Split",
      [
        ("pattern", .object([("Regex", .text(pattern))])), ("behavior", .text("Isolated")),
        ("invert", .bool(false)),
      ])
  }

  static func precompiled(_ characterMap: [UInt8]) -> JSONOutput {
    .component("Precompiled", [("precompiled_charsmap", .base64(characterMap))])
  }

  static func base64(_ bytes: [UInt8]) -> JSONOutput { .string(Array(Data(bytes).base64EncodedData())) }
}
