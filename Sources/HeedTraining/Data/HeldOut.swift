import HeedTensor

/// Which records of a file are held out to validate on, where a data set comes without a part for it.
///
/// The choice depends on nothing but the rule and the record, so training and validation may read the file at
/// different times, in any order, on any system, and never share a record. Records that belong together, such as
/// the questions about one article, are chosen together by their group's number or key, since a model that has
/// seen one of them in training has seen much of the others.
public enum HeldOut: Sendable, Hashable {
  /// The last of every so many records: with 10, numbers 9, 19, 29 and so on. Exact, and for any order of the file.
  case every(Int)
  /// Each record with this probability, by a hash of the seed and the record: spread over sorted files as well.
  case fraction(Double, seed: UInt64)

  /// Whether a record, or a group, is held out.
  ///
  /// - Parameter number: Its number in the file, counted from 0.
  /// - Returns: True for validation, false for training.
  /// - Precondition: A fraction is in `0...1`, and the count of `every` is positive.
  public func contains(number: Int) -> Bool {
    switch self {
    case .every(let count):
      precondition(count > 0, "HeldOut: every must be positive")
      return number % count == count - 1
    case .fraction: return contains(hash: UInt64(bitPattern: Int64(number)))
    }
  }

  /// Whether the records of a group are held out.
  ///
  /// - Parameter key: What the group is called, such as the title of an article. As groups with keys have no
  ///   order, `every` takes one in so many by a hash of the key.
  /// - Returns: True for validation, false for training.
  /// - Precondition: A fraction is in `0...1`, and the count of `every` is positive.
  public func contains(key: String) -> Bool {
    // FNV-1a (Fowler, Noll and Vo), 64 bits; the standard library's hash differs from run to run.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return contains(hash: hash)
  }

  private func contains(hash: UInt64) -> Bool {
    switch self {
    case .every(let count):
      precondition(count > 0, "HeldOut: every must be positive")
      var random = SplitMix64(seed: 0, stream: hash)
      return random.next(below: UInt64(count)) == 0
    case .fraction(let fraction, let seed):
      precondition((0...1).contains(fraction), "HeldOut: the fraction must be in 0...1")
      var random = SplitMix64(seed: seed, stream: hash)
      return Double(random.next() >> 11) * 0x1p-53 < fraction
    }
  }
}
