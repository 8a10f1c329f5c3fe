import Foundation
import HeedChat
import Testing

/// The files of Fixtures/Chat, which `Scripts/Fixtures/chat.py` writes with jinja2 in transformers' environment.
enum ChatFixture {
  static let directory = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/Chat")

  static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: directory.appending(path: path)), as: UTF8.self)
  }

  static func json(_ path: String) throws -> [String: TemplateValue] {
    try fields(try TemplateValue(json: try text(path)))
  }

  static func fields(_ value: TemplateValue?) throws -> [String: TemplateValue] {
    guard case .object(let fields) = value else {
      throw FixtureError(description: "expected an object, found \(String(describing: value))")
    }
    return Dictionary(fields.map { ($0.name, $0.value) }) { _, later in later }
  }

  static func list(_ value: TemplateValue?) throws -> [TemplateValue] {
    guard case .list(let elements) = value else {
      throw FixtureError(description: "expected a list, found \(String(describing: value))")
    }
    return elements
  }

  static func string(_ value: TemplateValue?) throws -> String {
    guard case .string(let string) = value else {
      throw FixtureError(description: "expected a string, found \(String(describing: value))")
    }
    return string
  }
}

struct FixtureError: Error, CustomStringConvertible {
  let description: String
}

/// What jinja2 makes of a template: a text, or an error.
struct Expectation {
  let expected: String?

  init(_ fields: [String: TemplateValue]) throws {
    expected = try fields["expected"].map { try ChatFixture.string($0) }
    if expected == nil { _ = try ChatFixture.string(fields["error"]) }
  }

  /// Records a difference.
  func check(_ source: String, _ variables: [String: TemplateValue], _ name: String) {
    do {
      let found = try ChatTemplate(source).render(variables: variables)
      let isSame = expected.map { Array($0.unicodeScalars) == Array(found.unicodeScalars) } ?? false
      #expect(isSame, "\(name): found \(found.debugDescription), expected \(expected.debugDescription)")
    } catch {
      #expect(expected == nil, "\(name): \(error)")
    }
  }
}
