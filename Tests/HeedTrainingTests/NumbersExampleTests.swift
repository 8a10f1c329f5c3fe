import HeedTraining
import Testing

@Suite struct NumbersExampleTests {
  @Test(arguments: [
    (0, "zero", "null"), (1, "one", "eins"), (2, "two", "zwei"), (7, "seven", "sieben"), (10, "ten", "zehn"),
    (11, "eleven", "elf"), (12, "twelve", "zwölf"), (13, "thirteen", "dreizehn"), (16, "sixteen", "sechzehn"),
    (17, "seventeen", "siebzehn"), (18, "eighteen", "achtzehn"), (20, "twenty", "zwanzig"),
    (21, "twenty-one", "einundzwanzig"), (30, "thirty", "dreißig"), (40, "forty", "vierzig"),
    (66, "sixty-six", "sechsundsechzig"), (77, "seventy-seven", "siebenundsiebzig"),
    (99, "ninety-nine", "neunundneunzig"),
    (100, "one hundred", "einhundert"), (101, "one hundred one", "einhunderteins"),
    (111, "one hundred eleven", "einhundertelf"),
    (342, "three hundred forty-two", "dreihundertzweiundvierzig"),
    (600, "six hundred", "sechshundert"), (1_000, "one thousand", "eintausend"),
    (1_001, "one thousand one", "eintausendeins"),
    (1_100, "one thousand one hundred", "eintausendeinhundert"),
    (2_016, "two thousand sixteen", "zweitausendsechzehn"), (10_000, "ten thousand", "zehntausend"),
    (17_017, "seventeen thousand seventeen", "siebzehntausendsiebzehn"),
    (21_000, "twenty-one thousand", "einundzwanzigtausend"),
    (21_021, "twenty-one thousand twenty-one", "einundzwanzigtausendeinundzwanzig"),
    (100_000, "one hundred thousand", "einhunderttausend"),
    (101_000, "one hundred one thousand", "einhunderteintausend"),
    (101_101, "one hundred one thousand one hundred one", "einhunderteintausendeinhunderteins"),
    (
      999_999, "nine hundred ninety-nine thousand nine hundred ninety-nine",
      "neunhundertneunundneunzigtausendneunhundertneunundneunzig"
    ),
  ])
  func knownNumbers(_ number: Int, _ english: String, _ german: String) {
    #expect(NumbersExample.english(number) == english)
    #expect(NumbersExample.german(number) == german)
    let pair = NumbersExample.Pair(number)
    #expect(pair.number == number && pair.english == english && pair.german == german)
  }

  /// Reads the words back by their pieces, which also shows that no two numbers are written alike.
  @Test func wordsReadBack() throws {
    for number in Array(0...3_000) + Array(stride(from: 3_001, through: 999_999, by: 97)) {
      let english = NumbersExample.segmentEnglish(NumbersExample.english(number))
      #expect(try value(of: english, values: Self.englishValues) == number)
      let german = NumbersExample.german(number)
      let pieces = NumbersExample.segmentGerman(german)
      #expect(pieces.joined() == german)
      #expect(pieces.allSatisfy(NumbersExample.germanParts.contains))
      #expect(try value(of: pieces, values: Self.germanValues) == number)
    }
  }

  @Test func piecesStayApart() {
    #expect(
      NumbersExample.segmentGerman("dreihundertzweiundvierzig") == [
        "drei", "hundert", "zwei", "und", "vierzig",
      ])
    #expect(NumbersExample.segmentGerman("sechzehntausendeins") == ["sechzehn", "tausend", "eins"])
    #expect(NumbersExample.segmentEnglish("forty-two thousand") == ["forty", "-", "two", "thousand"])
    #expect(NumbersExample.segmentGerman("zwei Äpfel") == ["zwei", " ", "Ä", "p", "f", "e", "l"])
    #expect(NumbersExample.segmentGerman("") == [])
    #expect(Set(NumbersExample.germanParts).count == 32 && Set(NumbersExample.englishParts).count == 31)
  }

  @Test func pairsAreTheSameForTheSameSeed() {
    let pairs = NumbersExample.pairs(count: 500, seed: 7)
    #expect(pairs == NumbersExample.pairs(count: 500, seed: 7))
    #expect(pairs != NumbersExample.pairs(count: 500, seed: 8))
    #expect(Array(pairs.prefix(100)) == NumbersExample.pairs(count: 100, seed: 7))
    #expect(pairs.allSatisfy { NumbersExample.range.contains($0.number) })
  }

  @Test(arguments: UInt64(0)..<5)
  func splitIsDisjointAndHasAllLengths(_ seed: UInt64) {
    let split = NumbersExample.split(trainCount: 20_000, heldOutCount: 1_000, seed: seed)
    #expect(split == NumbersExample.split(trainCount: 20_000, heldOutCount: 1_000, seed: seed))
    #expect(split.train.count == 20_000 && split.heldOut.count == 1_000)
    let heldOut = Set(split.heldOut.map(\.number))
    #expect(heldOut.count == 1_000)
    #expect(heldOut.isDisjoint(with: split.train.map(\.number)))
    #expect(!heldOut.contains(0))
    for length in 1...6 {
      // A twelfth of the training pairs, and more of six digits.
      #expect(split.train.count { String($0.number).count == length } > 1_000)
      #expect(heldOut.contains { String($0).count == length })
    }
    // Nearly all small numbers are there to learn from: at most a tenth is held out.
    #expect(Set(split.train.map(\.number)).filter { $0 < 100 }.count >= 85)
  }

  private static let englishValues: [String: Int] = [
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1_000, "-": 0,
  ]
  private static let germanValues: [String: Int] = [
    "null": 0, "ein": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7,
    "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15,
    "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19, "zwanzig": 20, "dreißig": 30,
    "vierzig": 40,
    "fünfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90, "hundert": 100,
    "tausend": 1_000,
    "und": 0,
  ]

  /// Units and tens add up, and "hundred" and "thousand" multiply what is before them.
  private func value(of pieces: [String], values: [String: Int]) throws -> Int {
    var (total, part) = (0, 0)
    for piece in pieces {
      let value = try #require(values[piece])
      switch value {
      case 1_000: (total, part) = (part * 1_000, 0)
      case 100: part *= 100
      default: part += value
      }
    }
    return total + part
  }
}
