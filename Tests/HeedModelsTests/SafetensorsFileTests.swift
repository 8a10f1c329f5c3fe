import Foundation
import HeedModels
import Testing

/// Opens a file held in memory.
private func opened(_ bytes: [UInt8]) throws(CheckpointError) -> SafetensorsFile {
  let owner = NSData(bytes: bytes, length: bytes.count)
  let buffer = UnsafeRawBufferPointer(start: owner.bytes, count: owner.length)
  return try SafetensorsFile(named: "memory", bytes: buffer, owner: owner)
}

@Suite struct SafetensorsFileTests {
  @Test(arguments: ["marian", "m2m_100"]) func readsWhatTheReferenceWrote(_ model: String) throws {
    let weights = try SafetensorsFile(url: CheckpointFixtures.file("\(model)/model.safetensors"))
    #expect(weights.metadata == ["format": "pt"])
    #expect(weights.names.allSatisfy { weights.entry($0)?.elementType == .float32 })
    let gain = try #require(weights.entry("model.decoder.layers.0.final_layer_norm.weight"))
    #expect(gain.shape == [32])
    #expect(try weights.floats(of: gain).allSatisfy { $0.isFinite && $0 != 0 })
    #expect(weights.entry("model.decoder.layers.0.final_layer_norm") == nil)

    let reference = try SafetensorsFile(url: CheckpointFixtures.file("\(model)/reference.safetensors"))
    let ids = try #require(reference.entry("input_ids"))
    #expect(ids.shape == [3, 9] && ids.elementType == .int64)
    let mask = try reference.integers(of: try #require(reference.entry("attention_mask")))
    let visibleCount = mask.reduce(0, +)
    #expect(visibleCount == 19)
    // The same sources as in search.json, which a different reader reads.
    struct Search: Decodable { let input_ids: [[Int64]] }
    let json = try Data(contentsOf: CheckpointFixtures.file("\(model)/search.json"))
    let sources = try JSONDecoder().decode(Search.self, from: json).input_ids
    let values = try reference.integers(of: ids)
    for (row, source) in sources.enumerated() {
      #expect(Array(values[row * 9..<row * 9 + source.count]) == source)
    }
  }

  @Test func convertsEveryElementType() throws {
    let header = """
      {"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1,1],"data_offsets":[16,20]},\
      "c":{"dtype":"F16","shape":[2],"data_offsets":[20,24]},"d":{"dtype":"BF16","shape":[1],"data_offsets":[24,26]},\
      "e":{"dtype":"I8","shape":[1],"data_offsets":[26,27]},"f":{"dtype":"I16","shape":[1],"data_offsets":[27,29]},\
      "g":{"dtype":"I32","shape":[],"data_offsets":[29,33]},"h":{"dtype":"I64","shape":[1],"data_offsets":[33,41]},\
      "i":{"dtype":"U8","shape":[1],"data_offsets":[41,42]},"j":{"dtype":"BOOL","shape":[2],"data_offsets":[42,44]},\
      "k":{"dtype":"F32","shape":[3,0],"data_offsets":[44,44]}}
      """
    var bytes = CheckpointFixtures.safetensors(header)
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    append((0.1).bitPattern)
    append((-1e300).bitPattern)
    append(Float(-2.5).bitPattern)
    append(UInt16(0x3C00))  // 1
    append(UInt16(0x8001))  // the smallest negative subnormal, −2⁻²⁴
    append(UInt16(0xC049))  // π, cut, negative
    append(Int8(-128))
    append(Int16(-300))
    append(Int32(-70_000))
    append(Int64.min)
    append(UInt8(255))
    bytes += [0, 1]
    let file = try opened(bytes)
    #expect(file.names == ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
    func floats(_ name: String) throws -> [Float] { try file.floats(of: try #require(file.entry(name))) }
    func integers(_ name: String) throws -> [Int64] { try file.integers(of: try #require(file.entry(name))) }
    #expect(try floats("a") == [0.1, -.infinity])
    #expect(try floats("b") == [-2.5])
    #expect(try floats("c") == [1, -0x1p-24])
    #expect(try floats("d") == [-3.140625])
    #expect(try integers("e") == [-128])
    #expect(try integers("f") == [-300])
    #expect(try integers("g") == [-70_000])
    #expect(try integers("h") == [.min])
    #expect(try integers("i") == [255])
    #expect(try integers("j") == [0, 1])
    #expect(try floats("k") == [])
    #expect(try floats("h") == [-0x1p63])
    #expect(try floats("j") == [0, 1])
    let error = #expect(throws: CheckpointError.self) { try integers("b") }
    #expect(
      error?.description
        == "memory: tensor \"b\" must have element type I64 or I32 or I16 or I8 or U8 or BOOL, found F32")
  }

  #if !(os(macOS) && arch(x86_64))  // where Swift has no Float16 to compare with
    @Test func halvesAreExact() {
      for pattern in UInt16.min ... .max {
        let expected = Float(Float16(bitPattern: pattern))
        let value = ScalarConversion.halfToFloat(pattern)
        #expect(value.bitPattern == expected.bitPattern || (value.isNaN && expected.isNaN), "\(pattern)")
      }
    }
  #endif

  @Test func readsEscapedNames() throws {
    let header =
      #"{"__metadata__":{"a\n\"\\\/":"\u00e9\ud83d\ude00\u0001"},"ä\tb":{"shape":[],"#
      + #" "dtype":"U8" , "data_offsets":[ 0 , 1 ]}}  "#
    let file = try opened(CheckpointFixtures.safetensors(header, dataSize: 1))
    #expect(file.metadata == ["a\n\"\\/": "é😀\u{1}"])
    #expect(file.names == ["ä\tb"])
  }

  /// Headers that are wrong, the bytes of data behind them, and a part of the message.
  static let wrongHeaders: [(header: String, dataSize: Int, message: String)] = [
    ("", 0, "expected \"{\""),
    ("[]", 0, "expected \"{\""),
    (" {}", 0, "expected \"{\""),
    ("{", 0, "expected a string in quotes at byte 9"),
    ("{}x", 0, "something follows"),
    ("{\"a\":1}", 0, "expected \"{\""),
    ("{\"a\":{}}", 0, "tensor \"a\" has no field \"dtype\""),
    (#"{"a":{"dtype":"F32"}}"#, 0, "tensor \"a\" has no field \"shape\""),
    (#"{"a":{"dtype":"F32","shape":[]}}"#, 0, "tensor \"a\" has no field \"data_offsets\""),
    (
      #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}"#, 4,
      "unknown field \"x\" of tensor \"a\""
    ),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 4, "field \"dtype\" of tensor"),
    (#"{"a":{"dtype":"F9","shape":[],"data_offsets":[0,4]}}"#, 4, "tensor \"a\" has element type \"F9\""),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole number that is not negative"),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "expected a whole number"),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, "a number starts with 0"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4, "too large"),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4,
      "tensor \"a\" has shape [4611686018427387904, 4], too large"
    ),
    (#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}"#, 4, "tensor \"a\" has 1 data offsets"),
    (
      #"{"a":{"dtype":"F32","shape":[],"data_offsets":[4,0]}}"#, 4,
      "tensor \"a\" ends at 0, before its start 4"
    ),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "has only 7: the file is cut off"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "type F32 needs 8 bytes, but has 4"),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2, "tensor \"a\" has 1 bytes before it"),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2, "1 bytes at the end of the file"),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      3, "tensor \"b\" shares bytes"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
      2, "\"a\" appears twice"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, "expected a string"),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "\"a\" appears twice"),
    (#"{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "half of a surrogate pair"),
    (#"{"\x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "unknown escape"),
    ("{\"a\u{1}\":{}}", 0, "control character"),
    (String(repeating: "{\"a\":", count: 100_000), 0, "unknown field"),
    ("{\"a\":{\"shape\":" + String(repeating: "[", count: 1_000_000), 0, "expected a whole number"),
  ]

  @Test(arguments: wrongHeaders.indices) func refusesAWrongHeader(_ index: Int) {
    let (header, dataSize, message) = Self.wrongHeaders[index]
    let error = #expect(throws: CheckpointError.self) {
      try opened(CheckpointFixtures.safetensors(header, dataSize: dataSize))
    }
    #expect(error?.file == "memory")
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect((error?.description.count ?? 0) < 500)
  }

  @Test func reportsEveryWrongTensor() {
    let header = """
      {"a":{"dtype":"F9","shape":[],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},\
      "c":{"dtype":"F32","shape":[2],"data_offsets":[8,12]}}
      """
    let error = #expect(throws: CheckpointError.self) {
      try opened(CheckpointFixtures.safetensors(header, dataSize: 12))
    }
    #expect(error?.problems.count == 2)
    #expect(error?.description.split(separator: "\n").count == 3)
  }

  @Test func refusesWhatIsNotUTF8() {
    var bytes = CheckpointFixtures.safetensors("{\"?\":{}}")
    bytes[10] = 0xFF
    let error = #expect(throws: CheckpointError.self) { try opened(bytes) }
    #expect(error?.description.contains("not UTF-8") == true)
  }

  @Test func refusesWhatIsNoFile() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      func message(_ url: URL) -> String {
        do {
          _ = try SafetensorsFile(url: url)
          return "opened"
        } catch {
          return error.description
        }
      }
      let url = directory.appendingPathComponent("model.safetensors")
      #expect(message(url) == "\(url.path): the file does not exist")
      #expect(message(directory).hasSuffix("this is a directory, expected a safetensors file"))
      try Data().write(to: url)
      #expect(message(url) == "\(url.path): the file is empty, expected a safetensors file")
      try Data("abc".utf8).write(to: url)
      #expect(message(url).contains("has 3 bytes, too few"))
      try Data("<!DOCTYPE html><html>".utf8).write(to: url)
      #expect(message(url).contains("probably not a safetensors file"))
      let pipe = directory.appendingPathComponent("pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      #expect(message(URL(fileURLWithPath: pipe)).contains("not a regular file"))
    }
  }

