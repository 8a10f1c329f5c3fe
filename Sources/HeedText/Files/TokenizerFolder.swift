#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A directory with the files of a tokenizer, and which of them count.
struct TokenizerFolder {
  /// What a directory's tokenizer is, besides `tokenizer.json`.
  enum Kind: String, CaseIterable {
    case bert, gpt2, roberta, qwen2, t5, llama, marian, m2m100, sentencePiece

    /// The files that it takes.
    var files: [String] {
      switch self {
      case .bert: ["vocab.txt"]
      case .gpt2, .roberta, .qwen2: ["vocab.json", "merges.txt"]
      case .t5: ["spiece.model"]
      case .llama: ["tokenizer.model"]
      case .marian: ["source.spm", "target.spm", "vocab.json"]
      case .m2m100: ["sentencepiece.bpe.model", "vocab.json"]
      case .sentencePiece: ["sentencepiece.bpe.model"]
      }
    }

    /// The kind that a class of `transformers` reads.
    init?(tokenizerClass: String) {
      switch tokenizerClass {
      case "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer": self = .bert
      case "GPT2Tokenizer": self = .gpt2
      case "RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer": self = .roberta
      case "Qwen2Tokenizer": self = .qwen2
      case "T5Tokenizer": self = .t5
      case "LlamaTokenizer": self = .llama
      case "MarianTokenizer": self = .marian
      case "M2M100Tokenizer": self = .m2m100
      default: return nil
      }
    }

    /// The classes that `init(tokenizerClass:)` knows.
    static let classes = [
      "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "GPT2Tokenizer",
      "RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer", "Qwen2Tokenizer",
      "T5Tokenizer", "LlamaTokenizer", "MarianTokenizer", "M2M100Tokenizer",
    ]

    /// The kind that models of a family have, by the `model_type` of `config.json`.
    init?(modelType: String) {
      switch modelType {
      case "bert", "distilbert", "electra", "mobilebert": self = .bert
      case "gpt2": self = .gpt2
      case "roberta", "bart", "longformer", "led": self = .roberta
      case "qwen2": self = .qwen2
      case "t5", "mt5": self = .t5
      case "llama", "mistral": self = .llama
      case "marian": self = .marian
      case "m2m_100": self = .m2m100
      default: return nil
      }
    }
  }

  let url: URL
  let settings: TokenizerSettings
  let modelType: String?

  init(_ url: URL, modelType: String?) throws(TokenizerError) {
    self.url = url
    self.modelType = modelType
    settings = try TokenizerSettings(directory: url)
  }

  func location(_ name: String) -> URL { url.appendingPathComponent(name) }
  func has(_ name: String) -> Bool { TokenizerFile.exists(location(name)) }
  func hasFiles(of kind: Kind) -> Bool { kind.files.allSatisfy { has($0) } }

  /// Which kind the directory is: what the class says, then the family, then the files themselves.
  func kind() throws(TokenizerError) -> Kind {
    let named = settings.tokenizerClass.flatMap { Kind(tokenizerClass: $0) }
    if let named, hasFiles(of: named) { return named }
    let family = modelType.flatMap { Kind(modelType: $0) }
    if let family, hasFiles(of: family) { return family }
    // In this order: the files of a later kind are among those of an earlier one.
    for kind in [Kind.marian, .m2m100, .bert, .gpt2, .t5, .llama, .sentencePiece] where hasFiles(of: kind) {
      if let name = settings.tokenizerClass, named == nil, !Self.neutralClasses.contains(name) {
        throw TokenizerError(
          .unsupported(component: name, supported: Kind.classes),
          file: location("tokenizer_config.json").path, field: "tokenizer_class",
          "\(name) without a tokenizer.json is not supported; supported are \(Kind.classes.joined(separator: ", "))")
      }
      return kind == .gpt2 ? try byteLevelKind() : kind
    }
    throw TokenizerError(
      .unreadable, file: url.path,
      "no tokenizer is here; looked for tokenizer.json, \(Self.lookedFor)")
  }

  /// Classes that say nothing of the files.
  private static let neutralClasses: Set<String> = [
    "PreTrainedTokenizer", "PreTrainedTokenizerBase", "TokenizersBackend", "PythonBackend",
    "SentencePieceBackend",
  ]

  private static let lookedFor = "vocab.txt, vocab.json with merges.txt, "
    + "source.spm and target.spm with vocab.json, sentencepiece.bpe.model (with or without vocab.json), "
    + "spiece.model, tokenizer.model"

  /// GPT-2's files and RoBERTa's have the same names; only RoBERTa's vocabulary has `<mask>`.
  private func byteLevelKind() throws(TokenizerError) -> Kind {
    try vocabulary("vocab.json").id(Array("<mask>".utf8)) == nil ? .gpt2 : .roberta
  }

  /// A file that must be there.
  func file(_ name: String) throws(TokenizerError) -> URL {
    guard has(name) else {
      throw TokenizerError(.unreadable, file: location(name).path, "there is no such file")
    }
    return location(name)
  }

  /// What a directory gives.
  struct Result {
    var source: TextTokenizer
    var target: TextTokenizer?
    var specials: SpecialTokens
    var languages: LanguageTokens?
    var files: [String]
  }

  func finish(_ parts: TokenizerParts, _ specials: SpecialTokens, _ kind: Kind) -> Result {
    Result(source: parts.tokenizer(), specials: specials, files: kind.files)
  }
}
