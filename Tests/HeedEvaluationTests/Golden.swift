import Foundation

/// The files under Fixtures/Evaluation.
enum Golden {
  struct Score: Decodable {
    struct Options: Decodable {
      var tokenize: String?
      var lowercase: Bool?
      var smooth_method: String?
      var smooth_value: Double?
      var effective_order: Bool?
      var char_order: Int?
      var word_order: Int?
      var beta: Int?
      var whitespace: Bool?
      var eps_smoothing: Bool?
      var case_sensitive: Bool?
      var normalized: Bool?
      var no_punct: Bool?
      var asian_support: Bool?
    }
    let metric: String
    let options: Options
    let references: Int
    let score: Double
    let line: String
    let python: String
    let json: String
    let sentences: [Double]
  }

  struct Printed: Decodable {
    let references: Int
    let width: Int
    let text: String
  }

  struct Tokens: Decodable {
    let tokenizer: String
    let lines: [String]
  }

  static let directory: URL = {
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/",
      !FileManager.default.fileExists(atPath: root.appending(path: "Package.swift").path)
    {
      root.deleteLastPathComponent()
    }
    return root.appending(path: "Fixtures/Evaluation")
  }()

  static func path(_ name: String) -> String { directory.appending(path: name).path }

  static func read<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: directory.appending(path: name)))
  }
}
