/// The four normal forms of Unicode.
///
/// Source: Unicode Standard Annex 15, "Unicode Normalization Forms".
struct NormalForms: Sendable {
  /// Which of the forms.
  enum Form: String, CaseIterable, Sendable {
    case nfc = "NFC"
    case nfkc = "NFKC"
    case nfd = "NFD"
    case nfkd = "NFKD"

    var composes: Bool { self == .nfc || self == .nfkc }
    var isCompatible: Bool { self == .nfkc || self == .nfkd }
  }

  static let shared = NormalForms()

  private var canonical: [UInt32: [UInt32]] = [:]
  private var compatibility: [UInt32: [UInt32]] = [:]
  private var combiningClasses: [UInt32: UInt8] = [:]
  private var compositions: [UInt64: UInt32] = [:]

  private init() {
    UnicodeTables.forEachItem(of: UnicodeTables.combiningClasses) { item in
      var reader = UnicodeTables.ItemReader(item)
      let value = UInt8(truncatingIfNeeded: reader.decimal())
      guard reader.take(":") else { return }
      repeat {
        let (first, last) = reader.range()
        for scalar in first...last { combiningClasses[scalar] = value }
      } while reader.take(",")
    }
    var composed: [(scalar: UInt32, parts: [UInt32])] = []
    Self.read(UnicodeTables.canonical) { scalar, parts, isExcluded in
      canonical[scalar] = parts
      if parts.count > 1 && !isExcluded { composed.append((scalar, parts)) }
    }
    Self.read(UnicodeTables.compatibility) { scalar, parts, _ in compatibility[scalar] = parts }
    // A composite is made of the composite of all parts but the last, which is shorter, and the last.
    var whole: [[UInt32]: UInt32] = [:]
    for (scalar, parts) in composed.sorted(by: { ($0.parts.count, $0.scalar) < ($1.parts.count, $1.scalar) })
    {
      whole[parts] = scalar
      let prefix = Array(parts.dropLast())
      let left = prefix.count == 1 ? prefix[0] : whole[prefix]
      guard let left, let right = parts.last else { continue }
      compositions[Self.key(left, right)] = scalar
    }
  }

  private static func key(_ left: UInt32, _ right: UInt32) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

  private static func read(_ table: StaticString, _ body: (UInt32, [UInt32], Bool) -> Void) {
    UnicodeTables.forEachItem(of: table) { item in
      var reader = UnicodeTables.ItemReader(item)
      let (first, last) = reader.range()
      let isExcluded = reader.take("!")
      guard reader.take("=") else { return }
      let parts = reader.sequence()
      for scalar in first...last {
        body(scalar, first == last ? parts : [parts[0] + (scalar - first)], isExcluded)
      }
    }
  }

  /// Returns `text` in the given form.
  func apply(_ form: Form, to text: [UInt8]) -> [UInt8] {
    // All forms leave ASCII alone, and NFC what lies below U+0300 (whose first byte is 0xCC).
    let limit: UInt8 = form == .nfc ? 0xCC : 0x80
    if text.allSatisfy({ $0 < limit }) { return text }
    var scalars = decomposed(UTF8Scanning.scalars(text), compatible: form.isCompatible)
    if form.composes { scalars = composed(scalars) }
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    for scalar in scalars { output.append(scalar: scalar) }
    return output
  }

  private func decomposed(_ scalars: [UInt32], compatible: Bool) -> [UInt32] {
    var output: [UInt32] = []
    output.reserveCapacity(scalars.count)
    for scalar in scalars {
      if scalar < 0x80 {
        output.append(scalar)
      } else if 0xAC00...0xD7A3 ~= scalar {
        let index = scalar - 0xAC00
        output += [0x1100 + index / 588, 0x1161 + index % 588 / 28]
        if index % 28 > 0 { output.append(0x11A7 + index % 28) }
      } else if compatible, let parts = compatibility[scalar] {
        output += parts
      } else if let parts = canonical[scalar] {
        output += parts
      } else {
        output.append(scalar)
      }
    }
    reorder(&output)
    return output
  }

  private func combiningClass(_ scalar: UInt32) -> UInt8 {
    scalar < 0x300 ? 0 : combiningClasses[scalar] ?? 0
  }

  /// Puts runs of combining marks in canonical order; stable, and not quadratic in the length of a run.
  private func reorder(_ scalars: inout [UInt32]) {
    var index = 0
    while index < scalars.count {
      guard combiningClass(scalars[index]) > 0 else {
        index += 1
        continue
      }
      var end = index + 1
      while end < scalars.count, combiningClass(scalars[end]) > 0 { end += 1 }
      if end - index > 1 {
        let run = scalars[index..<end].enumerated().sorted { left, right in
          (combiningClass(left.element), left.offset) < (combiningClass(right.element), right.offset)
        }
        for (offset, item) in run.enumerated() { scalars[index + offset] = item.element }
      }
      index = end
    }
  }

  private func composed(_ scalars: [UInt32]) -> [UInt32] {
    var output: [UInt32] = []
    output.reserveCapacity(scalars.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let order = combiningClass(scalar)
      // A mark is blocked from its starter by a mark of the same or a higher class between them.
      if let position = starter, position == output.count - 1 || (lastClass != 0 && lastClass < order) {
        if let composite = compose(output[position], scalar) {
          output[position] = composite
          continue
        }
      }
      if order == 0 { starter = output.count }
      lastClass = order
      output.append(scalar)
    }
    return output
  }

  private func compose(_ left: UInt32, _ right: UInt32) -> UInt32? {
    if 0x1100..<0x1113 ~= left, 0x1161..<0x1176 ~= right {
      return 0xAC00 + (left - 0x1100) * 588 + (right - 0x1161) * 28
    }
    if 0xAC00...0xD7A3 ~= left, (left - 0xAC00) % 28 == 0, 0x11A8..<0x11C3 ~= right {
      return left + (right - 0x11A7)
    }
    return compositions[Self.key(left, right)]
  }
}
