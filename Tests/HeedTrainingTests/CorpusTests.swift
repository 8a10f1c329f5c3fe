import Foundation
import HeedTraining
import Testing

/// A directory for one test, removed when the test ends.
final class ScratchDirectory {
  let path: String
  /// The same as a URL.
  var url: URL { URL(fileURLWithPath: path) }

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  /// Writes a text as `name.gz` and returns its path.
  func writeGzipped(_ name: String, _ text: String) throws -> String {
    let file = try write(name, text)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-f", file]
    try process.run()
    process.waitUntilExit()
    return file + ".gz"
  }
}

/// Reads a corpus whole.
private func pairs(_ corpus: ParallelCorpus) throws -> [SentencePair] {
  var all: [SentencePair] = []
  try corpus.forEach { all.append($0) }
  return all
}

/// The lines of a file as a `LineReader` gives them; nil for one that is too long.
private func lines(_ file: String, limit: Int = 1000) throws -> [String?] {
  let reader = try LineReader(file, maximumLineLength: limit)
  var all: [String?] = []
  var line: [UInt8] = []
  while true {
    switch try reader.next(into: &line) {
    case .line: all.append(String(decoding: line, as: UTF8.self))
    case .tooLong: all.append(nil)
    case .end:
      #expect(reader.lineCount == all.count)
      return all
    }
  }
}

@Suite struct CorpusLineTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  @Test func readsEveryKindOfLineEnd() throws {
    let mixed = try scratch.write("a", "one\ntwo\r\n\nfour\rstill four\n")
    #expect(try lines(mixed) == ["one", "two", "", "four\rstill four"])
    #expect(try lines(scratch.write("b", "one\ntwo")) == ["one", "two"])
    #expect(try lines(scratch.write("c", "\n")) == [""])
    #expect(try lines(scratch.write("d", "")) == [])
  }

  @Test func leavesOutAByteOrderMark() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(try lines(scratch.write("a", mark + Array("one\ntwo\n".utf8))) == ["one", "two"])
    #expect(try lines(scratch.write("b", mark)) == [])
    #expect(try lines(scratch.write("c", mark + [0x0A])) == [""])
    #expect(try lines(scratch.write("d", [0xEF, 0x0A])).count == 1)
    // Only the first one of a file is a mark.
    #expect(try lines(scratch.write("e", mark + mark + [0x0A])) == ["\u{FEFF}"])
  }

  @Test func limitsWhatALineMayHold() throws {
    let exact = String(repeating: "x", count: 1000)
    let long = String(repeating: "y", count: 200_000)
    let file = try scratch.write("a", "\(exact)\n\(exact)\r\n\(exact)z\n\(long)\nend")
    #expect(try lines(file) == [exact, exact, nil, nil, "end"])
  }

  @Test(arguments: [1, 7, 65_535, 65_536, 65_537]) func linesCrossChunks(_ length: Int) throws {
    let expected = (0..<5).map { String(repeating: "\($0)", count: length) }
    let file = try scratch.write("a", expected.joined(separator: "\r\n") + "\r\n")
    #expect(try lines(file, limit: 100_000) == expected)
  }

  @Test func reportsWhatCannotBeOpened() {
    #expect(throws: CorpusError.self) { _ = try LineReader("/nonexistent/file") }
    #expect {
      _ = try LineReader("/")
    } throws: {
      "\($0)" == "/: cannot be read: it is a directory."
    }
  }
}

