/// Token sequences, laid end to end: a buffer of tokens and where each sequence begins.
///
/// Four bytes a token and eight a sequence, so a corpus of millions of them fits into memory.
public struct TokenStore: Sendable {
  /// All tokens.
  public private(set) var tokens: [Int32] = []
  /// Where each sequence begins and, at the end, where the last one ends: `[sequences + 1]`.
  public private(set) var offsets = [0]

  /// Creates an empty store.
  public init() {}

  /// Creates a store of some sequences.
  public init(_ sequences: some Sequence<some Collection<Int32>>) {
    for sequence in sequences { append(sequence) }
  }

  /// How many sequences there are.
  public var count: Int { offsets.count - 1 }
  /// Whether there is none.
  public var isEmpty: Bool { count == 0 }

  /// Adds a sequence.
  public mutating func append(_ sequence: some Collection<Int32>) {
    tokens.append(contentsOf: sequence)
    offsets.append(tokens.count)
  }

  /// The tokens of a sequence.
  public subscript(index: Int) -> ArraySlice<Int32> { tokens[offsets[index]..<offsets[index + 1]] }

  /// The sizes of all sequences, as a batch of them has them.
  var exampleSizes: [ExampleSize] { (0..<count).map { ExampleSize(source: length($0)) } }

  /// How many tokens a sequence has.
  public func length(_ index: Int) -> Int { offsets[index + 1] - offsets[index] }
}

/// A number that other data, or the same in another order, is most unlikely to have.
///
/// FNV-1a (Fowler, Noll and Vo), taken a number at a time; it guards against mistakes, not against malice.
struct Fingerprint {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func mix(_ value: UInt64) { hash = (hash ^ value) &* 0x0000_0100_0000_01B3 }

  mutating func mix(_ tokens: [Int32]) {
    for token in tokens { mix(UInt64(UInt32(bitPattern: token))) }
  }

  mutating func mix(_ store: TokenStore) {
    mix(store.tokens)
    for offset in store.offsets { mix(UInt64(offset)) }
  }

  /// The number as text.
  var text: String { String(hash, radix: 16) }
}
