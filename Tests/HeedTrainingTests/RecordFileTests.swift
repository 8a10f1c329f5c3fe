import Foundation
import HeedTraining
import Testing

/// A file under Fixtures/Training.
func trainingFixture(_ name: String) -> String {
  var root = URL(fileURLWithPath: #filePath)
  for _ in 0..<3 { root.deleteLastPathComponent() }
  return "\(root.path)/Fixtures/Training/\(name)"
}

/// The values of all records.
private func values(_ file: RecordFile) throws -> [[String?]] {
  var all: [[String?]] = []
  try file.forEach { all.append($0.values) }
  return all
}

/// What is said about a file, without its directory.
func message(in scratch: ScratchDirectory, _ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch let error as CorpusError {
    return "\(error)".replacingOccurrences(of: scratch.path + "/", with: "")
  } catch {
    return "of another kind: \(error)"
  }
}

@Suite struct RecordFileTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func csv(_ text: String, _ fields: [RecordField], hasHeader: Bool? = nil) throws -> RecordFile {
    RecordFile(try scratch.write("a.csv", text), .csv, fields: fields, hasHeader: hasHeader)
  }

  /// Written by `Scripts/Fixtures/records.py` with Python's csv module.
  @Test(arguments: [("commas", ","), ("semicolons", ";")]) func readsCSVAsPythonDoes(
    _ name: String, _ separator: String
  ) throws {
    let separator = try #require(separator.utf8.first)
    let file = RecordFile(
      trainingFixture(name + ".csv"), .csv(separator: separator),
      fields: [RecordField(named: "id"), RecordField(named: "text"), RecordField(named: "a label")])
    let expected = try JSONDecoder().decode(
      [[String]].self, from: Data(contentsOf: URL(fileURLWithPath: trainingFixture(name + ".json"))))
    let found = try values(file)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      // Character by character "\r\n" would equal itself only; bytes leave no doubt.
      #expect(found.map { $0.map { Array($0.utf8) } } == expected.map { Array($0.utf8) })
    }
  }

  @Test func countsTheLinesOfQuotedText() throws {
    let file = try csv("text,label\r\n\"one\r\ntwo\nthree\",1\r\n\r\nfour,2\n", [.sentence, .label])
    var records: [Record] = []
    try file.forEach { records.append($0) }
    #expect(
      records == [
        Record(values: ["one\r\ntwo\nthree", "1"], line: 2), Record(values: ["four", "2"], line: 6),
      ])
    #expect(records[0][1] == "1")
  }

  @Test func readsQuotesAndSeparators() throws {
    let fields = [RecordField(.index(1)), RecordField(.index(2))]
    #expect(try values(csv(#""a,""b""",c"#, fields)) == [[#"a,"b""#, "c"]])
    #expect(try values(csv("\"\",\n,\"\"\n", fields)) == [["", ""], ["", ""]])
    #expect(try values(csv(#"5" disk,6" disk"#, fields)) == [[#"5" disk"#, #"6" disk"#]])
    #expect(try values(csv("a,b\nc,d\n", fields, hasHeader: true)) == [["c", "d"]])
    #expect(try values(csv("a\0b,c", fields)) == [["a\0b", "c"]])
    let piped = RecordFile(
      try scratch.write("b.csv", "x|\"y|z\"\n"), .csv(separator: UInt8(ascii: "|")), fields: fields)
    #expect(try values(piped) == [["x", "y|z"]])
  }

  @Test func readsTSVWithoutQuoting() throws {
    let file = try scratch.write("a.tsv", "\"a\t1\t\r\nb\"\t2\tx\n")
    let fields = [RecordField(.index(2)), RecordField(.index(1))]
    #expect(try values(RecordFile(file, .tsv, fields: fields)) == [["1", "\"a"], ["2", "b\""]])
  }

  @Test func readsLinesAndGzip() throws {
    let file = try scratch.writeGzipped("a", "one\n\ntwo")
    #expect(
      try values(RecordFile(file, .lines, fields: [RecordField(.index(1))])) == [["one"], [""], ["two"]])
    let csv = try scratch.writeGzipped("b.csv", "text,label\n\"a\nb\",0\n")
    #expect(try values(RecordFile(csv, .csv, fields: [.sentence, .label])) == [["a\nb", "0"]])
  }

  @Test func readsJSONOfEveryKind() throws {
    let file = try scratch.write(
      "a.jsonl",
      #"{"text":"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00","label":1,"skip":[{"text":"no"},"]"]}"# + "\n"
        + #" { "label" : true , "te\u0078t" : "" } "# + "\r\n"
        + #"{"label":-1.50e+3,"text":"é","label2":null}"#)
    #expect(
      try values(RecordFile(file, .jsonLines, fields: [.sentence, .label])) == [
        ["a\"\\/\u{8}\u{c}\n\r\té😀", "1"], ["", "true"], ["é", "-1.50e+3"],
      ])
    let whole = try scratch.write("b.jsonl", #"{"a.b":"x","a":{"b":"y","c":false},"1":"z"}"#)
    let paths = ["a.b", "a.c", "1"].map { RecordField(RecordFile.Column($0), kind: .label) }
    #expect(try values(RecordFile(whole, .jsonLines, fields: paths)) == [["x", "false", "z"]])
  }

  @Test func letsOptionalValuesBeMissing() throws {
    let optional = RecordField(named: "title", isOptional: true)
    let json = try scratch.write(
      "a.jsonl", #"{"text":"a"}"# + "\n" + #"{"text":"b","title":null}"# + "\n" + #"{"text":"c","title":"t"}"#
    )
    let expected: [[String?]] = [["a", nil], ["b", nil], ["c", "t"]]
    #expect(try values(RecordFile(json, .jsonLines, fields: [.sentence, optional])) == expected)
    let either = RecordField(named: "heading", "title", isOptional: true)
    #expect(try values(RecordFile(json, .jsonLines, fields: [.sentence, either])) == expected)
    #expect(try values(csv("text,title\na\nb,\n", [.sentence, optional])) == [["a", nil], ["b", ""]])
    #expect(try values(csv("text\na\n", [.sentence, optional])) == [["a", nil]])
  }

  @Test func takesTheFirstOfSeveralNames() throws {
    #expect(try values(csv("highlights,article\ns,d\n", [.document, .summary])) == [["d", "s"]])
    let json = try scratch.write(
      "a.jsonl",
      #"{"article":"d","highlights":"s"}"# + "\n" + #"{"document":"no","article":"e","highlights":"t"}"#)
    let file = RecordFile(json, .jsonLines, fields: [.document, .summary])
    #expect(try values(file) == [["d", "s"], ["e", "t"]])
    let strange = try scratch.write("b.jsonl", #"{"body":"d","translation":{"en":"x","de":"y"}}"#)
    #expect(
      message(in: scratch) { _ = try values(RecordFile(strange, .jsonLines, fields: [.document])) }
        == #"b.jsonl:1: none of "document", "article", "text" is there; what is there is "body", "#
        + #""translation.en", "translation.de"."#)
    let other = try csv("a,b\n1,2\n", [.document])
    let text = message(in: scratch) { _ = try values(other) }
    #expect(text == #"a.csv:1: none of "document", "article", "text" is there; what is there is "a", "b"."#)
  }

  @Test func saysWhatIsWrongWithCSV() throws {
    func said(_ text: String, limit: Int = 1000, _ fields: [RecordField] = [.sentence, .label]) throws
      -> String
    {
      let path = try scratch.write("a.csv", text)
      let file = RecordFile(path, .csv, fields: fields, maximumLineLength: limit)
      return message(in: scratch) { _ = try values(file) }
    }
    #expect(
      try said("text,label\na,1\n\"b,\n2\n3\n")
        .hasPrefix(
          "a.csv:3: a column begins with a quote here that is not closed before the end of the file;"))
    #expect(
      try said("text,label\n\"x\n\",1\n\"b\(String(repeating: "\nx", count: 600))\",1\n")
        .hasPrefix("a.csv:4: a column begins with a quote here that is not closed within 1000 bytes;"))
    #expect(
      try said("text,label\n\"a\nb\"c,1\n").hasPrefix("a.csv:3: column 1 goes on after its closing quote;"))
    #expect(
      try said("text,label\n\"a\"\n").hasPrefix(
        "a.csv:2: column 2 was expected, but the line has 1 comma-separated column."))
    #expect(try said("text,text,label\n").hasPrefix(#"a.csv:1: "text" is there twice"#))
    #expect(
      try said("a,b\n", [RecordField(named: "c")])
        == #"a.csv:1: no column is named "c" in the first line; it names "a", "b"."#)
    #expect(try said("").hasPrefix("a.csv: the file is empty"))
    #expect(
      try said("text,label\n\(String(repeating: "x", count: 1_000_000)),1\n")
        .hasPrefix("a.csv:2: the line is longer than 1000 bytes"))
    let path = try scratch.write(
      "b.csv", Array("text,label\n\"a\n".utf8) + [0x62, 0xFF] + Array("\",1\n".utf8))
    #expect(
      message(in: scratch) { _ = try values(RecordFile(path, .csv, fields: [.sentence, .label])) }
        .hasPrefix("b.csv:3: not UTF-8 at byte 2 of the line"))
  }

  @Test func leavesOutOverlongRecords() throws {
    let path = try scratch.write("a.tsv", "a\t1\n\(String(repeating: "x", count: 101))\t2\nc\t3\n")
    let file = RecordFile(
      path, .tsv, fields: [RecordField(.index(2))], maximumLineLength: 100, overlongLines: .skip)
    var found: [Record] = []
    #expect(try file.forEach { found.append($0) } == 1)
    #expect(found == [Record(values: ["1"], line: 1), Record(values: ["3"], line: 3)])
  }

  @Test(
    arguments: [
      (#"{"text":7,"label":1}"#, #"the JSON object has no text at "text""#),
      (#"{"text":"a","label":[1]}"#, #"the JSON object has no text, number or truth value at "label""#),
      (#"{"text":"a","label":null}"#, #"the JSON object has no text, number or truth value at "label""#),
      (#"{"text":"\ud83d","label":1}"#, #"the text at "text" has half of a surrogate pair"#),
      (#"{"text":"\ud83d\u0041","label":1}"#, #"the text at "text" has half of a surrogate pair"#),
      (#"{"text":"\ude00","label":1}"#, #"the text at "text" has half of a surrogate pair"#),
      (#"{"text":"a","label":1,"text":"b"}"#, #""text" is there twice"#),
      (#"{"text":"a","label":1,"t\u0065xt":"b"}"#, #""text" is there twice"#),
      (
        "{\"text\":\"a\0\",\"label\":1}",
        "expected a JSON object on the line, found something else: a control"
      ),
      (#"{"text":"a","label":01}"#, "expected a JSON object on the line"),
      (#"{"text":"a","label":1.}"#, "expected a JSON object on the line"),
      (#"{"text":"a","label":-}"#, "expected a JSON object on the line"),
      (#"{"text":"a","label":NaN}"#, "expected a JSON object on the line"),
      (#"{"text":"a" "label":1}"#, "expected a JSON object on the line"),
      (#"{"text":"a","label":1,}"#, "expected a JSON object on the line"),
      (#"{"text":"\x","label":1}"#, "expected a JSON object on the line"),
      (#"{"text":"\u12g4","label":1}"#, "expected a JSON object on the line"),
      (#"{"text":"a","label":1}}"#, "expected a JSON object on the line"),
      (#"{"text":"a"#, "expected a JSON object on the line"),
      (#"{"text":tru"#, "expected a JSON object on the line"),
    ])
  func saysWhatIsWrongWithJSON(_ text: String, _ expected: String) throws {
    let good = #"{"text":"a","label":1,"unwanted":"\ud800"}"#
    let file = RecordFile(
      try scratch.write("a.jsonl", "\(good)\n\(text)\n"), .jsonLines,
      fields: [RecordField(named: "text"), RecordField(named: "label", kind: .label)])
    #expect(message(in: scratch) { _ = try values(file) }.hasPrefix("a.jsonl:2: \(expected)"))
  }

  @Test func limitsNesting() throws {
    func said(_ depth: Int, _ opening: String, _ closing: String) throws -> String {
      let nested = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
      let path = try scratch.write("a.jsonl", "{\"x\":\(nested),\"text\":\"a\"}")
      return message(in: scratch) { _ = try values(RecordFile(path, .jsonLines, fields: [.sentence])) }
    }
    for (opening, closing) in [("[", "]"), ("{\"x\":", "}")] {
      #expect(try said(255, opening, closing) == "no error")
      #expect(try said(256, opening, closing).contains("nested more than 256 deep"))
      #expect(try said(50_000, opening, closing).contains("nested more than 256 deep"))
    }
    let path = try scratch.write("b.jsonl", String(repeating: "{\"a\":", count: 50_000))
    let deep = RecordField(named: String(repeating: "a.", count: 1000) + "a")
    #expect(
      message(in: scratch) { _ = try values(RecordFile(path, .jsonLines, fields: [deep])) }
        .contains("nested more than 256 deep"))
  }

  /// Whatever is in a file, it is read or refused with its name.
  @Test(arguments: UInt64(0)..<300) func survivesAnyBytes(_ seed: UInt64) throws {
    var random = Bytes(seed: seed)
    let path = try scratch.write("a", random.file())
    let fields = [RecordField(.index(1)), RecordField(.index(2), kind: .label, isOptional: true)]
    let files: [RecordFile] = [
      RecordFile(path, .tsv, fields: fields), RecordFile(path, .csv, fields: fields),
      RecordFile(path, .csv, fields: fields, hasHeader: true, maximumLineLength: 9),
      RecordFile(path, .jsonLines, fields: [.sentence, .label]),
      RecordFile(path, .lines, fields: [RecordField(.index(1))]),
    ]
    for file in files {
      let said = message(in: scratch) { _ = try values(file) }
      #expect(said == "no error" || said.hasPrefix("a:"))
    }
    let squad = message(in: scratch) { try SQuADFile(path).forEach { _ in } }
    #expect(squad == "no error" || squad.hasPrefix("a:"))
    for passages in [TextFile.Passages.lines, .blocks, .whole] {
      let said = message(in: scratch) { try TextFile(path, passages, maximumLength: 20).forEach { _ in } }
      #expect(said == "no error" || said.hasPrefix("a:"))
    }
  }
}

/// Random files, of bytes that matter to the formats and of others.
private struct Bytes {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }

  mutating func file() -> [UInt8] {
    let pieces = [
      "\"", "\"\"", ",", "\t", "\n", "\r\n", "\r", "{", "}", "[", "]", ":", "\\", "\\ud83d", "\\u00", "text",
      "label",
      "\"text\":", "\"label\":", "1", "-", "e", "true", "null", "\0", "é", "\u{FEFF}", "{\"data\":[",
      "\"context\":",
      "{\"text\":\"a\",\"label\":1}\n",
    ]
    return (0..<next(below: 40)).flatMap { _ -> [UInt8] in
      next(below: 8) == 0 ? [UInt8(next(below: 256))] : Array(pieces[next(below: pieces.count)].utf8)
    }
  }
}
