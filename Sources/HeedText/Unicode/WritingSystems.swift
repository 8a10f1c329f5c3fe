/// The writing system of each scalar, as the UnicodeScripts pre-tokenizer tells them apart.
struct WritingSystems: Sendable {
  static let shared = WritingSystems()

  /// The number of what goes with every writing system, such as a space.
  static let any: UInt8 = 0

  private var ranges: [(first: UInt32, last: UInt32, number: UInt8)] = []

  private init() {
    UnicodeTables.forEachItem(of: UnicodeTables.writingSystems) { item in
      var reader = UnicodeTables.ItemReader(item)
      let number = UInt8(truncatingIfNeeded: reader.decimal())
      guard reader.take(":") else { return }
      repeat {
        let (first, last) = reader.range()
        ranges.append((first, last, number))
      } while reader.take(",")
    }
    ranges.sort { $0.first < $1.first }
  }

  subscript(_ scalar: UInt32) -> UInt8 {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].last < scalar { low = middle + 1 } else { high = middle }
    }
    guard low < ranges.count, ranges[low].first <= scalar else { return Self.any }
    return ranges[low].number
  }
}
