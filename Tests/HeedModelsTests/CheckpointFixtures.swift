import Foundation
import HeedModels

/// Where the tests of checkpoints find and leave files.
enum CheckpointFixtures {
  /// `Fixtures/Checkpoint` of this repository.
  static let directory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/Checkpoint")

  static func file(_ name: String) -> URL { directory.appendingPathComponent(name) }

  /// Calls `body` with a new directory, which is removed afterwards.
  static func withTemporaryDirectory<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heed-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
  }

  /// The lengths to which `whole` can be cut so that `open` still takes it; an expectation each would take seconds.
  static func truncationsOpened(
    of whole: [UInt8], below end: Int, _ open: ([UInt8]) throws(CheckpointError) -> Void
  ) -> [Int] {
    (0..<end).filter { length in
      do throws(CheckpointError) {
        try open(Array(whole[..<length]))
        return true
      } catch {
        return !error.description.hasPrefix("memory: ")
      }
    }
  }

  /// A safetensors file in memory: the header as it is given, then `dataSize` bytes.
  static func safetensors(_ header: String, dataSize: Int = 0) -> [UInt8] {
    let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    return length + Array(header.utf8) + (0..<dataSize).map { UInt8(truncatingIfNeeded: $0) }
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): random cases that are the same at each run.
struct CaseGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
