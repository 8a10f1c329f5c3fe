import HeapModule

/// Learns merges from counted words: the most frequent pair merges, and only the counts that change are updated.
struct BPELearner {
  private(set) var vocabulary: Vocabulary
  private(set) var merges: [(left: TokenID, right: TokenID)] = []

  /// The symbols of all words, each word at its start; shortened in place as they merge.
  private var symbols: [TokenID] = []
  /// Whether each symbol begins a part that stays apart from what is before it.
  private var isCut: [Bool] = []
  private var starts: [Int] = []
  private var lengths: [Int] = []
  private var counts: [Int] = []

  /// The place of each pair in the arrays below.
  private var pairIndices: [UInt64: Int] = [:]
  private var pairCounts: [Int] = []
  /// How often each pair occurs across a cut; while it does, it must not merge.
  private var crossingCounts: [Int] = []
  /// The words in which each pair has occurred.
  private var pairWords: [[Int32]] = []
  private var queue = Heap<Candidate>()
  /// Pairs to be put into the queue after a merge.
  private var grown: Set<UInt64> = []
  /// Tokens that no merge may make: special tokens and bytes.
  private let reservedCount: Int
  /// Stands before tokens that do not begin a word; empty where they are spelled like those that do.
  private let continuingPrefix: [UInt8]

  /// A pair as frequent as it once was; the largest merges next.
  private struct Candidate: Comparable {
    let count: Int
    let key: UInt64

    static func < (left: Candidate, right: Candidate) -> Bool {
      left.count != right.count ? left.count < right.count : left.key > right.key
    }
  }

  /// Counts the pairs of words in UTF-8, which are cut at characters that the vocabulary does not have.
  ///
  /// - Parameters:
  ///   - vocabulary: Special tokens, bytes, and then characters.
  ///   - reservedCount: How many special tokens and bytes there are.
  ///   - words: The words.
  ///   - wordCounts: How often each word occurs.
  ///   - separator: Finds the parts of words that stay apart.
  ///   - continuingPrefix: Stands before tokens that do not begin a word; the vocabulary has the characters so spelled.
  init(
    vocabulary: Vocabulary, reservedCount: Int, words: ByteStringTable, counts wordCounts: [Int],
    separator: AddedTokenMatcher, continuingPrefix: [UInt8] = []
  ) {
    self.vocabulary = vocabulary
    self.reservedCount = reservedCount
    self.continuingPrefix = continuingPrefix
    for index in 0..<words.count {
      words[index].withUnsafeBufferPointer { word in append(word, count: wordCounts[index], separator) }
    }
    for word in 0..<starts.count {
      for position in starts[word]..<starts[word] + lengths[word] - 1 {
        change(symbols[position], symbols[position + 1], by: counts[word], in: word, isCut[position + 1])
      }
    }
    putGrownPairsIntoQueue()
  }

  private mutating func append(_ word: UnsafeBufferPointer<UInt8>, count: Int, _ separator: AddedTokenMatcher)
  {
    var cuts: Set<Int> = []
    if !separator.isEmpty {
      separator.forEachStretch(of: word) { range, _ in
        if range.lowerBound > 0 { cuts.insert(range.lowerBound) }
      }
    }
    var start = symbols.count
    func finish(_ learner: inout BPELearner) {
      let length = learner.symbols.count - start
      if length > 1 {
        learner.starts.append(start)
        learner.lengths.append(length)
        learner.counts.append(count)
      }
      start = learner.symbols.count
    }
    var index = 0
    while index < word.count {
      let length = UTF8Scanning.scalar(word, at: index).length
      let character = UnsafeBufferPointer(rebasing: word[index..<index + length])
      let isSpelledOut = index > 0 && !continuingPrefix.isEmpty
      if let id = isSpelledOut ? vocabulary.id(continuingPrefix + character) : vocabulary.id(character) {
        symbols.append(id)
        isCut.append(cuts.contains(index))
      } else {
        finish(&self)
      }
      index += length
    }
    finish(&self)
  }

