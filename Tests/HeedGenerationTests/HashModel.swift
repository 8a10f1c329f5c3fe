import Foundation
import HeedGeneration
import HeedText

/// The model of `Scripts/Fixtures/beam_search.py`: its logits are a hash of everything read so far, so that any mistake in
/// who continues whom changes the result.
struct HashModel: NextTokenModel {
  let seed: UInt64
  let vocabularySize: Int
  var spread: Float = 8
  var endBonus: Float = 0
  /// The states of the sources before the first call, then of the rows.
  private(set) var states: [UInt64]
  private(set) var stepCount = 0
  private(set) var largestRowCount = 0

  init(seed: UInt64, vocabularySize: Int, sourceNumbers: [UInt64]) {
    self.seed = seed
    self.vocabularySize = vocabularySize
    states = sourceNumbers.map { mix(seed ^ $0) }
  }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    precondition(tokens.count == parents.count && !tokens.isEmpty)
    states = zip(tokens, parents).map { token, parent in mix(states[parent] ^ UInt64(token)) }
    stepCount += 1
    largestRowCount = max(largestRowCount, tokens.count)
    var logits = states.flatMap(logitRow)
    try logits.withUnsafeMutableBufferPointer { try body($0) }
  }

  private func logitRow(_ state: UInt64) -> [Float] {
    (0..<vocabularySize).map { token in
      let bits = Double(mix(state ^ UInt64(token)) >> 44) / 0x1p20
      let logit = Float(bits * Double(spread) - Double(spread) / 2 + (token == 0 ? Double(endBonus) : 0))
      return logit
    }
  }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// SplitMix64: random cases that are the same at each run.
struct CaseGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return mix(state)
  }
}

/// A file of `Fixtures`.
func fixtureData(_ path: String) throws -> Data {
  let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return try Data(contentsOf: root.appendingPathComponent("Fixtures").appendingPathComponent(path))
}
