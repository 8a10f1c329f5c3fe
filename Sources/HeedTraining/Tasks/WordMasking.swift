import HeedTensor

/// How words are hidden (Devlin et al. 2019, section 3.1 and appendix A.1).
public struct WordMasking: Sendable {
  /// The share of tokens that are to be found.
  public var share = 0.15
  /// The share of those that are replaced by the mask.
  public var maskShare = 0.8
  /// The share of those that are replaced by any token; the rest stays as it is.
  public var randomShare = 0.1
  /// Whether the tokens of a word are hidden together.
  public var masksWholeWords: Bool
  private let mask: Int32
  private let isSpecial: [Bool]
  private let continuesWord: [Bool]
  private let ordinary: [Int32]

  /// A way to hide words.
  ///
  /// - Parameters:
  ///   - mask: The token that stands for a hidden one.
  ///   - specialTokens: Tokens that are never hidden, nor put in place of others.
  ///   - continuesWord: For each token of the vocabulary whether it continues the word before it.
  ///   - masksWholeWords: Whether the tokens of a word are hidden together.
  public init(mask: Int32, specialTokens: [Int32], continuesWord: [Bool], masksWholeWords: Bool) {
    self.mask = mask
    var isSpecial = [Bool](repeating: false, count: continuesWord.count)
    for token in specialTokens + [mask] where isSpecial.indices.contains(Int(token)) {
      isSpecial[Int(token)] = true
    }
    self.isSpecial = isSpecial
    self.continuesWord = continuesWord
    self.masksWholeWords = masksWholeWords
    ordinary = isSpecial.indices.filter { !isSpecial[$0] }.map { Int32($0) }
    precondition(!ordinary.isEmpty, "WordMasking: every token is special")
  }

  /// Hides some tokens of a text.
  ///
  /// - Returns: The text with what is hidden replaced, and for each token what it was, −1 where it does not count.
  package func mask(_ text: ArraySlice<Int32>, _ random: inout SplitMix64) -> (
    tokens: [Int32], labels: [Int32]
  ) {
    var tokens = Array(text)
    var labels = [Int32](repeating: -1, count: tokens.count)
    var words: [Range<Int>] = []
    for (place, token) in tokens.enumerated() where !isSpecial[Int(token)] {
      if masksWholeWords, continuesWord[Int(token)], let last = words.last, last.upperBound == place {
        words[words.count - 1] = last.lowerBound..<place + 1
      } else {
        words.append(place..<place + 1)
      }
    }
    guard !words.isEmpty else { return (tokens, labels) }
    let hidable = words.reduce(0) { $0 + $1.count }
    let wanted = max(1, Int((share * Double(hidable)).rounded()))
    random.shuffle(&words)
    var count = 0
    for word in words where count < wanted {
      // A long word may be too much; the first is taken however long it is, so that there is something to learn.
      guard count == 0 || count + word.count <= wanted else { continue }
      count += word.count
      for place in word {
        labels[place] = tokens[place]
        let choice = Double(random.nextUnit())
        if choice < maskShare {
          tokens[place] = mask
        } else if choice < maskShare + randomShare {
          tokens[place] = ordinary[random.next(below: ordinary.count)]
        }
      }
    }
    return (tokens, labels)
  }
}
