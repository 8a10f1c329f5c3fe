import Foundation
import HeedInspection
import HeedLayers
import HeedModels
import TestSupport
import Testing

/// What stands in a page; how it looks and what it does is checked by `Scripts/check_page.py` in a browser.
@Suite struct PageTests {
  /// The JSON of a page, found as a browser finds it.
  private func data(_ html: String) throws -> [String: Any] {
    let start = try #require(html.range(of: "<script type=\"application/json\" id=\"data\">"))
    let end = try #require(html.range(of: "</script", range: start.upperBound..<html.endIndex))
    let object = try JSONSerialization.jsonObject(with: Data(html[start.upperBound..<end.lowerBound].utf8))
    return try #require(object as? [String: Any])
  }

  private func heads(_ data: [String: Any]) throws -> [(place: HeadPlace, fields: [String: Any])] {
    var found: [(place: HeadPlace, fields: [String: Any])] = []
    for kind in try #require(data["kinds"] as? [[String: Any]]) {
      let name = try #require((kind["kind"] as? String).flatMap { AttentionKind(rawValue: $0) })
      for layer in try #require(kind["layers"] as? [[String: Any]]) {
        for head in try #require(layer["heads"] as? [[String: Any]]) {
          let place = HeadPlace(
            name, layer: try #require(layer["layer"] as? Int), head: try #require(head["head"] as? Int))
          found.append((place, head))
        }
      }
    }
    return found
  }

  private func bytes(_ value: Any?) throws -> [UInt8] {
    let text = try #require(value as? String)
    return Array(try #require(Data(base64Encoded: text)))
  }

  private func shares(_ value: Any?) throws -> [Float] {
    let bytes = try bytes(value)
    return stride(from: 0, to: bytes.count, by: 2).map {
      Float(UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8) / 65535
    }
  }

  @Test(arguments: ["marian", "bert", "llama", "t5"]) func aPageHoldsAllWeights(_ name: String) throws {
    let inspection = try exampleInspection(name)
    let found = try heads(try data(AttentionPage(inspection).html))
    #expect(found.map(\.place) == inspection.heads)
    for (place, fields) in found {
      expectClose(
        try shares(fields["weights"]), try #require(inspection.weights(place)), absolute: 1e-5, "\(place)")
      let vectors = try #require(fields["vectors"] as? [String: Any])
      let size = try #require(inspection.headSize(place.kind, layer: place.layer))
      #expect(try bytes(vectors["keys"]).count == inspection.columnTokens(place.kind).count * size * 4)
    }
  }

  @Test func tokensCannotBreakOut() throws {
    let html = AttentionPage(try exampleInspection()).html
    // The page has two scripts of its own, and no token adds another or ends one.
    #expect(html.components(separatedBy: "<script").count - 1 == 2)
    #expect(html.components(separatedBy: "</script").count - 1 == 2)
    #expect(!html.contains("<!--") && !html.contains("alert(1)</"))
    #expect(html.contains("default-src 'none'"))
    let data = try data(html)
    let kinds = try #require(data["kinds"] as? [[String: Any]])
    let tokens = try #require(kinds[0]["rows"] as? [[String: Any]])
    #expect(tokens[0]["text"] as? String == hostileTokens[0])
    #expect(tokens[3]["text"] as? String == "\u{FFFD}x", "marks of direction are taken out")
  }

  @Test func whatDoesNotFitIsLeftOutAndSaid() throws {
    let inspection = try exampleInspection()
    var page = AttentionPage(inspection)
    page.start = HeadPlace(.decoder, layer: 1, head: 3)
    page.byteLimit = 6_000
    let small = try data(page.html)
    let start = try #require(small["start"] as? [String: Any])
    #expect(
      start["kind"] as? String == "decoder" && start["layer"] as? Int == 1 && start["head"] as? Int == 3)
    let withVectors = try heads(small).filter { $0.fields["vectors"] != nil }.map(\.place)
    #expect(withVectors.contains(HeadPlace(.decoder, layer: 1, head: 3)) && withVectors.count < 24)
    #expect(try #require(small["leftOut"] as? [String]).contains { $0.contains("of 24 heads are here") })
    page.byteLimit = 0
    let none = try data(page.html)
    #expect(try heads(none).allSatisfy { $0.fields["weights"] == nil && $0.fields["topWeights"] == nil })
    #expect(try heads(none).allSatisfy { $0.fields["measures"] != nil })
    page.start = HeadPlace(.cross, layer: 40, head: 3)
    #expect((try data(page.html)["start"] as? [String: Any])?["kind"] as? String == "cross")
  }
}

