/// How near an answer comes to the right one, as the official scripts of SQuAD count it.
///
/// Answers are compared in lower case, without ASCII punctuation, without the articles a, an and the, and with single
/// spaces.
///
/// Sources: Rajpurkar, Zhang, Lopyrev and Liang, "SQuAD: 100,000+ Questions for Machine Comprehension of Text" (2016);
/// Rajpurkar, Jia and Liang, "Know What You Don't Know: Unanswerable Questions for SQuAD" (2018).
public struct AnswerScore: Hashable, Sendable {
  /// 1 if the answer is a right one, else 0.
  public let exactMatch: Double
  /// The harmonic mean of precision and recall of its words, in 0...1.
  public let f1: Double

  /// A score of given numbers.
  public init(exactMatch: Double, f1: Double) {
    self.exactMatch = exactMatch
    self.f1 = f1
  }

  /// Compares an answer with a right one.
  ///
  /// - Parameters:
  ///   - answer: The answer to judge; empty says that there is none.
  ///   - reference: The right answer; empty if there is none.
  ///   - rules: Under those of version 1 two answers without a word share no word, so that their F1 is 0; under those of
  ///     version 2 they agree.
  public init(answer: String, reference: String, rules: SQuAD.Rules = .v2) {
    self.init(Self.words(of: answer), Self.words(of: reference), rules)
  }

  /// Compares an answer with several right ones; the best exact match and the best F1 count.
  ///
  /// - Parameters:
  ///   - answer: The answer to judge; empty says that there is none.
  ///   - references: The right answers. Under the rules of version 2 those without a word do not count, and if there are
  ///     no others, the right answer is none.
  ///   - rules: Whose rules hold.
  /// - Precondition: Under the rules of version 1 there is at least one reference.
  public init(answer: String, references: [String], rules: SQuAD.Rules = .v2) {
    var right = references.map(Self.words)
    if rules == .v2 {
      right.removeAll(where: \.isEmpty)
      if right.isEmpty { right = [[]] }
    }
    precondition(!right.isEmpty, "By the rules of SQuAD 1.1 an answer needs at least one reference.")
    let words = Self.words(of: answer)
    let scores = right.map { AnswerScore(words, $0, rules) }
    self.init(exactMatch: scores.map(\.exactMatch).max() ?? 0, f1: scores.map(\.f1).max() ?? 0)
  }

  private init(_ answer: [ArraySlice<UInt32>], _ reference: [ArraySlice<UInt32>], _ rules: SQuAD.Rules) {
    var counts: [ArraySlice<UInt32>: Int] = [:]
    for word in reference { counts[word, default: 0] += 1 }
    var shared = 0
    for word in answer {
      guard let count = counts[word], count > 0 else { continue }
      counts[word] = count - 1
      shared += 1
    }
    exactMatch = answer == reference ? 1 : 0
    if shared > 0 {
      let precision = Double(shared) / Double(answer.count)
      let recall = Double(shared) / Double(reference.count)
      f1 = 2 * precision * recall / (precision + recall)
    } else {
      f1 = rules == .v2 && answer.isEmpty && reference.isEmpty ? 1 : 0
    }
  }

  /// The form in which answers are compared.
  public static func normalized(_ answer: String) -> String {
    words(of: answer).map(\.text).joined(separator: " ")
  }

  private static func words(of answer: String) -> [ArraySlice<UInt32>] {
    var text = answer.scalarValues.lowercased()
    text.removeAll(where: isASCIIPunctuation)
    return withoutArticles(text).words()
  }

  /// Articles are stretches of letters and digits, as Python's `\b` sees them: "the" in "the–a" is one, though the words
  /// that count are what stands between white space.
  private static func withoutArticles(_ text: Scalars) -> Scalars {
    var result = Scalars()
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      let end = text[index...].firstIndex { !isWordCharacter($0) } ?? text.count
      let word = text[index..<end]
      if articles.contains(where: { word.elementsEqual($0) }) {
        result.append(PunctuationRules.space)
      } else {
        result += word
      }
      if end < text.count { result.append(text[end]) }
      index = end + 1
    }
    return result
  }

  private static let articles = ["a", "an", "the"].map(\.scalarValues)

  /// Whether Python's `\w` matches this scalar; the underscore was removed with the punctuation.
  private static func isWordCharacter(_ value: UInt32) -> Bool {
    if value < 0x80 { return (0x61...0x7A).contains(value) || (0x30...0x39).contains(value) }
    guard let properties = Unicode.Scalar(value)?.properties else { return false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
    default: return properties.numericType != nil
    }
  }
}
