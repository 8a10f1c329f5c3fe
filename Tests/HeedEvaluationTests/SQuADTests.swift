import Foundation
import HeedEvaluation
import Testing

/// Exact match and F1 equal those of the official scripts of SQuAD 1.1 and 2.0.
@Suite struct SQuADTests {
  private struct Pair: Decodable {
    let answer: String
    let reference: String
    let normalized: String
    let exact: Double
    let f1_v1: Double
    let f1_v2: Double
  }

  private struct Figures: Decodable {
    struct Threshold: Decodable {
      let threshold: Double
      let figures: [String: Double]
    }
    let v1: [String: Double]
    let v1_without_every_seventh: [String: Double]
    let v2: [String: Double]
    let v2_threshold: [Threshold]
  }

  @Test func answersCompareEqual() throws {
    let pairs: [Pair] = try Golden.read("answers.json")
    #expect(pairs.count == 83)
    for pair in pairs {
      let normalized = AnswerScore.normalized(pair.answer)
      #expect(normalized.utf8.elementsEqual(pair.normalized.utf8), "\(pair.answer): \(normalized)")
      for (rules, f1) in [(SQuAD.Rules.v1, pair.f1_v1), (.v2, pair.f1_v2)] {
        let score = AnswerScore(answer: pair.answer, reference: pair.reference, rules: rules)
        #expect(score.exactMatch == pair.exact, "\(pair.answer)")
        #expect(abs(score.f1 - f1) < 1e-12, "\(rules): \(pair.answer)")
      }
    }
  }

  @Test func theBestOfSeveralAnswersCounts() {
    let score = AnswerScore(
      answer: "two cats", references: ["two", "two small cats", "Two cats!"], rules: .v1)
    #expect(score == AnswerScore(exactMatch: 1, f1: 1))
    #expect(AnswerScore(answer: "", references: ["the"]) == AnswerScore(exactMatch: 1, f1: 1))
    #expect(AnswerScore(answer: "", references: ["the", "cat"]) == AnswerScore(exactMatch: 0, f1: 0))
    #expect(AnswerScore(answer: "", references: ["the"], rules: .v1) == AnswerScore(exactMatch: 1, f1: 0))
  }

  @Test func figuresOfVersion1Equal() throws {
    let golden: Figures = try Golden.read("squad.json")
    let files = try files("squad-1.json")
    #expect(files.rules == .v1)
    let metric = SQuAD(rules: .v1)
    expectEqual(metric.score(files.questions, predictions: files.predictions), golden.v1)

    let ids = files.questions.map(\.id)
    let left = ids.enumerated().filter { $0.offset % 7 == 0 }.map(\.element)
    let some = files.predictions.filter { !left.contains($0.key) }
    let score = metric.score(files.questions, predictions: some)
    expectEqual(score, golden.v1_without_every_seventh)
    #expect(score.missing == left)
  }

  @Test func figuresOfVersion2Equal() throws {
    let golden: Figures = try Golden.read("squad.json")
    let files = try files("squad-2.json", probabilities: "squad-probabilities.json")
    #expect(files.rules == .v2)
    expectEqual(SQuAD(rules: .v2).score(files.questions, predictions: files.predictions), golden.v2)
    #expect(golden.v2_threshold.count == 3)
    for expected in golden.v2_threshold {
      let score = SQuAD(rules: .v2, noAnswerThreshold: expected.threshold).score(
        files.questions, predictions: files.predictions, noAnswerProbabilities: files.noAnswerProbabilities)
      expectEqual(score, expected.figures)
    }
  }

  @Test func aMissingPredictionIsWrongInVersion2Too() {
    let questions = [SQuAD.Question(id: "a", answers: ["x"]), SQuAD.Question(id: "b", answers: [])]
    let score = SQuAD(rules: .v2).score(questions, predictions: ["a": "x", "c": "y"])
    #expect(score.all.exactMatch == 50)
    #expect(score.withoutAnswer?.f1 == 0)
    #expect(score.missing == ["b"])
    #expect(SQuAD(rules: .v1).score([], predictions: [:]).all.f1 == 0)
  }

