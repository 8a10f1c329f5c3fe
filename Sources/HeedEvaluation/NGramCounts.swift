/// The n-grams of one segment's hypothesis and references, counted order by order.
///
/// An n-gram is named by a number: that of its first n − 1 units paired with its last unit. So the cost of counting does
/// not depend on the length of the n-grams, and counts are plain arrays.
struct NGramCounts {
  /// Counts of one order: `counts[sequence][n-gram]`, where sequence 0 is the hypothesis.
  private(set) var counts: [[Int]]
  /// How many n-grams of the present order each sequence has.
  private(set) var totals: [Int]

  private let sequences: [[UInt32]]
  /// For each sequence, the number of the n-gram that starts at each position.
  private var names: [[UInt32]]
  private var order = 0
  private var numbers: [UInt64: UInt32] = [:]

  /// - Parameter sequences: The hypothesis and then its references, each as units: scalar values or numbers of words.
  init(_ sequences: [[UInt32]]) {
    self.sequences = sequences
    names = sequences.map { [UInt32](repeating: 0, count: $0.count) }
    counts = []
    totals = []
  }

  /// Moves on to n-grams one unit longer; the first call counts single units.
  mutating func advance() {
    order += 1
    numbers.removeAll(keepingCapacity: true)
    totals = sequences.map { max(0, $0.count - order + 1) }
    for sequence in sequences.indices {
      for position in 0..<totals[sequence] {
        // The name of an n-gram of no units is 0 everywhere.
        let pair =
          UInt64(names[sequence][position]) << 32 | UInt64(sequences[sequence][position + order - 1])
        let name = numbers[pair] ?? UInt32(numbers.count)
        if name == UInt32(numbers.count) { numbers[pair] = name }
        names[sequence][position] = name
      }
    }
    counts = sequences.indices.map { sequence in
      var tally = [Int](repeating: 0, count: numbers.count)
      for name in names[sequence].prefix(totals[sequence]) { tally[Int(name)] += 1 }
      return tally
    }
  }

  /// How many n-grams of the hypothesis also stand in `reference`, each as often as it stands in both.
  ///
  /// - Parameter reference: The index of a reference, from 1.
  /// - Returns: A count of n-grams of the present order.
  func matchCount(with reference: Int) -> Int {
    zip(counts[0], counts[reference]).reduce(0) { $0 + min($1.0, $1.1) }
  }

  /// How many n-grams of the hypothesis stand in the references, each as often as in the reference that has it most.
  func matchCountWithAnyReference() -> Int {
    var matches = 0
    for (name, count) in counts[0].enumerated() where count > 0 {
      let limit = counts.dropFirst().reduce(0) { max($0, $1[name]) }
      matches += min(count, limit)
    }
    return matches
  }
}

/// Numbers words in the order in which they are first seen.
struct WordNumbers {
  private var numbers: [ArraySlice<UInt32>: UInt32] = [:]

  /// The number of each of `words`; equal words have equal numbers.
  mutating func callAsFunction(_ words: [ArraySlice<UInt32>]) -> [UInt32] {
    words.map { word in
      if let number = numbers[word] { return number }
      let number = UInt32(numbers.count)
      numbers[word] = number
      return number
    }
  }
}
