#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The tokenizers of a model's directory, in whichever of the forms of its family they come.
///
/// `tokenizer.json` comes first. Without one, the other files are read: BERT's `vocab.txt`; GPT-2's, RoBERTa's, BART's
/// and Qwen2's `vocab.json` with `merges.txt`; Marian's `source.spm`, `target.spm` and `vocab.json`; M2M100's
/// `sentencepiece.bpe.model` and `vocab.json`; T5's `spiece.model`; Llama's `tokenizer.model`. Which it is, the
/// `tokenizer_class` of `tokenizer_config.json` says, or the family of the model, or the files. They give the tokens
/// that `transformers` 5 gives with them.
public struct TokenizerDirectory: Sendable {
  /// Where it is.
  public let url: URL
  /// The tokenizer of texts that go into the model.
  public private(set) var source: TextTokenizer
  /// The tokenizer of texts that come out of it: `source` itself unless the directory has two.
  public private(set) var target: TextTokenizer
  /// Whether `target` is another than `source`.
  public let hasOwnTarget: Bool
  /// The special tokens that the files name, or that the class has by itself.
  public let specialTokens: SpecialTokens
  /// The tokens of languages, where the model is multilingual.
  public let languages: LanguageTokens?
  /// The chat templates in the language Jinja, by name; a single one is called `default`.
  public let chatTemplates: [String: String]
  /// The files that were read: copied, they make the same tokenizers elsewhere; with new tokens, together with a
  /// `tokenizer.json` of `source`.
  public private(set) var files: [URL]
  /// Whether tokens were added that no file has.
  public private(set) var hasNewTokens = false
  private let settingsFiles: [URL]
  /// The code of the language that texts are in where nothing else is said.
  private let usualLanguage: String?

  /// Reads the tokenizers of a directory.
  ///
  /// - Parameters:
  ///   - url: The directory.
  ///   - modelType: The `model_type` of its `config.json`, which decides where the files do not.
  /// - Throws: `TokenizerError`, which names the file and the field, or says what was looked for.
  public init(_ url: URL, modelType: String? = nil) throws(TokenizerError) {
    let folder = try TokenizerFolder(url, modelType: modelType)
    let result = try folder.has("tokenizer.json") ? folder.tokenizerJSON() : folder.otherFiles()
    self.url = url
    source = result.source
    target = result.target ?? result.source
    hasOwnTarget = result.target != nil
    specialTokens = result.specials
    languages = result.languages
    chatTemplates = folder.settings.chatTemplates
    settingsFiles = folder.settings.files
    files = result.files.map { folder.location($0) } + settingsFiles
    usualLanguage = try folder.settings.flag("src_lang")?.string()
  }

  /// The same with new tokens; see ``TextTokenizer/adding(_:)``.
  ///
  /// - Parameter words: The new tokens, as texts spell them.
  /// - Returns: The tokenizers, whose vocabulary no file has.
  /// - Throws: `TokenizerError` for words that cannot be added, and where source and target have a tokenizer each.
  public func adding(_ words: [String]) throws(TokenizerError) -> TokenizerDirectory {
    guard !hasOwnTarget else {
      throw TokenizerError(
        .invalid, file: url.path, "source and target have a tokenizer each, and new tokens would need both")
    }
    var changed = self
    do throws(TokenizerError) {
      changed.source = try source.adding(words)
    } catch {
      throw error.located(in: url)
    }
    changed.target = changed.source
    changed.files = settingsFiles
    changed.hasNewTokens = true
    return changed
  }

  /// The identifier of a special token, or nil if there is none.
  public func id(_ role: SpecialTokens.Role) -> TokenID? {
    specialTokens[role].flatMap { source.id(for: $0) }
  }

  /// The tokenizers for a pair of languages.
  public struct Translation: Sendable {
    /// The tokenizer of the source.
    public let source: TextTokenizer
    /// The tokenizer of the target.
    public let target: TextTokenizer
    /// The token that the target must begin with, or nil.
    public let forcedBeginningID: TokenID?
  }

  /// Returns tokenizers that set the tokens of languages where the model wants them.
  ///
  /// - Parameters:
  ///   - sourceLanguage: The code of the source's language; by default what the directory says, or `en`.
  ///   - targetLanguage: The code of the target's language; without it no token is set for it.
  /// - Returns: The tokenizers, and the token that search must begin with.
  /// - Throws: `TokenizerError` for a language that the model does not know, or any where it knows none.
  public func translation(
    from sourceLanguage: String? = nil, to targetLanguage: String? = nil
  ) throws(TokenizerError) -> Translation {
    guard let languages else {
      guard let code = targetLanguage ?? sourceLanguage else {
        return Translation(source: source, target: target, forcedBeginningID: nil)
      }
      throw TokenizerError(
        .invalid, file: url.path, field: "language",
        "the tokenizer has no tokens for languages, so \"\(code)\" cannot be asked for")
    }
    switch languages.placement {
    case .ownLanguage:
      let code = sourceLanguage ?? usualLanguage ?? "en"
      let begun = try framed(source, before: try languages.id(code))
      guard let targetLanguage else {
        return Translation(source: begun, target: target, forcedBeginningID: nil)
      }
      let id = try languages.id(targetLanguage)
      return Translation(source: begun, target: try framed(target, before: id), forcedBeginningID: id)
    case .targetLanguage:
      guard let targetLanguage else {
        return Translation(source: source, target: target, forcedBeginningID: nil)
      }
      let begun = try framed(source, before: try languages.id(targetLanguage))
      return Translation(source: begun, target: target, forcedBeginningID: nil)
    }
  }

