/// Parallel text that needs no download: the numbers 0 to 999,999 in English and in German words.
///
/// German says the units before the tens ("zweiundvierzig", two and forty), so a model has to learn to turn them round,
/// and its cross-attention shows it.
public enum NumbersExample {
  /// A number in both languages.
  public struct Pair: Hashable, Sendable {
    /// The number, in 0...999,999.
    public let number: Int
    /// The number in English words, such as "three hundred forty-two".
    public let english: String
    /// The number in German words, such as "dreihundertzweiundvierzig".
    public let german: String

    /// Writes `number` in both languages.
    ///
    /// - Precondition: `number` is in `NumbersExample.range`.
    public init(_ number: Int) {
      self.number = number
      english = NumbersExample.english(number)
      german = NumbersExample.german(number)
    }
  }

  /// The numbers that can be written.
  public static let range = 0...999_999

  /// `number` in English words; 0 is "zero".
  ///
  /// - Precondition: `number` is in `range`.
  public static func english(_ number: Int) -> String {
    precondition(range.contains(number), "\(number) is not in \(range).")
    if number == 0 { return "zero" }
    var words: [String] = []
    if number >= 1_000 { words += englishBelowThousand(number / 1_000) + ["thousand"] }
    words += englishBelowThousand(number % 1_000)
    return words.joined(separator: " ")
  }

  /// `number` in German words; 0 is "null".
  ///
  /// - Precondition: `number` is in `range`.
  public static func german(_ number: Int) -> String {
    precondition(range.contains(number), "\(number) is not in \(range).")
    if number == 0 { return "null" }
    let (thousands, rest) = number.quotientAndRemainder(dividingBy: 1_000)
    // "eins" stands only at the very end; before another part it is "ein".
    let head = thousands > 0 ? germanBelowThousand(thousands, isLast: false) + "tausend" : ""
    return head + germanBelowThousand(rest, isLast: true)
  }

  private static func englishBelowThousand(_ number: Int) -> [String] {
    var words: [String] = []
    if number >= 100 { words += [englishSmall[number / 100], "hundred"] }
    let rest = number % 100
    if rest >= 20 {
      let (tens, units) = rest.quotientAndRemainder(dividingBy: 10)
      words.append(units > 0 ? englishTens[tens - 2] + "-" + englishSmall[units] : englishTens[tens - 2])
    } else if rest > 0 {
      words.append(englishSmall[rest])
    }
    return words
  }

  private static func germanBelowThousand(_ number: Int, isLast: Bool) -> String {
    var text = number >= 100 ? germanSmall[number / 100] + "hundert" : ""
    let rest = number % 100
    if rest >= 20 {
      let (tens, units) = rest.quotientAndRemainder(dividingBy: 10)
      text += (units > 0 ? germanSmall[units] + "und" : "") + germanTens[tens - 2]
    } else if rest > 0 {
      text += rest == 1 && isLast ? "eins" : germanSmall[rest]
    }
    return text
  }

  private static let englishSmall = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
  ]
  private static let englishTens = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
  ]
  private static let germanSmall = [
    "null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
  ]
  private static let germanTens = [
    "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
  ]
}

// MARK: - Meaning

extension NumbersExample {
  /// The English word that a part of a German number stands for ("vierzig": forty), or nil for "und" and what is none.
  public static func meaning(ofGerman part: String) -> String? {
    switch part {
    case "eins": "one"
    case "hundert": "hundred"
    case "tausend": "thousand"
    default:
      if let index = germanSmall.firstIndex(of: part) {
        englishSmall[index]
      } else {
        germanTens.firstIndex(of: part).map { englishTens[$0] }
      }
    }
  }
}

// MARK: - Word pieces

extension NumbersExample {
  /// Every piece that English numbers are made of, besides the space; longer ones before those that begin them.
  public static let englishParts = longestFirst(englishSmall + englishTens + ["hundred", "thousand", "-"])

  /// Every piece that German numbers are made of; longer ones before those that begin them.
  ///
  /// A vocabulary that keeps these apart lets attention be read: "zwei", "und", "vierzig".
  public static let germanParts = longestFirst(
    germanSmall + germanTens + ["eins", "und", "hundert", "tausend"])

  /// The pieces of a German number: "dreihundertzweiundvierzig" gives drei, hundert, zwei, und, vierzig.
  ///
  /// What is made of no piece comes back as single characters, so that the pieces joined are always the text.
  public static func segmentGerman(_ text: String) -> [String] { segment(text, into: germanParts) }

  /// The pieces of an English number, spaces left out: "forty-two thousand" gives forty, -, two, thousand.
  public static func segmentEnglish(_ text: String) -> [String] {
    text.split(separator: " ").flatMap { segment(String($0), into: englishParts) }
  }

  /// Cuts off the longest piece that the rest begins with, again and again.
  private static func segment(_ text: String, into parts: [String]) -> [String] {
    // Bytes rather than characters: comparing strings takes ten times as long.
    var rest = Substring(text).utf8
    var pieces: [String] = []
    while !rest.isEmpty {
      let piece = parts.first { rest.starts(with: $0.utf8) } ?? String(Substring(rest).prefix(1))
      pieces.append(piece)
      rest = rest.dropFirst(piece.utf8.count)
    }
    return pieces
  }

  private static func longestFirst(_ parts: [String]) -> [String] {
    parts.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
  }
}