@Suite struct ArrayFileTests {
  private struct Entry {
    let name: String
    let content: [UInt8]
  }

  /// The entries of a zip file of stored entries, found by its directory and checked.
  private func entries(_ file: [UInt8]) throws -> [Entry] {
    func number(_ offset: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    let end = file.count - 22
    #expect(number(end, 4) == 0x0605_4B50)
    var (found, offset): ([Entry], Int) = ([], number(end + 16, 4))
    #expect(offset + number(end + 12, 4) == end)
    for _ in 0..<number(end + 10, 2) {
      #expect(number(offset, 4) == 0x0201_4B50)
      let (checksum, size, length) = (number(offset + 16, 4), number(offset + 24, 4), number(offset + 28, 2))
      let name = String(decoding: file[offset + 46..<offset + 46 + length], as: UTF8.self)
      let local = number(offset + 42, 4)
      #expect(number(local, 4) == 0x0403_4B50 && number(local + 8, 2) == 0)
      let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
      let content = Array(file[start..<start + size])
      #expect(checksum == Int(bitwiseChecksum(content)), "\(name)")
      #expect(number(start + size, 4) == 0x0807_4B50 && number(start + size + 4, 4) == checksum)
      found.append(Entry(name: name, content: content))
      offset += 46 + length
    }
    return found
  }

  private func bitwiseChecksum(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes {
      value ^= UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
    return ~value
  }

  @Test func arraysForNumPy() throws {
    #expect(bitwiseChecksum(Array("123456789".utf8)) == 0xCBF4_3926)
    let inspection = try exampleInspection()
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    try inspection.writeNPZ(to: url) { $0.kind == .cross && ($0.layer == 1 || $0.head == 3) }
    let found = try entries(Array(try Data(contentsOf: url)))
    #expect(
      found.map(\.name) == [
        "cross.0.npy", "cross.0.heads.npy", "cross.1.npy", "cross.1.heads.npy", "cross.rows.npy",
        "cross.columns.npy",
      ])
    let first = found[0].content
    let length = 10 + Int(first[8]) + Int(first[9]) << 8
    #expect(length.isMultiple(of: 64) && first.starts(with: [0x93] + Array("NUMPY".utf8)))
    let header = String(decoding: first[10..<length], as: UTF8.self)
    let (rows, columns) = (inspection.rowTokens(.cross).count, inspection.columnTokens(.cross).count)
    #expect(header.contains("'<f4'") && header.contains("(1, \(rows), \(columns))"))
    let weights = stride(from: length, to: first.count, by: 4).map { offset in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(first[offset + $1]) << (8 * $1) })
    }
    #expect(weights == inspection.weights(HeadPlace(.cross, layer: 0, head: 3)))
  }

  @Test func arraysInSafetensors() throws {
    let inspection = try exampleInspection()
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try inspection.writeSafetensors(to: url)
    let file = try SafetensorsFile(url: url)
    #expect(Set(file.names) == ["encoder.0", "encoder.1", "decoder.0", "decoder.1", "cross.0", "cross.1"])
    let entry = try #require(file.entry("decoder.1"))
    let size = inspection.read.count
    #expect(entry.shape == [4, size, size])
    let values = try file.floats(of: entry)
    let last = try #require(inspection.weights(HeadPlace(.decoder, layer: 1, head: 3)))
    #expect(Array(values.suffix(size * size)) == last)
  }
}
