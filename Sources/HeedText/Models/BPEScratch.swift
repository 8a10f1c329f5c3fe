import HeapModule

/// The symbols of one word while they merge, and memory that is used again from word to word.
struct BPEScratch {
  var symbols: [TokenID] = []
  var spelling: [UInt8] = []
  /// For each symbol the bytes of the word that it stands for, as the reference counts them.
  private(set) var lengths: [Int] = []
  /// Whether lengths are kept.
  let tracksLengths: Bool
  /// The merge of each symbol with the next.
  private var candidates: [UInt64] = []
  private var queue: [UInt64] = []

  init(tracksLengths: Bool = false) { self.tracksLengths = tracksLengths }

  mutating func begin() {
    symbols.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  @inline(__always) mutating func append(_ symbol: TokenID, length: Int) {
    symbols.append(symbol)
    if tracksLengths { lengths.append(length) }
  }

  /// Words of more symbols go through a queue: scanning them would be quadratic.
  private static let scanLimit = 64

  /// Joins symbols until no pair merges: the lowest rank first, of equal ranks the leftmost.
  mutating func merge(_ merges: MergeTable) {
    if symbols.count <= Self.scanLimit {
      mergeByScanning(merges)
    } else {
      var never = MergeDropout(probability: 0, seed: 0)
      mergeByQueue(merges, dropout: &never)
    }
  }

  private mutating func mergeByScanning(_ merges: MergeTable) {
    guard symbols.count > 1 else { return }
    candidates.removeAll(keepingCapacity: true)
    for index in 0..<symbols.count - 1 { candidates.append(merges.find(symbols[index], symbols[index + 1])) }
    var count = symbols.count
    symbols.withUnsafeMutableBufferPointer { symbols in
      candidates.withUnsafeMutableBufferPointer { candidates in
        while count > 1 {
          var best = MergeTable.none
          var position = 0
          for index in 0..<count - 1 where candidates[index] < best {
            best = candidates[index]
            position = index
          }
          if best == MergeTable.none { break }
          symbols[position] = TokenID(truncatingIfNeeded: best & 0xFFFF_FFFF)
          if tracksLengths { lengths[position] += lengths.remove(at: position + 1) }
          count -= 1
          for index in position + 1..<max(count, position + 1) {
            symbols[index] = symbols[index + 1]
            candidates[index - 1] = candidates[index]
          }
          if position > 0 { candidates[position - 1] = merges.find(symbols[position - 1], symbols[position]) }
          if position < count - 1 {
            candidates[position] = merges.find(symbols[position], symbols[position + 1])
          }
        }
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  /// Joins symbols with a priority queue: n log n for a word of n symbols.
  ///
  /// A merge that dropout leaves out comes back once another has been made.
  mutating func mergeByQueue(_ merges: MergeTable, dropout: inout MergeDropout) {
    let count = symbols.count
    guard count > 1, count < Int32.max else { return }
    var next = (1...Int32(count)).map { $0 }
    var previous = (-1..<Int32(count) - 1).map { $0 }
    var isRemoved = [Bool](repeating: false, count: count)
    var entries: [UInt64] = []
    for index in 0..<count - 1 {
      let found = merges.find(symbols[index], symbols[index + 1])
      if found != MergeTable.none { entries.append(Self.entry(found, index)) }
    }
    var heap = Heap(entries)
    var skipped: [UInt64] = []
    while let entry = heap.popMin() {
      if dropout.probability > 0, dropout.drops() {
        skipped.append(entry)
        continue
      }
      for entry in skipped { heap.insert(entry) }
      skipped.removeAll(keepingCapacity: true)
      let position = Int(entry & 0xFFFF_FFFF)
      let right = Int(next[position])
      guard !isRemoved[position], right < count else { continue }
      let found = merges.find(symbols[position], symbols[right])
      // Any other pair means that the entry is from before a merge.
      guard found != MergeTable.none, found >> 32 == entry >> 32 else { continue }
      symbols[position] = TokenID(truncatingIfNeeded: found & 0xFFFF_FFFF)
      isRemoved[right] = true
      next[position] = next[right]
      if Int(next[position]) < count { previous[Int(next[position])] = Int32(position) }
      if previous[position] >= 0 {
        let left = Int(previous[position])
        let found = merges.find(symbols[left], symbols[position])
        if found != MergeTable.none { heap.insert(Self.entry(found, left)) }
      }
      if Int(next[position]) < count {
        let found = merges.find(symbols[position], symbols[Int(next[position])])
        if found != MergeTable.none { heap.insert(Self.entry(found, position)) }
      }
    }
    var kept = 0
    for index in 0..<count where !isRemoved[index] {
      symbols[kept] = symbols[index]
      if tracksLengths { lengths[kept] = lengths[index..<Int(next[index])].reduce(0, +) }
      kept += 1
    }
    symbols.removeLast(count - kept)
    if tracksLengths { lengths.removeLast(count - kept) }
  }

  /// Rank and position in one word, so that the smallest is the next merge.
  private static func entry(_ found: UInt64, _ position: Int) -> UInt64 {
    found & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: position) & 0xFFFF_FFFF
  }
}
