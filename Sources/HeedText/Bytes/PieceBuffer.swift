/// Text cut into pieces: bytes of UTF-8, and the ranges of them that count, in order.
///
/// Pre-tokenizers cut text into pieces with it, and decoders rewrite the spellings of tokens with it.
struct PieceBuffer: Sendable {
  var bytes: [UInt8]
  var pieces: [Range<Int>]
  /// For each byte what it stands for; nil where nobody asks.
  var sources: [SourceRange]?
  /// Whether the bytes begin where the text given to the tokenizer begins, which `Metaspace` with the scheme `first`
  /// asks.
  var startsText: Bool

  init(bytes: [UInt8], startsText: Bool = true, sources: [SourceRange]? = nil) {
    self.bytes = bytes
    pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    self.startsText = startsText
    self.sources = sources
  }

  init() { self.init(bytes: []) }

  /// The pieces as arrays of bytes.
  var separated: [[UInt8]] { pieces.map { Array(bytes[$0]) } }

  /// Appends a piece with the given bytes.
  mutating func append(_ piece: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: piece)
    pieces.append(start..<bytes.count)
  }

  /// Writes each piece anew; `write` is given the bytes, the piece's position and its range.
  @inline(__always) mutating func rewrite(
    capacity: Int, _ write: (UnsafeBufferPointer<UInt8>, Int, Range<Int>, inout TextBuilder) -> Void
  ) {
    var builder = TextBuilder(rewriting: sources, capacity: capacity)
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(pieces.count)
    bytes.withUnsafeBufferPointer { buffer in
      for (position, piece) in pieces.enumerated() {
        let start = builder.bytes.count
        write(buffer, position, piece, &builder)
        ranges.append(start..<builder.bytes.count)
      }
    }
    (bytes, sources, pieces) = (builder.bytes, builder.sources, ranges)
  }

  /// Cuts each piece into stretches that match and stretches that do not, and keeps them as `behavior` says.
  ///
  /// `find` is given the bytes and a piece, and calls its last argument with the stretches of the piece in order,
  /// without gaps, and whether they match.
  @inline(__always) mutating func split(
    _ behavior: SplitBehavior,
    find: (UnsafeBufferPointer<UInt8>, Range<Int>, (Range<Int>, Bool) -> Void) -> Void
  ) {
    var collector = SplitCollector(behavior)
    collector.pieces.reserveCapacity(pieces.count > 1 ? pieces.count * 2 : bytes.count / 4 + 1)
    bytes.withUnsafeBufferPointer { buffer in
      for piece in pieces {
        find(buffer, piece) { collector.add($0, isMatch: $1) }
        collector.finish()
      }
    }
    pieces = collector.pieces
  }

  /// Cuts each piece at scalars: each scalar for which `isMatch` holds is a match of its own.
  @inline(__always) mutating func split(_ behavior: SplitBehavior, whereScalar isMatch: (UInt32) -> Bool) {
    split(behavior) { buffer, piece, found in
      var start = piece.lowerBound
      var index = start
      while index < piece.upperBound {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if isMatch(value) {
          if start < index { found(start..<index, false) }
          found(index..<index + length, true)
          start = index + length
        }
        index += length
      }
      if start < piece.upperBound { found(start..<piece.upperBound, false) }
    }
  }
}

/// What becomes of the stretches at which a text is cut.
enum SplitBehavior: String, CaseIterable, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// Puts stretches together as a behaviour says; pieces without bytes are dropped.
private struct SplitCollector {
  let behavior: SplitBehavior
  var pieces: [Range<Int>] = []
  var pending: Range<Int>?
  var pendingIsMatch = false

  init(_ behavior: SplitBehavior) { self.behavior = behavior }

  @inline(__always) mutating func add(_ range: Range<Int>, isMatch: Bool) {
    switch behavior {
    case .removed:
      if !isMatch { append(range) }
    case .isolated:
      append(range)
    default:
      merge(range, isMatch: isMatch)
    }
  }

  @inline(__always) private mutating func append(_ range: Range<Int>) {
    if !range.isEmpty { pieces.append(range) }
  }

  mutating func merge(_ range: Range<Int>, isMatch: Bool) {
    guard let last = pending else {
      (pending, pendingIsMatch) = (range, isMatch)
      return
    }
    let joins =
      switch behavior {
      case .contiguous: isMatch == pendingIsMatch
      case .mergedWithPrevious: isMatch && !pendingIsMatch
      default: pendingIsMatch && !isMatch
      }
    if joins {
      pending = last.lowerBound..<range.upperBound
    } else {
      append(last)
      pending = range
    }
    pendingIsMatch = isMatch
  }

  mutating func finish() {
    if let last = pending { append(last) }
    pending = nil
    pendingIsMatch = false
  }
}
