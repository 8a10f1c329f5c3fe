#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension TextTokenizer {
  /// Reads a `tokenizer.json`.
  ///
  /// - Parameter url: The file.
  /// - Throws: `TokenizerError`, which names the file and the field.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      let isAbsent = (error as? CocoaError)?.code == .fileReadNoSuchFile
      throw TokenizerError(
        .unreadable, file: url.path, isAbsent ? "there is no such file" : "the file cannot be read: \(error)")
    }
    do throws(TokenizerError) {
      try self.init(json: data)
    } catch {
      var located = error
      located.file = url.path
      throw located
    }
  }

  /// Reads the content of a `tokenizer.json`.
  ///
  /// - Parameter json: The bytes of the file.
  /// - Throws: `TokenizerError`, which names the field.
  public init(json: Data) throws(TokenizerError) {
    let root = try JSONDocument([UInt8](json)).root
    var normalizer: (any Normalizer)?
    if let value = try root.optional("normalizer") { normalizer = try NormalizerRegistry.make(value) }
    var preTokenizer: (any PreTokenizer)?
    if let value = try root.optional("pre_tokenizer") { preTokenizer = try PreTokenizerRegistry.make(value) }
    let model = try TokenModelRegistry.make(try root.required("model"))
    var postProcessor: (any PostProcessor)?
    if let value = try root.optional("post_processor") {
      postProcessor = try PostProcessorRegistry.make(value)
    }
    var decoder: (any TokenDecoder)?
    if let value = try root.optional("decoder") { decoder = try TokenDecoderRegistry.make(value) }
    var added: [AddedToken] = []
    if let list = try root.optional("added_tokens") { added = try Self.addedTokens(list, model.vocabulary) }
    self.init(
      normalizer: normalizer, preTokenizer: preTokenizer, model: model, postProcessor: postProcessor,
      decoder: decoder, addedTokens: added)
    if let value = try root.optional("truncation") { truncation = try JSONOutput(value) }
    if let value = try root.optional("padding") { padding = try JSONOutput(value) }
  }

  /// Reads the added tokens; each must agree with the vocabulary and with the others.
  private static func addedTokens(
    _ list: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    var byID: Set<TokenID> = []
    let elements = try list.elements()
    let limit = (vocabulary.count + elements.count) * 4 + 65_536
    for value in elements {
      let token = try AddedToken(json: value)
      if token.content.isEmpty { continue }
      let name = String(decoding: token.content, as: UTF8.self)
      guard Int(token.id) <= limit else {
        throw value.invalid("the identifier \(token.id) of \"\(name)\" is far beyond the vocabulary")
      }
      if let known = vocabulary.id(token.content), known != token.id {
        throw value.invalid("\"\(name)\" has the identifier \(token.id) here and \(known) in the vocabulary")
      }
      if let other = vocabulary.spelling(token.id), !other.elementsEqual(token.content) {
        let other = String(decoding: other, as: UTF8.self)
        throw value.invalid(
          "the identifier \(token.id) of \"\(name)\" is that of \"\(other)\" in the vocabulary")
      }
      guard byID.insert(token.id).inserted else {
        throw value.invalid("the identifier \(token.id) of \"\(name)\" stands twice")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// The content of a `tokenizer.json`.
  public var json: Data {
    let output = JSONOutput.object([
      ("version", .text("1.0")), ("truncation", truncation), ("padding", padding),
      ("added_tokens", .array(addedTokens.sorted { $0.id < $1.id }.map { $0.json })),
      ("normalizer", normalizer?.json ?? .null), ("pre_tokenizer", preTokenizer?.json ?? .null),
      ("post_processor", postProcessor?.json ?? .null), ("decoder", decoder?.json ?? .null),
      ("model", model.json),
    ])
    return Data(output.encoded())
  }

  /// Writes a `tokenizer.json`: beside the file and then renamed, so that no reader sees half of it.
  ///
  /// - Parameter url: The file.
  /// - Throws: `TokenizerError`, which names the file.
  public func write(to url: URL) throws(TokenizerError) {
    do {
      try json.write(to: url, options: .atomic)
    } catch {
      throw TokenizerError(.unwritable, file: url.path, "the file cannot be written: \(error)")
    }
  }
}
