import Foundation
import HeedText
import Testing

/// The files of Fixtures/Text.
enum TextFixture {
  static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/Text")

  static func url(_ path: String) -> URL { directory.appendingPathComponent(path) }

  static func lines(_ path: String) throws -> [String] {
    let data = try Data(contentsOf: url(path))
    return data.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
  }

  static func objects(_ path: String) throws -> [[String: Any]] {
    try lines(path).map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}

/// A text and what the reference makes of it.
struct TokenizerCase {
  let text: String?
  let ids: [TokenID]
  let plainIDs: [TokenID]
  let decoded: String

  init(_ object: [String: Any]) throws {
    text = object["text"] as? String
    ids = try #require(object["ids"] as? [Int]).map { TokenID($0) }
    plainIDs = try #require(object["ids_plain"] as? [Int]).map { TokenID($0) }
    decoded = try #require(object["decoded"] as? String)
  }

  /// Records what differs from the reference.
  func check(_ tokenizer: TextTokenizer, _ name: String) {
    if let text {
      #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
      let plain = tokenizer.encode(text, addingSpecialTokens: false)
      #expect(plain == plainIDs, "\(name): \(text.debugDescription)")
    }
    #expect(Array(tokenizer.decode(ids).utf8) == Array(decoded.utf8), "\(name): \(ids)")
  }
}

/// SplitMix64, so that tests choose the same things everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// Text of any scalars but `excluded`, a third of them ASCII.
  mutating func text(upTo length: Int, excluding excluded: Set<UInt32> = []) -> String {
    var view = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...length, using: &self) {
      let limits: [UInt32] = [0x80, 0x80, 0x250, 0x3000, 0x10000, 0x110000]
      let value = UInt32.random(in: 0..<(limits.randomElement(using: &self) ?? 0x80), using: &self)
      if let scalar = Unicode.Scalar(value), !excluded.contains(value) { view.append(scalar) }
    }
    return String(view)
  }
}
