import Foundation

/// Questions and answers read from JSON files as SQuAD has them, gzipped or not.
public struct SQuADFiles: Sendable {
  /// All questions, in the order of the file.
  public let questions: [SQuAD.Question]
  /// The answers by the ids of the questions.
  public let predictions: [String: String]
  /// By id, how probable it is that there is no answer; nil without such a file.
  public let noAnswerProbabilities: [String: Double]?
  /// The rules for this data set, or those that were asked for.
  public let rules: SQuAD.Rules

  /// Reads the files.
  ///
  /// - Parameters:
  ///   - data: The path of a SQuAD file, of either version.
  ///   - predictions: The path of an object of answers by the ids of questions.
  ///   - noAnswerProbabilities: The path of an object of probabilities by the ids of questions.
  ///   - rules: Whose rules hold; if nil, those of version 2 where the file's version begins with 2 or a question says
  ///     whether it is impossible to answer.
  /// - Throws: `EvaluationError` if a file is unreadable or does not have this form.
  public init(
    data: String, predictions: String, noAnswerProbabilities: String? = nil, rules: SQuAD.Rules? = nil
  ) throws(EvaluationError) {
    let document = try Self.decode(Document.self, ParallelLines.data(of: data), data)
    let records = document.data.flatMap { $0.paragraphs.flatMap(\.qas) }
    guard !records.isEmpty else {
      throw .malformed(file: data, place: "data", expected: "at least one question")
    }
    questions = records.map { SQuAD.Question(id: $0.id, answers: $0.answers.map(\.text)) }
    self.rules = rules ?? (document.isVersion2 || records.contains { $0.isImpossible != nil } ? .v2 : .v1)
    self.predictions = try Self.values(predictions)
    self.noAnswerProbabilities =
      if let noAnswerProbabilities { try Self.values(noAnswerProbabilities) } else { nil }

    var ids: Set<String> = []
    for question in questions {
      guard ids.insert(question.id).inserted else {
        throw .malformed(
          file: data, place: "question \(question.id)", expected: "an id that no other question has")
      }
      if self.rules == .v1, question.answers.isEmpty {
        throw .malformed(
          file: data, place: "question \(question.id)",
          expected: "at least one answer, as version 1.1 has them")
      }
      if let noAnswerProbabilities, let values = self.noAnswerProbabilities,
        self.predictions[question.id] != nil, values[question.id] == nil
      {
        throw .malformed(
          file: noAnswerProbabilities, place: "the object",
          expected: "a probability for question \(question.id)")
      }
    }
  }

  private struct Document: Decodable {
    struct Article: Decodable { let paragraphs: [Paragraph] }
    struct Paragraph: Decodable { let qas: [Record] }
    struct Record: Decodable {
      let id: String
      let answers: [Answer]
      let isImpossible: Bool?

      enum CodingKeys: String, CodingKey {
        case id, answers
        case isImpossible = "is_impossible"
      }
    }
    struct Answer: Decodable { let text: String }

    /// SQuAD's own files say "1.1" and "v2.0", others a number.
    struct Version: Decodable {
      let text: String

      init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        text = try (try? value.decode(Double.self)).map { String($0) } ?? value.decode(String.self)
      }
    }

    let version: Version?
    let data: [Article]

    var isVersion2: Bool { version?.text.drop { $0 == "v" }.hasPrefix("2") ?? false }
  }

  /// An object of values by the ids of questions. Of those for one id the last counts, as in Python; a decoder takes the first.
  private static func values<Value: Decodable>(_ file: String) throws(EvaluationError) -> [String: Value] {
    let data = try ParallelLines.data(of: file)
    let values = try decode([String: Value].self, data, file)
    let last = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
    return values.merging(last.compactMapValues { $0 as? Value }) { $1 }
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ data: Data, _ file: String
  ) throws(EvaluationError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw .malformed(file: file, place: place(context), expected: "the field \"\(key.stringValue)\"")
    } catch DecodingError.typeMismatch(let type, let context), DecodingError.valueNotFound(
      let type, let context)
    {
      throw .malformed(file: file, place: place(context), expected: Self.name(of: type))
    } catch DecodingError.dataCorrupted(let context) {
      throw .malformed(file: file, place: place(context), expected: "valid JSON in UTF-8")
    } catch {
      throw .malformed(file: file, place: "the file", expected: "valid JSON in UTF-8")
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    if context.codingPath.isEmpty { return "the file" }
    return context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      .trimmingPrefix(".").description
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is [Any].Type: "an array"
    default: "an object"
    }
  }
}