@Suite struct CorpusFormatTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private let expected = [
    SentencePair(source: "Hello.", target: "Hallo.", line: 1),
    SentencePair(source: "Café \u{1F600}", target: "Cafe\u{301}", line: 2),
  ]

  @Test func readsPlainFiles() throws {
    let source = try scratch.write("s", "Hello.\nCafé \u{1F600}\n")
    let target = try scratch.write("t", "Hallo.\r\nCafe\u{301}")
    #expect(try pairs(ParallelCorpus(.plain(source: source, target: target))) == expected)
  }

  @Test func readsTSVByPosition() throws {
    let file = try scratch.write("a.tsv", "Hallo.\tx\tHello.\nCafe\u{301}\t\tCafé \u{1F600}\tmore\n")
    #expect(try pairs(ParallelCorpus(.tsv(file: file, source: .index(3), target: .index(1)))) == expected)
  }

  @Test func readsTSVByName() throws {
    let file = try scratch.write(
      "a.tsv", "id\ten\tde\r\n1\tHello.\tHallo.\r\n2\tCafé \u{1F600}\tCafe\u{301}\r\n")
    let named = try pairs(ParallelCorpus(.tsv(file: file, source: .init("en"), target: .init("de"))))
    #expect(named.map(\.source) == expected.map(\.source))
    #expect(named.map(\.target) == expected.map(\.target))
    #expect(named.map(\.line) == [2, 3])
    let mixed = try pairs(ParallelCorpus(.tsv(file: file, source: .init("en"), target: .init("3"))))
    #expect(mixed == named)
  }

  @Test func readsJSONLines() throws {
    let flat = try scratch.write(
      "a.jsonl",
      #"{"en":"Hello.","de":"Hallo.","n":1}"# + "\n" + #"{"de":"Cafe\u0301","en":"Café \ud83d\ude00"}"#)
    #expect(try pairs(ParallelCorpus(.jsonLines(file: flat, source: "en", target: "de"))) == expected)
    let nested = try scratch.write(
      "b.jsonl",
      #"{"id":"0","translation":{"en":"Hello.","de":"Hallo."}}"# + "\n"
        + #"{"translation":{"en":"Café 😀","de":"Cafe\u0301"}}"# + "\n")
    let files = ParallelCorpus.Files.jsonLines(
      file: nested, source: "translation.en", target: "translation.de")
    #expect(try pairs(ParallelCorpus(files)) == expected)
    let dotted = try scratch.write("c.jsonl", #"{"a.b":{"c.d":"1"},"a":{"b":{"c":"2"}},"e.f":"3"}"#)
    let read = try pairs(ParallelCorpus(.jsonLines(file: dotted, source: "a.b.c", target: "e.f")))
    #expect(read == [SentencePair(source: "2", target: "3", line: 1)])
  }

  @Test func readsGzippedFilesTogether() throws {
    // Larger than any pipe's buffer on both sides, so that neither program can run to its end by itself.
    let count = 60_000
    let source = try scratch.writeGzipped("s", (0..<count).map { "source sentence \($0)\n" }.joined())
    let target = try scratch.writeGzipped("t", (0..<count).map { "Zielsatz Nummer \($0)\n" }.joined())
    let read = try pairs(ParallelCorpus(.plain(source: source, target: target)))
    #expect(read.count == count)
    let last = SentencePair(
      source: "source sentence \(count - 1)", target: "Zielsatz Nummer \(count - 1)", line: count)
    #expect(read.last == last)
    // Giving up in the middle leaves nothing blocked.
    let reader = try ParallelCorpus(.plain(source: source, target: target)).makeReader()
    #expect(try reader.next()?.line == 1)
  }
}

@Suite struct CorpusErrorTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func message(_ corpus: ParallelCorpus) -> String {
    do {
      return "read \(try pairs(corpus).count) pairs"
    } catch {
      return "\(error)".replacingOccurrences(of: scratch.path + "/", with: "")
    }
  }

  private func plain(_ source: String, _ target: String) throws -> ParallelCorpus {
    ParallelCorpus(
      .plain(source: try scratch.write("s", source), target: try scratch.write("t", target)),
      maximumLineLength: 100)
  }

  @Test func saysBothLengths() throws {
    let longer = try plain("1\n2\n3\n4", "1\n2\n")
    #expect(message(longer).hasPrefix("s has 4 lines and t has 2; "))
    let shorter = try plain("1\n", "1\n2\n\n")
    #expect(message(shorter).hasPrefix("s has 1 lines and t has 3; "))
  }

  @Test func refusesEmptyFiles() throws {
    #expect(try message(plain("", "")).hasPrefix("s: the file is empty"))
    #expect(try message(plain("a\n", "")).hasPrefix("t: the file is empty"))
    let file = try scratch.write("a.tsv", "")
    #expect(
      message(ParallelCorpus(.tsv(file: file, source: .init("en"), target: .init("de"))))
        .hasPrefix("a.tsv: the file is empty"))
  }

  @Test(
    arguments: [
      ([0x61, 0xFF], 2), ([0xC0, 0xAF], 1), ([0xED, 0xA0, 0x80], 1), ([0xF4, 0x90, 0x80, 0x80], 1),
      ([0x61, 0x62, 0xE2, 0x82], 3), ([0x80], 1), (Array("abcdefghij".utf8) + [0xF0, 0x80, 0x80, 0x80], 11),
    ] as [([UInt8], Int)])
  func saysWhichByteIsNotUTF8(_ bytes: [UInt8], _ position: Int) throws {
    let source = try scratch.write("s", "fine\nfine\n")
    let target = try scratch.write("t", Array("gut\n".utf8) + bytes + [0x0A])
    #expect(
      message(ParallelCorpus(.plain(source: source, target: target)))
        .hasPrefix("t:2: not UTF-8 at byte \(position) of the line"))
  }

  @Test func refusesOrSkipsOverlongLines() throws {
    var corpus = try plain("a\n\(String(repeating: "x", count: 101))\nb\n", "A\nX\nB\n")
    #expect(message(corpus).hasPrefix("s:2: the line is longer than 100 bytes"))
    corpus.overlongLines = .skip
    var sources: [String] = []
    #expect(try corpus.forEach { sources.append($0.source) } == 1)
    #expect(sources == ["a", "b"])
  }

  @Test func saysWhatALineLacks() throws {
    let tsv = try scratch.write("a.tsv", "en\tde\nHello.\n")
    #expect(
      message(ParallelCorpus(.tsv(file: tsv, source: .init("en"), target: .init("de"))))
        .hasPrefix("a.tsv:2: column 2 was expected, but the line has 1 tab-separated column."))
    #expect(
      message(ParallelCorpus(.tsv(file: tsv, source: .init("en"), target: .init("fr"))))
        .hasPrefix(#"a.tsv:1: no column is named "fr" in the first line; it names "en", "de"."#))
    let json = try scratch.write("a.jsonl", #"{"en":"x","de":7}"# + "\n")
    #expect(
      message(ParallelCorpus(.jsonLines(file: json, source: "en", target: "de")))
        .hasPrefix(#"a.jsonl:1: the JSON object has no text at "de""#))
    for text in ["[1]", "", "{", "nonsense", #"{"en":"x"} {"#, String(repeating: "[", count: 100_000)] {
      let file = try scratch.write("b.jsonl", text + "\n")
      #expect(
        message(ParallelCorpus(.jsonLines(file: file, source: "en", target: "de")))
          .hasPrefix("b.jsonl:1: expected a JSON object on the line"))
    }
  }

  @Test func saysWhatGzipSaid() throws {
    let whole = try scratch.writeGzipped("a", String(repeating: "hello world\n", count: 10_000))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
    let torn = try scratch.write("torn.gz", bytes.prefix(bytes.count / 2))
    let error = message(ParallelCorpus(.tsv(file: torn, source: .index(1), target: .index(1))))
    #expect(error.hasPrefix("torn.gz: gzip could not decompress the file: "))
    #expect(error.contains("unexpected end of file"))
    let garbage = try scratch.write("garbage.gz", [0x1F, 0x8B, 1, 2, 3])
    #expect(
      message(ParallelCorpus(.tsv(file: garbage, source: .index(1), target: .index(1))))
        .hasPrefix("garbage.gz: gzip could not decompress the file: "))
  }
}
