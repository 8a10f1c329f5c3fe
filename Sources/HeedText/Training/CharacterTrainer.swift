/// Makes a tokenizer whose tokens are the characters (Unicode scalars) of a text, each by itself.
///
/// The smallest vocabulary that there is: what small language models are shown with (Karpathy 2015, "The Unreasonable
/// Effectiveness of Recurrent Neural Networks"). As `tokenizer.json` it is a byte-pair encoding without merges.
public struct CharacterTrainer: Sendable {
  /// The first tokens of the vocabulary.
  public let specialTokens: [String]
  /// The one of them that stands for characters that the text did not have.
  public let unknownToken: String
  private var counts: [UInt32: Int] = [:]

  /// Makes a trainer that has seen nothing.
  ///
  /// - Precondition: the unknown token is among the special ones, and none of these is empty or given twice.
  public init(specialTokens: [String] = ["<unk>"], unknownToken: String = "<unk>") {
    precondition(specialTokens.contains(unknownToken), "\(unknownToken) is not among the special tokens")
    precondition(!specialTokens.contains(""), "a special token is empty")
    precondition(Set(specialTokens).count == specialTokens.count, "a special token is given twice")
    self.specialTokens = specialTokens
    self.unknownToken = unknownToken
  }

  /// Counts the characters of a text.
  public mutating func add(_ text: String) {
    for scalar in text.unicodeScalars { counts[scalar.value, default: 0] += 1 }
  }

  /// Makes the tokenizer.
  ///
  /// - Parameter limit: The most tokens of the vocabulary, special ones included; the rarest characters are left out.
  /// - Returns: The tokenizer, whose characters are in the order of Unicode.
  /// - Throws: `TokenizerError` if there was no text, or there is room for no character.
  public func train(limit: Int) throws(TokenizerError) -> TextTokenizer {
    guard !counts.isEmpty else { throw TokenizerError(.training, "there is no text to learn from") }
    let room = limit - specialTokens.count
    guard room > 0 else {
      throw TokenizerError(
        .vocabularyTooSmall,
        "a vocabulary of \(limit) is too small for \(specialTokens.count) special tokens and a character; make it larger"
      )
    }
    let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(room)
    var vocabulary = Vocabulary(minimumCapacity: specialTokens.count + frequent.count)
    var added: [AddedToken] = []
    for token in specialTokens {
      let id = TokenID(truncatingIfNeeded: added.count)
      added.append(AddedToken(id: id, content: Array(token.utf8)))
      if let problem = vocabulary.insert(token.utf8, id) { throw TokenizerError(.training, problem) }
    }
    for scalar in frequent.map(\.key).sorted() {
      var bytes: [UInt8] = []
      bytes.append(scalar: scalar)
      let id = TokenID(truncatingIfNeeded: vocabulary.count)
      // A special token may be a single character, which then stands for itself.
      if vocabulary.id(bytes) != nil { continue }
      if let problem = vocabulary.insert(bytes, id) { throw TokenizerError(.training, problem) }
    }
    var settings = BPEModel.Settings()
    settings.unknownToken = Array(unknownToken.utf8)
    do throws(BPEModel.MergeProblem) {
      return TextTokenizer(
        normalizer: nil, preTokenizer: nil,
        model: try BPEModel(vocabulary: vocabulary, merges: [], settings: settings), postProcessor: nil,
        decoder: FuseDecoder(), addedTokens: added)
    } catch {
      throw TokenizerError(.training, "merge \(error.rank): \(error.message)")
    }
  }
}
