import Foundation
import Heed
import TestSupport
import Testing

/// What transformers makes of texts with the models of Fixtures/Encoders; see the README there.
struct EncoderFixture: Decodable {
  struct Vectors: Decodable {
    let texts: [String]
    let mean, cls, max, normalized: [[Float]]
    let meanSqrt: [[Float]]

    enum CodingKeys: String, CodingKey {
      case texts, mean, cls, max, normalized
      case meanSqrt = "mean-sqrt"
    }
  }
  struct Masked: Decodable {
    struct Candidate: Decodable {
      let id: TokenID
      let word: String
      let score: Float
      let text: String
    }
    struct Mask: Decodable {
      let start, end: Int
      let candidates: [Candidate]
    }
    let text: String
    let masks: [Mask]
  }
  struct Labels: Decodable {
    let text: String
    let pair: String?
    let softmax, sigmoid, none: [String: Float]
  }
  struct Labeled: Decodable {
    struct Span: Decodable {
      let label: String
      let score: Float
      let start, end: Int
    }
    let text, aggregation: String
    let spans: [Span]
  }
  struct Answered: Decodable {
    struct Span: Decodable {
      let score: Float
      let start, end: Int
      let text: String
    }
    let question, context: String
    let window, stride, longest, windows: Int
    let null: Float
    let answers: [Span]
  }

  let embedder: Vectors
  let masked: [Masked]
  let classifier: [Labels]
  let labeler: [Labeled]
  let answerer: [Answered]

  static func load() throws -> EncoderFixture {
    let data = try Data(contentsOf: fixturesDirectory.appending(path: "Encoders/expected.json"))
    return try JSONDecoder().decode(EncoderFixture.self, from: data)
  }

  static func directory(_ name: String) -> URL { fixturesDirectory.appending(path: "Encoders/\(name)") }

  /// Calls `body` with a copy of a model's directory, which it may change.
  static func withCopy<Result>(of name: String, _ body: (URL) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-encoder-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try FileManager.default.copyItem(at: directory(name), to: url)
    return try body(url)
  }

  /// Calls `body` with a copy in one of whose files a text is replaced by another.
  static func withCopy<Result>(
    of name: String, replacing old: String, by new: String, in file: String, _ body: (URL) throws -> Result
  ) throws -> Result {
    try withCopy(of: name) { url in
      let target = url.appending(path: file)
      let text = try String(contentsOf: target, encoding: .utf8)
      let changed = text.replacingOccurrences(of: old, with: new)
      try #require(changed != text, "\(file) holds no \(old)")
      try changed.write(to: target, atomically: true, encoding: .utf8)
      return try body(url)
    }
  }
}
