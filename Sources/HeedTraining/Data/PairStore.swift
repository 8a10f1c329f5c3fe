/// The tokens of a sentence and of its translation.
public struct EncodedPair: Sendable, Hashable {
  /// The source's tokens, exactly as the encoder sees them (with whatever the tokenizer adds).
  public var source: [Int32]
  /// The target's tokens, without start and end of sentence: a batch adds them.
  public var target: [Int32]

  /// Creates a pair.
  public init(source: [Int32], target: [Int32]) {
    self.source = source
    self.target = target
  }
}

/// Encoded pairs, each side laid end to end.
public struct PairStore: Sendable {
  /// The sources.
  public private(set) var sources = TokenStore()
  /// The targets, without start and end of sentence.
  public private(set) var targets = TokenStore()

  /// Creates an empty store.
  public init() {}

  /// Creates a store of some pairs.
  public init(_ pairs: some Sequence<EncodedPair>) {
    for pair in pairs { append(source: pair.source, target: pair.target) }
  }

  /// How many pairs there are.
  public var count: Int { sources.count }
  /// Whether there is no pair.
  public var isEmpty: Bool { sources.isEmpty }

  /// Adds a pair.
  public mutating func append(source: [Int32], target: [Int32]) {
    sources.append(source)
    targets.append(target)
  }

  /// The source tokens of a pair.
  public func source(_ index: Int) -> ArraySlice<Int32> { sources[index] }

  /// The target tokens of a pair, without start and end of sentence.
  public func target(_ index: Int) -> ArraySlice<Int32> { targets[index] }

  /// How many source tokens a pair has.
  public func sourceLength(_ index: Int) -> Int { sources.length(index) }

  /// How many target tokens a pair has in a batch: those stored and the end of sentence.
  public func targetLength(_ index: Int) -> Int { targets.length(index) + 1 }

  /// The sizes of all pairs, as a batch has them.
  public var exampleSizes: [ExampleSize] {
    (0..<count).map { ExampleSize(source: sourceLength($0), target: targetLength($0)) }
  }

  /// The pair at a position.
  public subscript(index: Int) -> EncodedPair {
    EncodedPair(source: Array(source(index)), target: Array(target(index)))
  }

  /// A number that other pairs, or the same in another order, are most unlikely to have, as text.
  package var fingerprint: String {
    var fingerprint = Fingerprint()
    // All tokens and then all offsets, as runs that are on disk have it.
    fingerprint.mix(sources.tokens)
    fingerprint.mix(targets.tokens)
    for offset in sources.offsets + targets.offsets { fingerprint.mix(UInt64(offset)) }
    return fingerprint.text
  }

  /// Reads text, encodes it and keeps what the filter lets through.
  ///
  /// - Parameters:
  ///   - pairs: The text.
  ///   - filter: What to keep.
  ///   - encodeSource: The tokens of a source text, as the encoder will see them.
  ///   - encodeTarget: The tokens of a target text, without start and end of sentence.
  ///   - progress: Called now and then with how many pairs have been read.
  /// - Returns: The pairs, and what was left out and why.
  /// - Throws: `CorpusError`, or what the closures throw.
  public static func load(
    _ pairs: TrainingText.Pairs, filter: PairFilter, encodeSource: (String) throws -> [Int32],
    encodeTarget: (String) throws -> [Int32], progress: (Int) throws -> Void = { _ in }
  ) throws -> (store: PairStore, report: FilterReport) {
    var store = PairStore()
    var report = FilterReport()
    var readCount = 0
    let overlongCount = try pairs.forEach { pair in
      readCount += 1
      if readCount.isMultiple(of: 4096) { try progress(readCount) }
      guard !PairFilter.isBlank(pair.source), !PairFilter.isBlank(pair.target) else {
        report.count(.empty)
        return
      }
      let source = try encodeSource(pair.source)
      let target = try encodeTarget(pair.target)
      let reason = filter.reasonToReject(sourceCount: source.count, targetCount: target.count)
      report.count(reason)
      if reason == nil { store.append(source: source, target: target) }
    }
    report.count(.overlongLine, overlongCount)
    return (store, report)
  }

  /// Reads a corpus, encodes it and keeps what the filter lets through; see the other form.
  public static func load(
    _ corpus: ParallelCorpus, filter: PairFilter, encodeSource: (String) throws -> [Int32],
    encodeTarget: (String) throws -> [Int32], progress: (Int) throws -> Void = { _ in }
  ) throws -> (store: PairStore, report: FilterReport) {
    try load(
      .corpus(corpus), filter: filter, encodeSource: encodeSource, encodeTarget: encodeTarget,
      progress: progress)
  }
}