  private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  /// Changes how often a pair occurs, within a part or across a cut.
  private mutating func change(
    _ left: TokenID, _ right: TokenID, by difference: Int, in word: Int, _ isCrossing: Bool
  ) {
    let key = Self.key(left, right)
    let index: Int
    if let known = pairIndices[key] {
      index = known
    } else {
      index = pairCounts.count
      pairIndices[key] = index
      pairCounts.append(0)
      crossingCounts.append(0)
      pairWords.append([])
    }
    if isCrossing {
      crossingCounts[index] += difference
      if crossingCounts[index] == 0 { grown.insert(key) }
    } else {
      pairCounts[index] += difference
      guard difference > 0 else { return }
      let word = Int32(truncatingIfNeeded: word)
      if pairWords[index].last != word { pairWords[index].append(word) }
      grown.insert(key)
    }
  }

  private mutating func putGrownPairsIntoQueue() {
    for key in grown {
      if let index = pairIndices[key], pairCounts[index] > 0, crossingCounts[index] == 0 {
        queue.insert(Candidate(count: pairCounts[index], key: key))
      }
    }
    grown.removeAll(keepingCapacity: true)
  }

  /// Merges until the vocabulary is full or no pair is frequent enough.
  mutating func learn(vocabularySize: Int, minimumFrequency: Int) {
    while vocabulary.count < vocabularySize, let top = queue.popMax() {
      // A pair that occurs across a cut comes back once it no longer does.
      guard let index = pairIndices[top.key], crossingCounts[index] == 0 else { continue }
      if top.count != pairCounts[index] {
        if pairCounts[index] > 0 { queue.insert(Candidate(count: pairCounts[index], key: top.key)) }
        continue
      }
      if top.count < max(minimumFrequency, 1) { break }
      let left = TokenID(truncatingIfNeeded: top.key >> 32)
      let right = TokenID(truncatingIfNeeded: top.key & 0xFFFF_FFFF)
      guard let merged = token(left, right) else { continue }
      merges.append((left, right))
      merge(left, right, into: merged, pair: index)
    }
  }

  /// The token that a pair makes, new or known; nil for the spelling of a special token or of a byte.
  private mutating func token(_ left: TokenID, _ right: TokenID) -> TokenID? {
    let tail = (vocabulary.spelling(right) ?? []).dropFirst(continuingPrefix.count)
    let spelling = Array(vocabulary.spelling(left) ?? []) + tail
    if let known = vocabulary.id(spelling) { return Int(known) < reservedCount ? nil : known }
    let id = TokenID(truncatingIfNeeded: vocabulary.idLimit)
    return vocabulary.insert(spelling, id) == nil ? id : nil
  }

  private mutating func merge(_ left: TokenID, _ right: TokenID, into merged: TokenID, pair: Int) {
    let words = pairWords[pair]
    pairWords[pair] = []
    for word in words { rewrite(Int(word), left, right, merged) }
    pairCounts[pair] = 0
    putGrownPairsIntoQueue()
  }

  /// Merges a pair in a word. It does not occur across a cut, so that the merged symbol is cut where its left part was.
  private mutating func rewrite(_ word: Int, _ left: TokenID, _ right: TokenID, _ merged: TokenID) {
    let start = starts[word]
    let end = start + lengths[word]
    let count = counts[word]
    var read = start
    var write = start
    while read < end {
      symbols[write] = symbols[read]
      let isCutBefore = isCut[read]
      isCut[write] = isCutBefore
      guard read + 1 < end, symbols[read] == left, symbols[read + 1] == right, !isCut[read + 1] else {
        read += 1
        write += 1
        continue
      }
      if write > start {
        change(symbols[write - 1], left, by: -count, in: word, isCutBefore)
        change(symbols[write - 1], merged, by: count, in: word, isCutBefore)
      }
      read += 2
      if read < end {
        change(right, symbols[read], by: -count, in: word, isCut[read])
        change(merged, symbols[read], by: count, in: word, isCut[read])
      }
      symbols[write] = merged
      write += 1
    }
    lengths[word] = write - start
  }
}
