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

  private func means(
    _ data: [String: Any]
  ) throws -> [(kind: AttentionKind, layer: Int, fields: [String: Any])] {
    var found: [(kind: AttentionKind, layer: Int, fields: [String: Any])] = []
    for kind in try #require(data["kinds"] as? [[String: Any]]) {
      let name = try #require((kind["kind"] as? String).flatMap { AttentionKind(rawValue: $0) })
      for layer in try #require(kind["layers"] as? [[String: Any]]) {
        found.append(
          (name, try #require(layer["layer"] as? Int), try #require(layer["mean"] as? [String: Any])))
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
    page.startsWithMean = true
    #expect((try data(page.html)["start"] as? [String: Any])?["head"] as? String == "mean")
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

  /// An example with 100 tokens of source and 20 of target: its maps have tiles.
  private func longInspection() throws -> Inspection {
    let recorder = AttentionRecorder()
    var context = ForwardContext.recording(recorder)
    guard case .encoderDecoder(let model) = try CheckpointFixture.directory("t5").loadAny(for: .inference())
    else { throw FixtureIsNoTranslator() }
    let sequences = TokenSequences([(0..<100).map { Int32(3 + $0 * 7 % 50) }])
    let memory = model.encode(sequences, &context)
    let targets = TokenSequences([(0..<20).map { Int32(3 + $0 * 11 % 50) }])
    _ = model.decode(targets, memory: memory, sequences.ranges, &context)
    func tokens(_ count: Int) -> [InspectedToken] {
      (0..<count).map { InspectedToken(token: "t\($0)", text: "t\($0)") }
    }
    return Inspection(
      model: "t5", architecture: "", input: "", source: tokens(100), read: tokens(20), written: tokens(20),
      mark: .sentencePiece, recorder: recorder)
  }

  private struct FixtureIsNoTranslator: Error {}

  /// What is left of heads says nothing of their mean, so that the mean has weights of its own, and they are exact.
  @Test(arguments: [200_000, 50_000]) func meansAreExactWhereWeightsAreLeftOut(_ byteLimit: Int) throws {
    let inspection = try longInspection()
    var page = AttentionPage(inspection)
    #expect(try means(try data(page.html)).allSatisfy { $0.fields["weights"] == nil })
    page.byteLimit = byteLimit
    let data = try data(page.html)
    let count = try #require(data["topCount"] as? Int)
    var weightCount = 0
    for mean in try means(data) where mean.fields["topWeights"] != nil {
      let exact = try #require(inspection.mean(mean.kind, layer: mean.layer))
      let columns = try bytes(mean.fields["topColumns"])
      for (index, weight) in try shares(mean.fields["topWeights"]).enumerated() where weight > 0 {
        let column = Int(columns[index * 4]) + Int(columns[index * 4 + 1]) << 8
        #expect(abs(weight - exact[index / count, column]) < 1e-5, "\(mean.kind) \(mean.layer) \(index)")
        weightCount += 1
      }
    }
    #expect(weightCount > 0)
  }

  @Test func tilesAreNoSmallerThanTokens() throws {
    let data = try data(AttentionPage(try longInspection()).html)
    let kinds = try #require(data["kinds"] as? [[String: Any]])
    #expect(kinds.map { $0["tileRows"] as? Int } == [32, nil, 20])
    #expect(kinds.map { $0["tileColumns"] as? Int } == [32, nil, 32])
    var sums: [AttentionKind: [Float]] = [:]
    for (place, fields) in try heads(data) where place.kind != .decoder && place.layer == 1 {
      let tiles = try bytes(fields["tiles"])
      #expect(tiles.count == (place.kind == .cross ? 20 : 32) * 32)
      // No row of tiles is empty: the shares of each add up to 1, but for what is rounded.
      for row in stride(from: 0, to: tiles.count, by: 32) {
        #expect(abs(tiles[row..<row + 32].reduce(0) { $0 + Int($1) } - 255) <= 16)
      }
      let old = sums[place.kind] ?? [Float](repeating: 0, count: tiles.count)
      sums[place.kind] = zip(old, tiles).map { $0 + Float($1) }
    }
    for mean in try means(data) where mean.layer == 1 {
      guard let sum = sums[mean.kind] else { continue }
      let tiles = try bytes(mean.fields["tiles"]).map(Float.init)
      let headCount = Float(try heads(data).count { $0.place.kind == mean.kind && $0.place.layer == 1 })
      expectClose(tiles, sum.map { $0 / headCount }, absolute: 1.001, "the mean's tiles, not those of a head")
    }
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
