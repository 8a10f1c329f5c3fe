import Foundation
import HeedTraining
import Testing

@Suite struct TextFileTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func passages(_ file: TextFile) throws -> [TextPassage] {
    var all: [TextPassage] = []
    try file.forEach { all.append($0) }
    return all
  }

  private let text = "\u{FEFF} \n = Title = \r\n \t\r\n\none \ntwo\n\n\n three"

  @Test func givesLines() throws {
    let file = try scratch.write("a", text)
    #expect(
      try passages(TextFile(file, .lines)) == [
        TextPassage(text: " = Title = ", line: 2), TextPassage(text: "one ", line: 5),
        TextPassage(text: "two", line: 6), TextPassage(text: " three", line: 9),
      ])
  }

  @Test func givesBlocks() throws {
    let expected = [
      TextPassage(text: " = Title = ", line: 2), TextPassage(text: "one \ntwo", line: 5),
      TextPassage(text: " three", line: 9),
    ]
    #expect(try passages(TextFile(scratch.write("a", text), .blocks)) == expected)
    #expect(try passages(TextFile(scratch.writeGzipped("b", text), .blocks)) == expected)
    #expect(try passages(TextFile(scratch.write("c", " \n\n"), .blocks)) == [])
  }

  @Test(arguments: [1_000_000, 100, 17, 12]) func givesTheWholeInPieces(_ limit: Int) throws {
    let file = TextFile(try scratch.write("a", text), .whole, maximumLength: limit)
    let pieces = try passages(file)
    #expect(pieces.map(\.text).joined() == " \n = Title = \n \t\n\none \ntwo\n\n\n three")
    #expect(pieces.allSatisfy { $0.text.utf8.count <= limit })
    #expect(pieces.dropLast().allSatisfy { $0.text.hasSuffix("\n") })
    #expect((pieces.count == 1) == (limit >= 100))
    if limit == 12 { #expect(pieces.map(\.line) == [1, 2, 3, 6]) }
    // Without the last line end there is none in the text either, and with it there is.
    let ended = try scratch.write("b", "x\n")
    #expect(try passages(TextFile(ended, .whole)).map(\.text) == ["x\n"])
  }

  @Test func saysWhatIsWrong() throws {
    func said(_ bytes: [UInt8], _ passages: TextFile.Passages) throws -> String {
      let file = TextFile(try scratch.write("a", bytes), passages, maximumLength: 10)
      return message(in: scratch) { try file.forEach { _ in } }
    }
    for form in [TextFile.Passages.lines, .blocks, .whole] {
      #expect(try said([], form).hasPrefix("a: the file is empty"))
      #expect(
        try said(Array("x\ny\u{e9}\n".utf8) + [0x61, 0xE9, 0x0A], form).hasPrefix("a:3: not UTF-8 at byte 2"))
      let long = Array("x\n".utf8) + [UInt8](repeating: 0x78, count: 1_000_000)
      let message = try said(long, form)
      #expect(message.hasPrefix("a:2: the line is longer than 10 bytes") && message.contains("fold -s"))
    }
    #expect(
      try said(Array("\nab\ncd\nef\nghi\n".utf8), .blocks)
        .hasPrefix("a:2: the paragraph that begins here is longer than 10 bytes"))
    // With its end, a line of ten bytes does not fit into a piece of ten.
    #expect(try said(Array("0123456789\n".utf8), .whole).hasPrefix("a:1: the line is longer than 10 bytes"))
    #expect(try said(Array("0123456789".utf8), .whole) == "no error")
    let whole = try Data(
      contentsOf: URL(fileURLWithPath: scratch.writeGzipped("b", String(repeating: "hello\n", count: 9999))))
    let torn = try scratch.write("torn.gz", whole.prefix(whole.count / 2))
    #expect(
      message(in: scratch) { try TextFile(torn, .whole).forEach { _ in } }
        .hasPrefix("torn.gz: gzip could not decompress the file: "))
  }
}

@Suite struct HeldOutTests {
  @Test func takesTheLastOfEverySoMany() {
    #expect((0..<10).filter { HeldOut.every(4).contains(number: $0) } == [3, 7])
    #expect((0..<3).allSatisfy { HeldOut.every(1).contains(number: $0) })
  }

  @Test func takesAFraction() {
    for seed in UInt64(0)..<5 {
      let held = HeldOut.fraction(0.1, seed: seed)
      let count = (0..<10_000).count { held.contains(number: $0) }
      // Five standard deviations of a binomial distribution are 150.
      #expect((850...1150).contains(count))
      let keys = (0..<10_000).count { held.contains(key: "article \($0)") }
      #expect((850...1150).contains(keys))
    }
    let keys = (0..<10_000).count { HeldOut.every(10).contains(key: "article \($0)") }
    #expect((850...1150).contains(keys))
    #expect((0..<100).count { HeldOut.fraction(0, seed: 1).contains(number: $0) } == 0)
    #expect((0..<100).count { HeldOut.fraction(1, seed: 1).contains(number: $0) } == 100)
  }

  @Test func dependsOnTheSeedAndOnNothingElse() {
    func chosen(_ seed: UInt64) -> [Int] {
      (0..<40).filter { HeldOut.fraction(0.25, seed: seed).contains(number: $0) }
    }
    // Pinned, as FNV-1a and SplitMix64 written in Python give it: a run that is resumed after an update must hold out the same records.
    #expect(chosen(1) == [4, 5, 8, 11, 12, 13, 14, 25, 30, 33, 36, 37])
    #expect(chosen(1) != chosen(2))
    let keys = ["Warsaw", "Oxygen", "Kenya", "Ctenophora", "Geology", "Steam engine", "Force", "Normans"]
    #expect(
      keys.filter { HeldOut.fraction(0.5, seed: 1).contains(key: $0) } == [
        "Oxygen", "Kenya", "Geology", "Normans",
      ])
  }
}

@Suite struct CSVRecipeTests {
  @Test func choosesCSVByNameOrFormat() throws {
    var data = DataRecipe()
    data.source = "a.csv.gz"
    #expect(
      try data.trainingCorpus().files
        == .csv(file: "a.csv.gz", source: .name("source"), target: .name("target")))
    (data.source, data.sourceField, data.targetField) = ("a.txt", "1", "German")
    data.format = DataRecipe.Format(recipeText: "csv")
    #expect(
      try data.trainingCorpus().files == .csv(file: "a.txt", source: .index(1), target: .name("German")))
    data.target = "b.txt"
    #expect(throws: RecipeError.self) { try data.trainingCorpus() }
  }

  @Test func readsPairsFromCSV() throws {
    let scratch = try ScratchDirectory()
    var data = DataRecipe()
    data.source = try scratch.write("a.csv", "target,source\r\n\"Hallo,\nWelt\",\"Hello, \"\"world\"\"\"\r\n")
    var pairs: [SentencePair] = []
    try data.trainingCorpus().forEach { pairs.append($0) }
    #expect(pairs == [SentencePair(source: #"Hello, "world""#, target: "Hallo,\nWelt", line: 2)])
  }
}
