/// Which tokens of a ragged batch attend to which.
public struct AttentionLayout: Sendable {
  /// The rows of each sequence's queries.
  public let queryRanges: [Range<Int>]
  /// The rows of the keys and values that each sequence attends to.
  public let keyRanges: [Range<Int>]
  /// The number of heads.
  public let headCount: Int
  /// The number of heads that keys and values have: a divisor of `headCount`, so that as many neighbouring heads of
  /// queries read the same keys and values (grouped-query attention, Ainslie et al. 2023).
  public let keyValueHeadCount: Int
  /// The size of a head's queries, keys and values.
  public let headSize: Int
  /// Whether query i sees only keys up to i + (keys − queries): the mask of the decoder (section 3.2.3 of the paper).
  public let isCausal: Bool

  /// Describes an attention; without `keyValueHeadCount`, each head has keys and values of its own.
  public init(
    queryRanges: [Range<Int>], keyRanges: [Range<Int>], headCount: Int, keyValueHeadCount: Int? = nil,
    headSize: Int, isCausal: Bool
  ) {
    precondition(queryRanges.count == keyRanges.count, "queries and keys differ in their number of sequences")
    let keyValueHeadCount = keyValueHeadCount ?? headCount
    precondition(
      keyValueHeadCount > 0 && headCount.isMultiple(of: keyValueHeadCount),
      "\(headCount) heads cannot share \(keyValueHeadCount) heads of keys and values evenly")
    self.queryRanges = queryRanges
    self.keyRanges = keyRanges
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    self.isCausal = isCausal
  }

  /// Whether sequences attend to the same rows, as several hypotheses of one source do.
  var hasKeysInCommon: Bool {
    let ranges = keyRanges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    return zip(ranges, ranges.dropFirst()).contains { $0.upperBound > $1.lowerBound }
  }

  var sequenceCount: Int { queryRanges.count }
  /// The columns of queries and results.
  var width: Int { headCount * headSize }
  /// The columns of keys, and of values.
  var keyValueWidth: Int { keyValueHeadCount * headSize }
  /// How many heads of queries read one head of keys and values.
  var groupSize: Int { headCount / keyValueHeadCount }

  /// The distances from a query to the keys that it sees, in one sequence.
  func distances(sequence: Int) -> Range<Int> {
    let (queries, keys) = (queryRanges[sequence].count, keyRanges[sequence].count)
    guard queries > 0, keys > 0 else { return 0..<0 }
    return isCausal ? 1 - keys..<1 : 1 - queries..<keys
  }
}

/// Neighbouring columns of a tensor: queries, keys or values inside a packed projection.
public struct ProjectedColumns: Sendable {
  let tensor: Tensor
  let firstColumn: Int

  var base: UnsafeMutablePointer<Float> { tensor.pointer + firstColumn }
  var stride: Int { tensor.shape.columns }

  /// Whether both lie in one tensor of the graph; equal storage is not enough, for a detached tensor has it too.
  func shareTensor(with other: ProjectedColumns) -> Bool {
    tensor.node === other.tensor.node && tensor.storage === other.tensor.storage
      && tensor.offset == other.tensor.offset && tensor.shape == other.tensor.shape
  }
}

extension Tensor {
  /// The columns from `first` on, as input of an attention.
  public func columns(from first: Int) -> ProjectedColumns {
    ProjectedColumns(tensor: self, firstColumn: first)
  }
}
