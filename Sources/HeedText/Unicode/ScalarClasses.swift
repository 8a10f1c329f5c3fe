/// What a scalar is to the components that cut text.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt16

  static let letter = ScalarClass(rawValue: 1)
  static let number = ScalarClass(rawValue: 2)
  static let numeric = ScalarClass(rawValue: 4)
  static let whitespace = ScalarClass(rawValue: 8)
  static let punctuation = ScalarClass(rawValue: 16)
  static let word = ScalarClass(rawValue: 32)
  static let mark = ScalarClass(rawValue: 64)
  static let nonspacingMark = ScalarClass(rawValue: 128)
  static let removedControl = ScalarClass(rawValue: 256)
  static let graphemeExtender = ScalarClass(rawValue: 512)
  static let graphemePrepend = ScalarClass(rawValue: 1024)
  static let graphemeControl = ScalarClass(rawValue: 2048)
}

/// The classes of all scalars: a table for the first two planes, ranges for the others.
struct ScalarClasses: Sendable {
  static let shared = ScalarClasses()

  private static let tableSize: UInt32 = 0x20000
  private var table: [UInt16]
  private var ranges: [(first: UInt32, last: UInt32, flag: UInt16)] = []

  private init() {
    table = [UInt16](repeating: 0, count: Int(Self.tableSize))
    add(.letter, UnicodeTables.letters)
    add(.number, UnicodeTables.numbers)
    add(.numeric, UnicodeTables.numerics)
    add(.whitespace, UnicodeTables.whitespace)
    add(.punctuation, UnicodeTables.punctuation)
    add(.word, UnicodeTables.wordScalars)
    add(.mark, UnicodeTables.marks)
    add(.nonspacingMark, UnicodeTables.nonspacingMarks)
    add(.removedControl, UnicodeTables.removedControls)
    add(.graphemeExtender, UnicodeTables.graphemeExtenders)
    add(.graphemePrepend, UnicodeTables.graphemePrepends)
    add(.graphemeControl, UnicodeTables.graphemeControls)
  }

  private mutating func add(_ flag: ScalarClass, _ ranges: StaticString) {
    UnicodeTables.forEachRange(of: ranges) { first, last in
      if first < Self.tableSize {
        for scalar in first...min(last, Self.tableSize - 1) { table[Int(scalar)] |= flag.rawValue }
      }
      if last >= Self.tableSize { self.ranges.append((max(first, Self.tableSize), last, flag.rawValue)) }
    }
  }

  @inline(__always) subscript(_ scalar: UInt32) -> ScalarClass {
    if scalar < Self.tableSize { return ScalarClass(rawValue: table[Int(scalar)]) }
    return rare(scalar)
  }

  @inline(never) private func rare(_ scalar: UInt32) -> ScalarClass {
    var flags: UInt16 = 0
    for range in ranges where range.first <= scalar && scalar <= range.last { flags |= range.flag }
    return ScalarClass(rawValue: flags)
  }
}