  /// Numbers are versions too, and of two answers to one question the last counts, as the official scripts have it.
  @Test(arguments: [("1.1", SQuAD.Rules.v1), ("2.0", .v2), ("2", .v2), ("\"v2.0\"", .v2), ("null", .v1)])
  func oddFilesAreReadAsPythonReadsThem(_ version: String, _ rules: SQuAD.Rules) throws {
    let data = """
      {"version": \(version), "data": [{"paragraphs": [{"qas": [{"id": "q", "answers": [{"text": "x"}]}]}]}]}
      """
    let files = try self.files(data, "{\"q\": \"first\", \"r\": \"\", \"q\": \"last\"}") {
      try SQuADFiles(data: $0, predictions: $1)
    }
    #expect(files.rules == rules && files.predictions == ["q": "last", "r": ""])
  }

  @Test(arguments: [
    ("[1]", "{}", "data.json: in the file, expected an object."),
    ("{\"data\": [{\"paragraphs\": 1}]}", "{}", "data.json: in data[0].paragraphs, expected an array."),
    ("{\"data\": []}", "{}", "data.json: in data, expected at least one question."),
    (
      "{\"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": \"q\"}]}]}]}", "{}",
      "data.json: in data[0].paragraphs[0].qas[0], expected the field \"answers\"."
    ),
    (
      "{\"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": \"q\", \"answers\": []}]}]}]}", "{}",
      "data.json: in question q, expected at least one answer, as version 1.1 has them."
    ),
    (
      "{\"version\": \"v2.0\", \"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": \"q\", \"answers\": []}, "
        + "{\"id\": \"q\", \"answers\": []}]}]}]}", "{}",
      "data.json: in question q, expected an id that no other question has."
    ),
    (
      "{\"version\": \"v2.0\", \"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": \"q\", \"answers\": []}]}]}]}",
      "{\"q\": [\"x\"]}", "predictions.json: in q, expected a string."
    ),
    (
      "{\"version\": \"v2.0\", \"data\": [{\"paragraphs\": [{\"qas\": [{\"id\": \"q\", \"answers\": []}]}]}]}",
      "{\"q\":", "predictions.json: in the file, expected valid JSON in UTF-8."
    ),
  ])
  func badFilesAreErrors(_ data: String, _ predictions: String, _ message: String) throws {
    try files(data, predictions) { dataFile, predictionsFile in
      let error = #expect(throws: EvaluationError.self) {
        try SQuADFiles(data: dataFile, predictions: predictionsFile)
      }
      #expect(error?.description == dataFile.dropLast("data.json".count) + message)
    }
  }

  /// The paths of two files with these texts, for as long as `body` runs.
  private func files<Result>(
    _ data: String, _ predictions: String, _ body: (String, String) throws -> Result
  ) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = ["data.json", "predictions.json"].map { directory.appending(path: $0) }
    for (file, text) in zip(files, [data, predictions]) { try Data(text.utf8).write(to: file) }
    return try body(files[0].path, files[1].path)
  }

  private func files(_ data: String, probabilities: String? = nil) throws -> SQuADFiles {
    try SQuADFiles(
      data: Golden.path(data), predictions: Golden.path("squad-predictions.json"),
      noAnswerProbabilities: probabilities.map(Golden.path))
  }

  private func expectEqual(
    _ score: SQuADScore, _ expected: [String: Double], _ location: SourceLocation = #_sourceLocation
  ) {
    let figures = Dictionary(uniqueKeysWithValues: score.figures.map { ($0.name, $0.value) })
    #expect(Set(figures.keys) == Set(expected.keys), sourceLocation: location)
    for (name, value) in expected {
      #expect(abs((figures[name] ?? .nan) - value) < 1e-9, "\(name)", sourceLocation: location)
    }
  }
}