  @Test func refusesEveryTruncation() throws {
    let header = #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#
    let bytes = CheckpointFixtures.safetensors(header, dataSize: 24)
    #expect(try opened(bytes).entry("a")?.elementCount == 6)
    for count in bytes.indices {
      #expect(throws: CheckpointError.self) { try opened(Array(bytes[..<count])) }
    }
  }

  /// Whatever the bytes, the file is refused or every tensor in it can be read.
  @Test func survivesMutation() throws {
    let header = """
      {"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},\
      "a.bias":{"dtype":"F16","shape":[3],"data_offsets":[24,30]},"ids":{"dtype":"I64","shape":[1],"data_offsets":[30,38]}}
      """
    let original = CheckpointFixtures.safetensors(header, dataSize: 38)
    let headerEnd = original.count - 38
    let interesting = Array("{}[],:\"\\0123456789-.eEFIBU u".utf8) + [0, 0xFF, 0x80, 0xC3]
    var generator = CaseGenerator(state: 20)
    var validCount = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let position = Int.random(in: 0..<headerEnd, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[position] = interesting.randomElement(using: &generator) ?? 0
        case 2: bytes.remove(at: position)
        default: bytes.insert(interesting.randomElement(using: &generator) ?? 0, at: position)
        }
      }
      // Half of the time the length fits the mutated header, so that what lies behind that check is reached.
      if Bool.random(using: &generator), bytes.count >= 46 {
        withUnsafeBytes(of: UInt64(bytes.count - 46).littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
      }
      do {
        let file = try opened(bytes)
        for entry in file.entries {
          #expect(file.byteRange(of: entry).upperBound <= bytes.count)
          let count =
            try entry.elementType.isFloatingPoint
            ? file.floats(of: entry).count : file.integers(of: entry).count
          #expect(count == entry.shape.reduce(1, *))
        }
        validCount += 1
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    #expect(validCount > 100)  // the mutations are not all crude
  }
}
