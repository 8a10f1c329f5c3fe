/// Lower-case mappings of single scalars, without context (a final sigma is not special).
struct LowerCase: Sendable {
  static let shared = LowerCase()

  private var mappings: [UInt32: [UInt8]] = [:]
  /// Scalars below have a direct table: Latin, Greek, Cyrillic.
  private static let directSize: UInt32 = 0x600
  private var direct: [UInt32]

  private init() {
    direct = (0..<Self.directSize).map { $0 }
    UnicodeTables.forEachItem(of: UnicodeTables.lowerCase) { item in
      var reader = UnicodeTables.ItemReader(item)
      let (first, last) = reader.range()
      let step: UInt32 = reader.take("/") ? reader.decimal() : 1
      guard reader.take("=") else { return }
      let target = reader.sequence()
      for scalar in stride(from: first, through: last, by: Int(step)) {
        var bytes: [UInt8] = []
        if target.count == 1 {
          let mapped = target[0] + (scalar - first)
          bytes.append(scalar: mapped)
          if scalar < Self.directSize { direct[Int(scalar)] = mapped }
        } else {
          for mapped in target { bytes.append(scalar: mapped) }
          if scalar < Self.directSize { direct[Int(scalar)] = .max }
        }
        mappings[scalar] = bytes
      }
    }
  }

  /// Writes the text in lower case.
  func apply(to text: inout NormalizedText) {
    text.rewrite { buffer, output in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if value < Self.directSize, direct[Int(value)] != .max {
          output.append(scalar: direct[Int(value)], from: index)
        } else if let mapped = mappings[value] {
          output.append(mapped, from: index)
        } else {
          output.copy(buffer, index..<index + length)
        }
        index += length
      }
    }
  }

  /// Calls `body` with each scalar whose lower case is one other scalar, and with that.
  func forEachPair(_ body: (UInt32, UInt32) -> Void) {
    for (scalar, bytes) in mappings {
      let mapped = UTF8Scanning.scalars(bytes)
      if mapped.count == 1 { body(scalar, mapped[0]) }
    }
  }
}
