/// Learns BERT's kind of vocabulary from lines of text and makes a tokenizer of it.
///
/// As in the reference, pairs merge by their frequency, as in byte-pair encoding, and the vocabulary is then used by
/// taking the longest token that fits. The result depends on nothing but the lines and the options.
///
/// Source: Schuster and Nakajima, "Japanese and Korean Voice Search" (2012), and Devlin et al., "BERT" (2019).
public struct WordPieceTrainer: Sendable {
  /// What to learn.
  public struct Options: Sendable {
    /// How many tokens the vocabulary has at most, special tokens among them.
    public var vocabularySize = 8000
    /// A pair that occurs less often is not merged.
    public var minimumFrequency = 2
    /// The first tokens of the vocabulary. `[CLS]` and `[SEP]`, if they are among them, are set round every text.
    public var specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    /// The special token that stands for words that the vocabulary cannot spell.
    public var unknownToken = "[UNK]"
    /// Whether text is brought into lower case.
    public var lowercases = true
    /// Whether accents are taken away; nil does so where text is brought into lower case.
    public var stripsAccents: Bool?
    /// Whether each Chinese character is a word of its own.
    public var separatesChinese = true
    /// Characters that are in the vocabulary whether they occur or not.
    public var initialAlphabet: [Unicode.Scalar] = []
    /// How many characters are kept at most, the most frequent; nil keeps all.
    public var alphabetLimit: Int? = 1000

    /// The defaults: 8,000 tokens, lower case, BERT's special tokens.
    public init() {}
  }

  /// What is being learned.
  public let options: Options
  /// How many lines have been added.
  public private(set) var lineCount = 0

  private let cutter: TextTokenizer
  private var words = WordCounts()

  /// Stands before tokens that do not begin a word.
  private static let continuingPrefix = Array("##".utf8)

  /// Makes a trainer that has seen nothing.
  ///
  /// - Throws: `TokenizerError` if `unknownToken` is not among the special tokens, or one of them is given twice.
  /// - Precondition: `vocabularySize` and `alphabetLimit` are not negative; special tokens are not empty.
  public init(_ options: Options = Options()) throws(TokenizerError) {
    precondition(options.vocabularySize >= 0, "vocabularySize is \(options.vocabularySize)")
    precondition(options.alphabetLimit ?? 0 >= 0, "alphabetLimit is \(options.alphabetLimit ?? 0)")
    precondition(!options.specialTokens.contains(""), "a special token is empty")
    self.options = options
    cutter = try Self.tokenizer(options, try Self.specialTokens(options))
  }

  /// Counts the words of a line.
  public mutating func add(_ line: String) {
    lineCount += 1
    words.add(cutter.pieces(of: line))
  }

  /// Learns the vocabulary.
  ///
  /// - Returns: The tokenizer, whose vocabulary may be smaller than asked for where the text does not give more.
  /// - Throws: `TokenizerError` if no line was added, or if the vocabulary is too small for special tokens and
  ///   characters.
  public func train() throws(TokenizerError) -> TextTokenizer {
    try words.checkThatThereIsText(lineCount: lineCount)
    var vocabulary = try Self.specialTokens(options)
    let reservedCount = vocabulary.count
    for spelling in characters() where vocabulary.id(spelling) == nil {
      _ = vocabulary.insert(spelling, TokenID(truncatingIfNeeded: vocabulary.idLimit))
    }
    guard vocabulary.count <= options.vocabularySize else {
      throw TokenizerError.vocabularyTooSmall(
        options.vocabularySize, for: "\(vocabulary.count) special tokens and characters")
    }
    var learner = BPELearner(
      vocabulary: vocabulary, reservedCount: reservedCount, words: words.table, counts: words.counts,
      separator: AddedTokenMatcher([]), continuingPrefix: Self.continuingPrefix)
    learner.learn(vocabularySize: options.vocabularySize, minimumFrequency: options.minimumFrequency)
    return try Self.tokenizer(options, learner.vocabulary)
  }

  /// The characters that become tokens, and those that occur within words once more with the prefix.
  private func characters() -> [[UInt8]] {
    let alphabet = words.alphabet(
      needed: options.initialAlphabet.map { $0.value }, limit: options.alphabetLimit)
    var continuing: Set<UInt32> = []
    for index in 0..<words.table.count {
      continuing.formUnion(UTF8Scanning.scalars(Array(words.table[index])).dropFirst())
    }
    func spelling(_ scalar: UInt32, _ prefix: [UInt8]) -> [UInt8] {
      var bytes = prefix
      bytes.append(scalar: scalar)
      return bytes
    }
    return alphabet.map { spelling($0, []) }
      + alphabet.filter { continuing.contains($0) }.map { spelling($0, Self.continuingPrefix) }
  }

  private static func specialTokens(_ options: Options) throws(TokenizerError) -> Vocabulary {
    guard options.specialTokens.contains(options.unknownToken) else {
      throw TokenizerError(
        .training, field: "unknownToken", "\(options.unknownToken) is not among the special tokens")
    }
    var vocabulary = Vocabulary(minimumCapacity: options.vocabularySize)
    for (id, token) in options.specialTokens.enumerated() {
      guard vocabulary.insert(Array(token.utf8), TokenID(truncatingIfNeeded: id)) == nil else {
        throw TokenizerError(.training, "the special token \(token) is given twice")
      }
    }
    return vocabulary
  }

  /// The tokenizer round a vocabulary.
  private static func tokenizer(
    _ options: Options, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> TextTokenizer {
    guard
      let model = WordPieceModel(
        vocabulary: vocabulary, unknownToken: Array(options.unknownToken.utf8),
        continuingPrefix: continuingPrefix, wordLengthLimit: 100)
    else { throw TokenizerError(.training, "the vocabulary lacks \(options.unknownToken)") }
    var parts = TokenizerParts(model: model)
    try parts.setBERT(
      lowercases: options.lowercases, stripsAccents: options.stripsAccents,
      separatesChinese: options.separatesChinese)
    for token in options.specialTokens { try parts.add(TokenizerSettings.Token(token)) }
    if let first = vocabulary.id(Array("[CLS]".utf8)), let last = vocabulary.id(Array("[SEP]".utf8)) {
      try parts.frameAsBERT(first: ("[CLS]", first), last: ("[SEP]", last))
    }
    return parts.tokenizer()
  }
}