  /// A tokenizer whose texts begin with a token, and end as the model's texts end.
  private func framed(_ tokenizer: TextTokenizer, before id: TokenID) throws(TokenizerError) -> TextTokenizer
  {
    let end = specialTokens[.end].flatMap { spelling in
      tokenizer.id(for: spelling).map { (spelling: spelling, id: $0) }
    }
    let template = TokenizerParts.template(
      before: [(tokenizer.token(for: id) ?? "", id)], after: end.map { [$0] } ?? [], secondType: 0)
    return TextTokenizer(
      normalizer: tokenizer.normalizer, preTokenizer: tokenizer.preTokenizer, model: tokenizer.model,
      postProcessor: try PostProcessorRegistry.make(try template.value()), decoder: tokenizer.decoder,
      addedTokens: tokenizer.addedTokens)
  }
}

extension TextTokenizer {
  /// Reads the tokenizer of a model's directory, or a file: `tokenizer.json`, or a SentencePiece model.
  ///
  /// - Parameters:
  ///   - url: The directory or the file.
  ///   - modelType: The `model_type` of the model's `config.json`, which decides where the files do not.
  /// - Returns: The tokenizer, of the source side where a directory has two.
  /// - Throws: `TokenizerError`, which names the file and the field, or says what was looked for.
  public static func load(_ url: URL, modelType: String? = nil) throws(TokenizerError) -> TextTokenizer {
    if TokenizerFile.isDirectory(url) { return try TokenizerDirectory(url, modelType: modelType).source }
    switch url.pathExtension {
    case "model", "spm": return try TextTokenizer(sentencePiece: url)
    default: return try TextTokenizer(contentsOf: url)
    }
  }
}

extension TokenizerFolder {
  /// `tokenizer.json`, and `target_tokenizer.json` if there is one.
  func tokenizerJSON() throws(TokenizerError) -> Result {
    var files = ["tokenizer.json"]
    let source = try TextTokenizer(contentsOf: location("tokenizer.json"))
    var target: TextTokenizer?
    if has("target_tokenizer.json") {
      target = try TextTokenizer(contentsOf: location("target_tokenizer.json"))
      files.append("target_tokenizer.json")
    }
    let kind =
      settings.tokenizerClass.flatMap { Kind(tokenizerClass: $0) }
      ?? modelType.flatMap { Kind(modelType: $0) }
    var specials = SpecialTokens()
    for role in SpecialTokens.Role.allCases {
      let usual = kind?.usualTokens[role]
      guard let token = settings.token(role, default: usual) else { continue }
      let spelling = String(decoding: token.content, as: UTF8.self)
      if settings.named[role] == nil, source.id(for: spelling) == nil { continue }
      specials.tokens[role] = spelling
    }
    specials.additional = settings.additional.map { String(decoding: $0.content, as: UTF8.self) }
    let languages: LanguageTokens? =
      switch kind {
      case .m2m100: LanguageTokens.find(in: source, placement: .ownLanguage)
      case .marian: LanguageTokens.find(in: source, placement: .targetLanguage)
      default: nil
      }
    return Result(source: source, target: target, specials: specials, languages: languages, files: files)
  }

  /// The other forms.
  func otherFiles() throws(TokenizerError) -> Result {
    switch try kind() {
    case .bert: try bert()
    case .gpt2: try byteLevel(.gpt2)
    case .roberta: try byteLevel(.roberta)
    case .qwen2: try byteLevel(.qwen2)
    case .t5: try t5()
    case .llama: try llama()
    case .marian: try marian()
    case .m2m100: try m2m100()
    case .sentencePiece: try sentencePiece("sentencepiece.bpe.model")
    }
  }
}

extension TokenizerFolder.Kind {
  /// The special tokens that the class takes where the files say nothing.
  var usualTokens: [SpecialTokens.Role: String] {
    switch self {
    case .bert:
      [.unknown: "[UNK]", .separator: "[SEP]", .padding: "[PAD]", .classification: "[CLS]", .mask: "[MASK]"]
    case .gpt2: [.beginning: "<|endoftext|>", .end: "<|endoftext|>", .unknown: "<|endoftext|>"]
    case .roberta:
      [
        .beginning: "<s>", .end: "</s>", .separator: "</s>", .classification: "<s>", .unknown: "<unk>",
        .padding: "<pad>", .mask: "<mask>",
      ]
    case .qwen2: [.end: "<|endoftext|>", .unknown: "<|endoftext|>", .padding: "<|endoftext|>"]
    case .t5, .marian: [.end: "</s>", .unknown: "<unk>", .padding: "<pad>"]
    case .llama, .sentencePiece: [.beginning: "<s>", .end: "</s>", .unknown: "<unk>"]
    case .m2m100:
      [.beginning: "<s>", .end: "</s>", .separator: "</s>", .unknown: "<unk>", .padding: "<pad>"]
    }
  }
}
