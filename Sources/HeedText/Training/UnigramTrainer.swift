/// Learns a unigram vocabulary from lines of text and makes a tokenizer of it.
///
/// The result depends on nothing but the lines and the options.
///
/// Source: Kudo, "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword Candidates"
/// (2018); byte fallback as in SentencePiece (Kudo and Richardson, 2018).
public struct UnigramTrainer: Sendable {
  /// What to learn.
  public struct Options: Sendable {
    /// How many tokens the vocabulary has at most, special tokens and bytes among them.
    public var vocabularySize = 8000
    /// The first tokens of the vocabulary. `</s>`, if it is among them, is set after every text.
    public var specialTokens = ["<s>", "<pad>", "</s>", "<unk>"]
    /// The special token that stands for characters that nothing else stands for.
    public var unknownToken = "<unk>"
    /// Whether text is brought into lower case; decoding cannot undo it.
    public var lowercases = false
    /// The normal form of text; decoding undoes none.
    public var normalization = BPETrainer.Normalization.none
    /// Whether each punctuation mark is a word of its own.
    public var splitsPunctuation = true
    /// Whether each digit is a word of its own.
    public var splitsDigits = false
    /// Characters that are in the vocabulary whether they occur or not.
    public var initialAlphabet: [Unicode.Scalar] = []
    /// How many characters are kept at most, the most frequent; nil keeps all.
    public var alphabetLimit: Int?
    /// Whether the vocabulary has a token for each byte, so that every text can be encoded and decoded without loss.
    public var fallsBackToBytes = true
    /// The most characters of a token.
    public var maximumPieceLength = 16

    /// The defaults: 8,000 tokens, byte fallback, punctuation apart.
    public init() {}
  }

  /// What is being learned.
  public let options: Options
  /// How many lines have been added.
  public private(set) var lineCount = 0

  private let cutter: TextTokenizer
  private var words = WordCounts()

  /// Makes a trainer that has seen nothing.
  ///
  /// - Precondition: `vocabularySize` and `alphabetLimit` are not negative; special tokens are not empty;
  ///   `maximumPieceLength` is from 2 to 255.
  public init(_ options: Options = Options()) {
    precondition(options.vocabularySize >= 0, "vocabularySize is \(options.vocabularySize)")
    precondition(options.alphabetLimit ?? 0 >= 0, "alphabetLimit is \(options.alphabetLimit ?? 0)")
    precondition(!options.specialTokens.contains(""), "a special token is empty")
    precondition(2...255 ~= options.maximumPieceLength, "maximumPieceLength is \(options.maximumPieceLength)")
    self.options = options
    cutter = BPETrainer.pipeline(Self.textOptions(options), BPEModel.empty, addedTokens: [])
  }

  /// The same text for the same tokens, whichever model learns them.
  private static func textOptions(_ options: Options) -> BPETrainer.Options {
    var text = BPETrainer.Options()
    text.lowercases = options.lowercases
    text.normalization = options.normalization
    text.splitsPunctuation = options.splitsPunctuation
    text.splitsDigits = options.splitsDigits
    return text
  }

  /// Counts the words of a line.
  public mutating func add(_ line: String) {
    lineCount += 1
    words.add(cutter.pieces(of: line))
  }

  /// Learns the vocabulary.
  ///
  /// - Returns: The tokenizer, whose vocabulary may be smaller than asked for where the text does not give more.
  /// - Throws: `TokenizerError` if no line was added, if the unknown token is not among the special tokens, or if the
  ///   vocabulary is too small for special tokens, bytes and characters.
  public func train() throws(TokenizerError) -> TextTokenizer {
    try words.checkThatThereIsText(lineCount: lineCount)
    guard let unknown = options.specialTokens.firstIndex(of: options.unknownToken) else {
      throw TokenizerError(
        .training, field: "unknownToken", "\(options.unknownToken) is not among the special tokens")
    }
    var pieces: [UnigramModel.Piece] = []
    var added: [AddedToken] = []
    for token in options.specialTokens {
      let bytes = Array(token.utf8)
      guard !added.contains(where: { $0.content == bytes }) else {
        throw TokenizerError(.training, "the special token \(token) is given twice")
      }
      added.append(AddedToken(id: TokenID(truncatingIfNeeded: added.count), content: bytes))
      pieces.append(.init(bytes: bytes, score: 0))
    }
    let byteCount = options.fallsBackToBytes ? 256 : 0
    let alphabet = words.alphabet(
      needed: options.initialAlphabet.map { $0.value } + [0x2581], limit: options.alphabetLimit)
    let pieceCount = options.vocabularySize - pieces.count - byteCount
    guard alphabet.count <= pieceCount else {
      throw TokenizerError.vocabularyTooSmall(
        options.vocabularySize,
        for: "\(pieces.count + byteCount + alphabet.count) special tokens, bytes and characters")
    }
    var settings = UnigramLearner.Settings()
    settings.maximumLength = options.maximumPieceLength
    var learner = UnigramLearner(
      words: words.table, counts: words.counts, alphabet: alphabet, settings: settings)
    learner.learn(pieceCount: pieceCount)
    let learned = learner.result
    if options.fallsBackToBytes {
      // Text that spells such a token out is no byte: nothing is worse than to take it for one.
      let score = (learned.last?.score ?? 0) * 16
      for byte in 0..<256 {
        pieces.append(.init(bytes: BPEModel.byteToken(UInt8(truncatingIfNeeded: byte)), score: score))
      }
    }
    let reserved = Set(pieces.map { $0.bytes })
    for piece in learned where !reserved.contains(piece.spelling) {
      pieces.append(.init(bytes: piece.spelling, score: piece.score))
    }
    let model = UnigramModel(
      pieces: pieces, unknownID: TokenID(truncatingIfNeeded: unknown),
      fallsBackToBytes: options.fallsBackToBytes)
    return BPETrainer.pipeline(Self.textOptions(options), model, addedTokens: added)
  }
}
