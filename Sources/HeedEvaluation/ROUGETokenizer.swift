/// Cuts text into words as the Python package rouge-score 0.1.2 does, and numbers them.
///
/// Words are stretches of a to z and digits of the text in lower case; all other characters separate them.
struct ROUGETokenizer {
  /// Whether words of more than three letters are replaced by their stems.
  let stemming: Bool
  /// The number of each word as it stands in the text: each is stemmed once.
  private var numbers: [[UInt8]: UInt32] = [:]
  private var numbersOfStems: [[UInt8]: UInt32] = [:]

  init(stemming: Bool) { self.stemming = stemming }

  /// The number of each word; equal words have equal numbers.
  mutating func words(of text: some StringProtocol) -> [UInt32] {
    words(of: String(text).scalarValues)
  }

  /// The words of each line that is not empty; only line feeds end lines.
  mutating func sentences(of text: String) -> [[UInt32]] {
    text.scalarValues.split(separator: 0x0A).map { words(of: Array($0)) }
  }

  private mutating func words(of text: Scalars) -> [UInt32] {
    text.lowercased().split { !Self.isLetterOrDigit($0) }.map { word in number(of: word.map { UInt8($0) }) }
  }

  private mutating func number(of word: [UInt8]) -> UInt32 {
    if let number = numbers[word] { return number }
    let stem = stemming && word.count > 3 ? PorterStemmer.stem(word) : word
    let number = numbersOfStems[stem] ?? UInt32(numbersOfStems.count)
    numbersOfStems[stem] = number
    numbers[word] = number
    return number
  }

  private static func isLetterOrDigit(_ value: UInt32) -> Bool {
    switch value {
    case 0x30...0x39, 0x61...0x7A: true
    default: false
    }
  }
}
