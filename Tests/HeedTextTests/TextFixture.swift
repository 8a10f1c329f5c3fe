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

  static func object(_ path: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url(path))) as? [String: Any])
  }

  static func objects(_ path: String) throws -> [[String: Any]] {
    try lines(path).map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}

/// A tokenizer round one part, with cases.
struct TokenizerPart {
  let name: String
  let json: Data
  let cases: [TokenizerCase]

  static func all() throws -> [TokenizerPart] {
    let base = try TextFixture.object("parts-model.json")
    let map = try #require(TextFixture.lines("charsmap.txt").first)
    return try TextFixture.objects("parts.jsonl").map { line in
      let change = try #require(line["change"] as? [String: Any])
      let json = try JSONSerialization.data(withJSONObject: base.merging(change) { $1 })
      // The map is too big to stand in each of them.
      let text = String(decoding: json, as: UTF8.self).replacingOccurrences(
        of: "\"nmt_nfkc\"", with: "\"\(map)\"")
      return TokenizerPart(
        name: try #require(line["name"] as? String), json: Data(text.utf8),
        cases: try #require(line["cases"] as? [[String: Any]]).map { try TokenizerCase($0) })
    }
  }
}

/// A text, or a pair, and what the reference makes of it.
struct TokenizerCase {
  let text: String?
  let pair: String?
  let ids: [TokenID]
  let plainIDs: [TokenID]?
  let decoded: String?
  /// Whether what follows is about the tokens with special ones.
  let isWhole: Bool
  let tokens: [String]?
  let offsets: [[Int]]?
  let words: [Int?]?
  let typeIDs: [TokenID]?
  let isSpecial: [Bool]?
  let texts: [Int?]?

  init(_ object: [String: Any]) throws {
    text = object["text"] as? String
    pair = object["pair"] as? String
    ids = try #require(object["ids"] as? [Int]).map { TokenID($0) }
    plainIDs = (object["ids_plain"] as? [Int])?.map { TokenID($0) }
    decoded = object["decoded"] as? String
    isWhole = object["whole"] != nil
    tokens = object["tokens"] as? [String]
    offsets = object["offsets"] as? [[Int]]
    words = (object["words"] as? [Any])?.map { $0 as? Int }
    typeIDs = (object["type_ids"] as? [Int])?.map { TokenID($0) }
    isSpecial = (object["special"] as? [Int])?.map { $0 == 1 }
    texts = (object["texts"] as? [Any])?.map { $0 as? Int }
  }

  /// Records what differs from the reference.
  func check(_ tokenizer: TextTokenizer, _ name: String) {
    if let text {
      let comment = Comment(rawValue: "\(name): \(text.debugDescription) \(pair.debugDescription)")
      if let pair {
        let found = tokenizer.encodePair(text, pair)
        #expect(found.ids == ids, comment)
        if let typeIDs { #expect(found.typeIDs == typeIDs, comment) }
      } else {
        #expect(tokenizer.encode(text) == ids, comment)
      }
      if let plainIDs { #expect(tokenizer.encode(text, addingSpecialTokens: false) == plainIDs, comment) }
      check(tokenizer.encoding(of: text, pair: pair, addingSpecialTokens: isWhole), comment)
    }
    guard let decoded else { return }
    #expect(Array(tokenizer.decode(ids).utf8) == Array(decoded.utf8), "\(name): \(ids)")
  }

  private func check(_ encoding: Encoding, _ comment: Comment) {
    #expect(encoding.ids == (isWhole ? ids : plainIDs ?? ids), comment)
    if let tokens {
      #expect(encoding.tokens.map { Array($0.utf8) } == tokens.map { Array($0.utf8) }, comment)
    }
    if let offsets { #expect(encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == offsets, comment) }
    if let words { #expect(encoding.words == words, comment) }
    if let typeIDs { #expect(encoding.typeIDs == typeIDs, comment) }
    if let isSpecial { #expect(encoding.isSpecial == isSpecial, comment) }
    if let texts { #expect(encoding.texts == texts, comment) }
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
