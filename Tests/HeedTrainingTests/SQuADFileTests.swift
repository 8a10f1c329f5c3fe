import Foundation
import HeedTraining
import Testing

@Suite struct SQuADFileTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private struct Expected: Decodable {
    let id, title, context, question: String
    let article: Int
    let texts: [String]
    let bytes: [[Int]]
  }

  private func questions(_ file: SQuADFile) throws -> [SQuADQuestion] {
    var all: [SQuADQuestion] = []
    try file.forEach { all.append($0) }
    return all
  }

  private func check(_ file: String) throws {
    let expected = try JSONDecoder().decode(
      [Expected].self, from: Data(contentsOf: URL(fileURLWithPath: trainingFixture("squad-read.json"))))
    let found = try questions(SQuADFile(file))
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) {
      #expect(found.id == expected.id)
      #expect(found.title == expected.title)
      #expect(found.article == expected.article)
      #expect(found.context == expected.context)
      #expect(found.question == expected.question)
      #expect(found.isImpossible == expected.texts.isEmpty)
      #expect(found.answers.map(\.text) == expected.texts)
      let utf8 = found.context.utf8
      #expect(
        found.answers.map { answer in
          [answer.range.lowerBound, answer.range.upperBound].map {
            utf8.distance(from: utf8.startIndex, to: $0)
          }
        } == expected.bytes)
      for answer in found.answers {
        #expect(Array(found.context[answer.range].utf8) == Array(answer.text.utf8))
      }
    }
  }

  /// Written by `Scripts/Fixtures/records.py`, whose strings count code points.
  @Test func findsAnswersWherePythonDoes() throws {
    try check(trainingFixture("squad.json"))
    try check(trainingFixture("squad.jsonl"))
  }

  @Test func readsEveryFormAndGzip() throws {
    let document = try String(contentsOfFile: trainingFixture("squad.json"), encoding: .utf8)
    try check(scratch.writeGzipped("a.json", document))
    let rows = try String(contentsOfFile: trainingFixture("squad.jsonl"), encoding: .utf8)
    try check(scratch.writeGzipped("b.jsonl", rows))
    try check(scratch.write("rows.json", rows))
    let array = "[" + rows.split(separator: "\n").joined(separator: ",\n") + "]\n"
    try check(scratch.write("array.json", array))
    let marked = try questions(SQuADFile(trainingFixture("squad.json")))
    #expect(marked[0].line == 8)
    #expect(try questions(SQuADFile(trainingFixture("squad.jsonl"))).map(\.line) == Array(1...marked.count))
  }

  private func document(_ question: String, context: String = "The caf\u{e9} \u{1F600} is open.") -> String {
    """
    {"data": [{"title": "t", "paragraphs": [{"context": "\(context)", "qas": [
      {"id": "q1", "question": "?", \(question)}
    ]}]}]}
    """
  }

  @Test(
    arguments: [
      // Python: "The café 😀 is open.".index("is") == 11; in UTF-16 it would be 12, in bytes 15.
      (#""answers": [{"text": "is", "answer_start": 11}]"#, "no error"),
      (
        #""answers": [{"text": "is", "answer_start": 12}]"#,
        #"question "q1" should have its answer "is" at character 12 of the context, but "s " stands there; "#
          + "answer_start counts Unicode code points from 0."
      ),
      (#""answers": [{"text": "is", "answer_start": 15}]"#, #"question "q1" should have its answer "is" at"#),
      (
        #""answers": [{"text": "is", "answer_start": 20}]"#,
        #"question "q1" should have its answer "is" at character 20 of the context, which has only 19."#
      ),
      (
        #""answers": [{"text": "open.!", "answer_start": 14}]"#,
        #"question "q1" should have its answer "open.!" at"#
      ),
      (#""answers": [{"text": "cafe\u0301", "answer_start": 4}]"#, #"question "q1" should have its answer"#),
      (#""answers": [{"text": "", "answer_start": 4}]"#, #"question "q1" has an empty answer"#),
      (#""answers": []"#, #"question "q1" has no answer and is not marked is_impossible"#),
      (#""is_impossible": false"#, #"question "q1" has no answer and is not marked is_impossible"#),
      (#""answers": [], "is_impossible": true"#, "no error"),
      (
        #""is_impossible": true, "answers": [{"text": "is", "answer_start": 11}]"#,
        #"question "q1" is marked is_impossible and has the answer "is"."#
      ),
      (
        #""answers": {"text": ["is"], "answer_start": []}"#,
        #"question "q1" has 1 texts of answers and 0 values of answer_start."#
      ),
    ])
  func checksAnswers(_ question: String, _ expected: String) throws {
    let file = try scratch.write("a.json", document(question))
    let said = message(in: scratch) { _ = try questions(SQuADFile(file)) }
    #expect(said.hasPrefix(expected == "no error" ? expected : "a.json:2: \(expected)"))
  }

  @Test func readsQuestionsWithoutAnswersToPredict() throws {
    let file = try scratch.write("a.json", document(#""x": 1"#))
    let found = try questions(SQuADFile(file, requiresAnswers: false))
    #expect(found.map(\.id) == ["q1"])
    #expect(found.map(\.isImpossible) == [false])
  }

  @Test(
    arguments: [
      (
        #"{"data": 7}"#,
        "a.json:1: expected JSON in the form of SQuAD: expected an array (byte 10 of the line)."
      ),
      (
        #"{"data": [{}]}"#,
        #"a.json:1: expected JSON in the form of SQuAD: the object that begins here has no "#
      ),
      (
        #"{"data": [], "data": []}"#,
        #"a.json:1: expected JSON in the form of SQuAD: an object has "data" twice"#
      ),
      (
        "{\"data\": [\n{\"paragraphs\": [\n{\"qas\": []}]}]}",
        "a.json:3: expected JSON in the form of SQuAD: "
      ),
      (
        #"{"context": "c", "id": "1"}"#,
        #"a.json:1: expected JSON in the form of SQuAD: the object that begins "#
      ),
      (
        #"{"context": "\ud800", "id": "1"}"#,
        #"a.json:1: expected JSON in the form of SQuAD: "context" has half"#
      ),
      (#"{"data": []} x"#, "a.json:1: expected JSON in the form of SQuAD: the text goes on after its end"),
      ("", "a.json: the file is empty"),
      ("\n", "a.json:2: expected JSON in the form of SQuAD: the text ends"),
      ("12", "a.json:1: expected JSON in the form of SQuAD: expected an object"),
      (
        String(repeating: "[", count: 100_000),
        "a.json:1: expected JSON in the form of SQuAD: arrays and objects"
      ),
      (
        String(repeating: "{\"data\":", count: 9_000),
        "a.json:1: expected JSON in the form of SQuAD: arrays and"
      ),
    ])
  func saysWhatIsNotSQuAD(_ text: String, _ expected: String) throws {
    let file = try scratch.write("a.json", text)
    #expect(message(in: scratch) { _ = try questions(SQuADFile(file)) }.hasPrefix(expected))
  }

  @Test(arguments: [
    #""answers": [{"text": "is", "answer_start": -1}]"#, #""answers": [{"text": "is", "answer_start": 1e1}]"#,
    #""answers": [{"text": "is", "answer_start": "11"}]"#, #""answers": [{"text": 5, "answer_start": 11}]"#,
    #""answers": [{"text": "is", "answer_start": 99999999999999999999}]"#, #""answers": ["is"]"#,
    #""answers": [{"text": "is"}]"#, #""answers": "is""#, #""answers": [], "is_impossible": "true""#,
    #""answers": [], "id": "q1""#,
  ])
  func refusesAnswersOfAnotherForm(_ question: String) throws {
    let file = try scratch.write("a.json", document(question))
    #expect(
      message(in: scratch) { _ = try questions(SQuADFile(file)) }
        .hasPrefix("a.json:2: expected JSON in the form of SQuAD: "))
  }

  @Test func limitsWhatIsHeldInMemory() throws {
    let file = trainingFixture("squad.json")
    #expect(throws: CorpusError(file: file, .fileTooLarge(limit: 1000))) {
      try SQuADFile(file, maximumSize: 1000).forEach { _ in }
    }
  }

  /// Any file cut short, or with one byte changed, is read or refused.
  @Test(arguments: ["squad.json", "squad.jsonl"]) func survivesDamage(_ name: String) throws {
    let whole = try Array(Data(contentsOf: URL(fileURLWithPath: trainingFixture(name))))
    for step in 0..<150 {
      var damaged = whole
      let place = step * whole.count / 150
      if step.isMultiple(of: 2) {
        damaged.removeSubrange(place...)
      } else {
        damaged[place] ^= UInt8(1 + step % 255)
      }
      let file = try scratch.write(name, damaged)
      let said = message(in: scratch) { _ = try questions(SQuADFile(file)) }
      #expect(said == "no error" || said.hasPrefix("\(name):"))
      // A document that ends too early is never taken for a shorter one.
      if step.isMultiple(of: 2), name == "squad.json" { #expect(said != "no error") }
    }
  }
}
