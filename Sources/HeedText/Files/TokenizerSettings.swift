#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What the small files beside a vocabulary say: `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`,
/// `chat_template.jinja` and `additional_chat_templates`.
struct TokenizerSettings: Sendable {
  /// A token as those files describe it: its spelling alone, or with how it is found in a text.
  struct Token: Sendable {
    var content: [UInt8]
    var isSingleWord = false
    var stripsLeft = false
    var stripsRight = false
    var isNormalized = false
    var isSpecial = true

    init(_ content: some StringProtocol) { self.content = Array(content.utf8) }

    /// Reads a string, or an object with `content` and flags.
    init(json: JSONValue, isSpecial: Bool) throws(TokenizerError) {
      self.isSpecial = isSpecial
      guard json.kind == .object else {
        content = Array(try json.bytes())
        isNormalized = !isSpecial
        return
      }
      content = Array(try json.required("content").bytes())
      isSingleWord = try json.bool("single_word", default: false)
      stripsLeft = try json.bool("lstrip", default: false)
      stripsRight = try json.bool("rstrip", default: false)
      isNormalized = try json.bool("normalized", default: !isSpecial)
      self.isSpecial = try json.bool("special", default: isSpecial)
    }

    func addedToken(id: TokenID) -> AddedToken {
      var token = AddedToken(id: id, content: content)
      token.isSingleWord = isSingleWord
      token.stripsLeft = stripsLeft
      token.stripsRight = stripsRight
      token.isNormalized = isNormalized
      token.isSpecial = isSpecial
      return token
    }
  }

  /// The class that `transformers` would read the files with, without the ending `Fast`.
  var tokenizerClass: String?
  /// The tokens that the files name; nil where they say that there is none.
  var named: [SpecialTokens.Role: Token?] = [:]
  var additional: [Token] = []
  /// Tokens with their identifiers, in ascending order.
  var added: [(id: TokenID, token: Token)] = []
  /// `chat_template` by name; a single one is called `default`.
  var chatTemplates: [String: String] = [:]
  /// The files that were there.
  var files: [URL] = []
  private var flags: [String: JSONValue] = [:]

  init() {}

  /// Reads what there is in a directory.
  init(directory: URL) throws(TokenizerError) {
    try read("tokenizer_config.json", in: directory) { settings, json throws(TokenizerError) in
      try settings.readConfiguration(json)
    }
    try read("special_tokens_map.json", in: directory) { settings, json throws(TokenizerError) in
      try settings.readSpecialTokens(json)
    }
    try read("added_tokens.json", in: directory) { settings, json throws(TokenizerError) in
      try settings.readAddedTokens(json)
    }
    try readTemplateFiles(directory)
  }

  private mutating func read(
    _ name: String, in directory: URL,
    _ body: (inout TokenizerSettings, JSONValue) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    let url = directory.appendingPathComponent(name)
    guard TokenizerFile.exists(url) else { return }
    files.append(url)
    let document = try TokenizerFile.document(url)
    do throws(TokenizerError) {
      try body(&self, document.root)
    } catch {
      throw error.located(in: url)
    }
  }

  private mutating func readConfiguration(_ json: JSONValue) throws(TokenizerError) {
    for (name, value) in try json.members() { flags[String(decoding: name, as: UTF8.self)] = value }
    tokenizerClass = try json.optional("tokenizer_class").map { value throws(TokenizerError) in
      let name = try value.string()
      return name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    }
    try readSpecialTokens(json)
    if let list = try json.optional("added_tokens_decoder") {
      for (name, value) in try list.members() {
        guard let id = TokenID(String(decoding: name, as: UTF8.self)), id >= 0 else {
          throw list.invalid(
            "expected identifiers as names, found \"\(String(decoding: name.prefix(40), as: UTF8.self))\"")
        }
        added.append((id, try Token(json: value, isSpecial: value.kind != .object)))
      }
      added.sort { $0.id < $1.id }
    }
    if let template = try json.optional("chat_template") { try readTemplates(template) }
  }

  /// Reads named and additional tokens; what an earlier file said stays.
  private mutating func readSpecialTokens(_ json: JSONValue) throws(TokenizerError) {
    for (name, value) in try json.members() {
      guard let role = SpecialTokens.Role(rawValue: String(decoding: name, as: UTF8.self)) else { continue }
      if named[role] == nil {
        named[role] = .some(value.isNull ? nil : try Token(json: value, isSpecial: true))
      }
    }
    guard additional.isEmpty else { return }
    for name in ["additional_special_tokens", "extra_special_tokens"] {
      guard let list = try json.optional(name) else { continue }
      let values =
        list.kind == .object
        ? try list.members().map { $0.value } : try list.elements()
      for value in values { additional.append(try Token(json: value, isSpecial: true)) }
    }
  }

  /// Reads spellings and identifiers, as written before `added_tokens_decoder`.
  private mutating func readAddedTokens(_ json: JSONValue) throws(TokenizerError) {
    guard added.isEmpty else { return }
    for (name, value) in try json.members() {
      let content = Array(name)
      let known =
        (named.values.compactMap { $0 } + additional).first { $0.content == content }
      var token = known ?? Token("")
      token.content = content
      if known == nil { (token.isSpecial, token.isNormalized) = (false, true) }
      added.append((try value.identifier(), token))
    }
    added.sort { $0.id < $1.id }
  }

  private mutating func readTemplates(_ json: JSONValue) throws(TokenizerError) {
    if json.kind == .string {
      chatTemplates["default"] = try json.string()
    } else {
      for element in try json.elements() {
        chatTemplates[try element.required("name").string()] = try element.required("template").string()
      }
    }
  }

  /// Templates in files of their own come before those of the configuration.
  private mutating func readTemplateFiles(_ directory: URL) throws(TokenizerError) {
    var found: [(name: String, url: URL)] = []
    let single = directory.appendingPathComponent("chat_template.jinja")
    if TokenizerFile.exists(single) { found.append(("default", single)) }
    let folder = directory.appendingPathComponent("additional_chat_templates")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names.sorted() where name.hasSuffix(".jinja") {
      found.append((String(name.dropLast(6)), folder.appendingPathComponent(name)))
    }
    for (name, url) in found {
      let bytes = try TokenizerFile.bytes(url)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw TokenizerError(.malformed, file: url.path, "the text is not UTF-8")
      }
      chatTemplates[name] = text
      files.append(url)
    }
  }

  // MARK: Values

  /// A field of `tokenizer_config.json`, or nil if it is absent or null.
  func flag(_ name: String) -> JSONValue? { flags[name].flatMap { $0.isNull ? nil : $0 } }

  func bool(_ name: String, default fallback: Bool) throws(TokenizerError) -> Bool {
    do throws(TokenizerError) {
      return try flag(name)?.bool() ?? fallback
    } catch {
      throw inConfiguration(error)
    }
  }

  /// The same error, naming the file of the flags.
  func inConfiguration(_ error: TokenizerError) -> TokenizerError {
    guard let url = files.first(where: { $0.lastPathComponent == "tokenizer_config.json" }) else { return error }
    return error.located(in: url)
  }

  /// The token for a role: what the files say, or what the class takes where they say nothing.
  func token(_ role: SpecialTokens.Role, default fallback: String?) -> Token? {
    if let known = named[role] { return known }
    return fallback.map { Token($0) }
  }
}
