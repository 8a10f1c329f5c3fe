import HeedGeneration
import HeedText
import Testing

/// Remembers what each row has read only in slots, as a cache does, and gives the logits of a `HashModel`.
private struct SlottedModel: NextTokenModel {
  let seed: UInt64
  let sourceNumbers: [UInt64]
  let vocabularySize: Int
  private var slots = CacheSlots()
  private var sources: [Int] = []
  private var cells: [TokenID] = []
  private var isStarted = false

  init(seed: UInt64, vocabularySize: Int, sourceNumbers: [UInt64]) {
    self.seed = seed
    self.vocabularySize = vocabularySize
    self.sourceNumbers = sourceNumbers
  }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    if isStarted {
      slots.advance(parents: parents)
      sources = parents.map { sources[$0] }
    } else {
      slots.start(rowCount: tokens.count)
      sources = parents
      isStarted = true
    }
    cells += [TokenID](repeating: -1, count: slots.capacity - cells.count)
    for (row, token) in tokens.enumerated() { cells[Int(slots.rows[row][slots.rows[row].count - 1])] = token }
    // Everything that a row has read, read again by a fresh model.
    var logits: [Float] = []
    for row in tokens.indices {
      var reader = HashModel(
        seed: seed, vocabularySize: vocabularySize, sourceNumbers: [sourceNumbers[sources[row]]])
      for slot in slots.rows[row].dropLast() {
        try reader.step(tokens: [cells[Int(slot)]], parents: [0]) { _ in }
      }
      try reader.step(tokens: [tokens[row]], parents: [0]) { logits += Array($0) }
    }
    try logits.withUnsafeMutableBufferPointer { try body($0) }
  }
}

@Suite struct CacheSlotsTests {
  /// A search with a cache finds what a search without finds.
  @Test(arguments: UInt64(0)..<6) func servesASearch(_ seed: UInt64) throws {
    let sources: [UInt64] = [1, 2, 3, 4]
    var options = GenerationOptions(startToken: 10, endTokens: [0])
    options.beamSize = 4
    options.returnedCount = 4
    options.maximumNewTokens = 12
    let inputs = sources.map { SearchInput(identity: $0, prefix: $0 == 2 ? [4, 5] : []) }
    var plain = HashModel(seed: seed, vocabularySize: 11, sourceNumbers: sources)
    var slotted = SlottedModel(seed: seed, vocabularySize: 11, sourceNumbers: sources)
    #expect(try Search.run(&slotted, inputs, options) == Search.run(&plain, inputs, options))
    options.beamSize = 1
    options.sampling = SamplingOptions()
    plain = HashModel(seed: seed, vocabularySize: 11, sourceNumbers: sources)
    slotted = SlottedModel(seed: seed, vocabularySize: 11, sourceNumbers: sources)
    #expect(try Search.run(&slotted, inputs, options) == Search.run(&plain, inputs, options))
  }

  @Test(arguments: UInt64(0)..<20) func keepsItsLaws(_ seed: UInt64) {
    var generator = CaseGenerator(state: seed)
    var slots = CacheSlots()
    var mostNeeded = 0
    for _ in 0..<3 {  // starting anew gives everything back
      slots.start(rowCount: Int.random(in: 1...5, using: &generator))
      #expect(slots.usedCount == slots.rows.count)
      for length in 2...25 {
        let before = slots.rows
        if before.isEmpty { break }
        let parents = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
          Int.random(in: 0..<before.count, using: &generator)
        }
        slots.advance(parents: parents)
        #expect(slots.rows.count == parents.count)
        let written = slots.rows.compactMap(\.last)
        #expect(Set(written).count == parents.count)  // no two rows write the same slot
        for (row, parent) in zip(slots.rows, parents) {
          #expect(row.count == length)
          #expect(row.dropLast().elementsEqual(before[parent]))
          #expect(row.allSatisfy { $0 >= 0 && Int($0) < slots.capacity })
        }
        // What is written is read by nobody else, and what is used is exactly what is needed.
        let read = Set(slots.rows.flatMap { $0.dropLast() })
        #expect(read.isDisjoint(with: written))
        let needed = read.union(written).count
        #expect(slots.usedCount == needed)
        #expect(needed <= parents.count * length)
        mostNeeded = max(mostNeeded, needed)
      }
    }
    // Slots are used again: there are never more than were needed at once, counting old and new rows together.
    #expect(slots.capacity <= mostNeeded + 6)
    slots.advance(parents: [])
    #expect(slots.usedCount == 0 && slots.rows.isEmpty)
  }
}
