/// Learns a byte-pair encoding from lines of text and makes a tokenizer of it.
///
/// The result depends on nothing but the lines and the options: of equally frequent pairs, the one with the smaller
/// identifiers merges first.
///
/// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016); byte fallback as in
/// SentencePiece (Kudo and Richardson, 2018); byte level as in GPT-2 (Radford et al., 2019).
public struct BPETrainer: Sendable {
  /// How text is cut into words, and words into the first symbols.
  public enum Scheme: String, CaseIterable, Sendable {
    /// Words begin with `▁`, which stands for the space before them; symbols are characters.
    case metaspace
    /// GPT-2's words, and a symbol for each byte.
    case byteLevel
  }

  /// The normal form that text is brought into.
  public enum Normalization: String, CaseIterable, Sendable {
    case none, nfc, nfkc
  }

  /// What to learn.
  public struct Options: Sendable {
    /// How many tokens the vocabulary has at most, special tokens and bytes among them.
    public var vocabularySize = 8000
    /// A pair that occurs less often is not merged.
    public var minimumFrequency = 2
    /// How text is cut into words and symbols.
    public var scheme = Scheme.metaspace
    /// The first tokens of the vocabulary. `</s>`, if it is among them, is set after every text, and `<unk>` stands for
    /// characters that nothing else stands for.
    public var specialTokens = ["<s>", "<pad>", "</s>", "<unk>"]
    /// Whether text is brought into lower case; decoding cannot undo it.
    public var lowercases = false
    /// Decoding undoes no normalization.
    public var normalization = Normalization.none
    /// Whether each punctuation mark is a word of its own; by default in the metaspace scheme only.
    public var splitsPunctuation: Bool?
    /// Whether each digit is a word of its own.
    public var splitsDigits = false
    /// Parts of words that stay apart: no merge is learned that would cross their edges anywhere in the text. With
    /// `zwei`, `und` and `vierzig`, "zweiundvierzig" has three tokens if they are frequent enough, never one. In a
    /// word the leftmost match counts, of those the longest. Words are spelled as after normalization.
    public var separatedWords: [String] = []
    /// Characters that are in the vocabulary whether they occur or not.
    public var initialAlphabet: [Unicode.Scalar] = []
    /// How many characters are kept at most, the most frequent; nil keeps all.
    public var alphabetLimit: Int?
    /// Whether the vocabulary has a token for each byte, so that every text can be encoded and decoded without loss. In
    /// the byte-level scheme it always has.
    public var fallsBackToBytes = true

    /// The defaults: 8,000 tokens, metaspace, byte fallback, punctuation apart.
    public init() {}
  }

  /// What is being learned.
  public let options: Options
  /// How many lines have been added.
  public private(set) var lineCount = 0

  /// Cuts text as the finished tokenizer will.
  private let cutter: TextTokenizer
  private let separator: AddedTokenMatcher
  private var words = WordCounts()

  /// Makes a trainer that has seen nothing.
  ///
  /// - Precondition: `vocabularySize` and `alphabetLimit` are not negative; special tokens are not empty.
  public init(_ options: Options = Options()) {
    precondition(options.vocabularySize >= 0, "vocabularySize is \(options.vocabularySize)")
    precondition(options.alphabetLimit ?? 0 >= 0, "alphabetLimit is \(options.alphabetLimit ?? 0)")
    precondition(!options.specialTokens.contains(""), "a special token is empty")
    self.options = options
    cutter = Self.pipeline(options, BPEModel.empty, addedTokens: [])
    separator = AddedTokenMatcher(
      options.separatedWords.map { word in
        let bytes = Array(word.utf8)
        return AddedToken(id: 0, content: options.scheme == .byteLevel ? ByteLetters.spelling(bytes) : bytes)
      })
  }

  /// Counts the words of a line.
  public mutating func add(_ line: String) {
    lineCount += 1
    words.add(cutter.pieces(of: line))
  }

  // MARK: Training

  /// Learns the merges.
  ///
  /// - Returns: The tokenizer, whose vocabulary may be smaller than asked for where the text does not give more.
  /// - Throws: `TokenizerError` if no line was added, or if the vocabulary is too small for special tokens, bytes and
  ///   characters.
  public func train() throws(TokenizerError) -> TextTokenizer {
    try words.checkThatThereIsText(lineCount: lineCount)
    let (vocabulary, added, reservedCount) = try firstTokens()
    var learner = BPELearner(
      vocabulary: vocabulary, reservedCount: reservedCount, words: words.table, counts: words.counts,
      separator: separator)
    learner.learn(vocabularySize: options.vocabularySize, minimumFrequency: options.minimumFrequency)
    var settings = BPEModel.Settings()
    settings.fallsBackToBytes = options.fallsBackToBytes && options.scheme == .metaspace
    if options.specialTokens.contains("<unk>"), options.scheme == .metaspace {
      settings.unknownToken = Array("<unk>".utf8)
      settings.fusesUnknown = true
    }
    do throws(BPEModel.MergeProblem) {
      let model = try BPEModel(vocabulary: learner.vocabulary, merges: learner.merges, settings: settings)
      return Self.pipeline(options, model, addedTokens: added)
    } catch {
      throw TokenizerError(.training, "merge \(error.rank): \(error.message)")
    }
  }

  /// Special tokens, bytes and characters.
  private func firstTokens() throws(TokenizerError) -> (Vocabulary, [AddedToken], reservedCount: Int) {
    var spellings: [[UInt8]] = []
    var added: [AddedToken] = []
    for token in options.specialTokens {
      let bytes = Array(token.utf8)
      guard !spellings.contains(bytes) else {
        throw TokenizerError(.training, "the special token \(token) is given twice")
      }
      added.append(AddedToken(id: TokenID(truncatingIfNeeded: spellings.count), content: bytes))
      spellings.append(bytes)
    }
    if options.fallsBackToBytes, options.scheme == .metaspace {
      spellings += (0..<256).map { BPEModel.byteToken(UInt8(truncatingIfNeeded: $0)) }
    }
    let reservedCount = spellings.count
    var vocabulary = Vocabulary(minimumCapacity: options.vocabularySize)
    for scalar in alphabet() {
      var bytes: [UInt8] = []
      bytes.append(scalar: scalar)
      if !spellings.prefix(reservedCount).contains(bytes) { spellings.append(bytes) }
    }
    guard spellings.count <= options.vocabularySize else {
      throw TokenizerError.vocabularyTooSmall(
        options.vocabularySize, for: "\(spellings.count) special tokens, bytes and characters")
    }
    for (id, spelling) in spellings.enumerated() {
      if let problem = vocabulary.insert(spelling, TokenID(truncatingIfNeeded: id)) {
        throw TokenizerError(.training, problem)
      }
    }
    return (vocabulary, added, reservedCount)
  }

  /// The characters that become tokens, in the order of their scalars.
  private func alphabet() -> [UInt32] {
    var needed = options.initialAlphabet.map { $0.value }
    if options.scheme == .byteLevel {
      needed = (0...255).map { ByteLetters.letter(of: $0) }
    } else {
      needed.append(0x2581)
    }
    return words.alphabet(
      needed: needed, limit: options.scheme == .byteLevel ? nil : options.alphabetLimit)
  }
}
