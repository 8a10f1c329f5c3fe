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

    fileprivate var flag: UInt8 {
      switch self {
      case .nfc: 1
      case .nfkc: 2
      case .nfd: 4
      case .nfkd: 8
      }
    }
  }

  static let shared = NormalForms()

  private var canonical: [UInt32: [UInt32]] = [:]
  private var compatibility: [UInt32: [UInt32]] = [:]
  private var combiningClasses: [UInt32: UInt8] = [:]
  private var compositions: [UInt64: UInt32] = [:]
  /// The forms that leave a scalar alone whatever stands beside it, as flags.
  private var inert: [UInt8]
  /// Scalars below are looked up in `inert`: the first plane without what lies behind its surrogates.
  private static let inertLimit: UInt32 = 0xD800

  private init() {
    inert = [UInt8](repeating: 15, count: Int(Self.inertLimit))
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
    findInert()
  }

  private mutating func findInert() {
    func clear(_ scalar: UInt32, _ forms: Form...) {
      guard scalar < Self.inertLimit else { return }
      for form in forms { inert[Int(scalar)] &= ~form.flag }
    }
    for scalar in combiningClasses.keys { clear(scalar, .nfc, .nfkc, .nfd, .nfkd) }
    for key in compositions.keys { clear(UInt32(truncatingIfNeeded: key), .nfc, .nfkc) }
    for scalar: UInt32 in 0x1161...0x11FF { clear(scalar, .nfc, .nfkc) }
    for scalar: UInt32 in 0xAC00...0xD7A3 { clear(scalar, .nfd, .nfkd) }
    for scalar in compatibility.keys { clear(scalar, .nfkc, .nfkd) }
    for scalar in canonical.keys {
      clear(scalar, .nfd, .nfkd)
      if apply(.nfc, to: [scalar]).scalars != [scalar] { clear(scalar, .nfc, .nfkc) }
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

  /// Puts `text` into the given form.
  static func apply(_ form: Form, to text: inout NormalizedText) {
    // No scalar below U+0300 joins with another, and so NFC leaves most of Europe's texts alone, every form ASCII; for
    // those the tables, which take milliseconds to build, are not asked.
    let limit: UInt8 = form == .nfc ? 0xCC : 0x80
    if text.bytes.allSatisfy({ $0 < limit }) { return }
    shared.apply(form, to: &text)
  }

  private func apply(_ form: Form, to text: inout NormalizedText) {
    if isUnchanged(text.bytes, form) { return }
    let result = apply(form, to: UTF8Scanning.scalars(text.bytes))
    text.replace(by: result.scalars, changes: result.changes)
  }

  /// Whether a quick look shows that the form changes nothing.
  private func isUnchanged(_ text: [UInt8], _ form: Form) -> Bool {
    text.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        if buffer[index] < 0x80 {
          index += 1
          continue
        }
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        guard isInert(value, form) else { return false }
        index += length
      }
      return true
    }
  }

  /// Whether a scalar stays as it is whatever stands beside it; false also of scalars nobody has looked at.
  @inline(__always) private func isInert(_ scalar: UInt32, _ form: Form) -> Bool {
    guard scalar < Self.inertLimit else { return false }
    return inert[Int(scalar)] & form.flag != 0
  }

  /// Scalars, and what the reference calls their changes: see `NormalizedText.replace`.
  private typealias Changed = (scalars: [UInt32], changes: [Int])

  private func apply(_ form: Form, to scalars: [UInt32]) -> (scalars: [UInt32], changes: [Int]) {
    var result = decomposed(scalars, compatible: form.isCompatible)
    if form.composes { result = composed(result) }
    return result
  }

  private func decomposed(_ scalars: [UInt32], compatible: Bool) -> Changed {
    var output: Changed = ([], [])
    output.scalars.reserveCapacity(scalars.count)
    output.changes.reserveCapacity(scalars.count)
    func append(_ parts: [UInt32]) {
      for (position, part) in parts.enumerated() {
        output.scalars.append(part)
        output.changes.append(position == 0 ? 0 : 1)
      }
    }
    for scalar in scalars {
      if scalar < 0x80 {
        output.scalars.append(scalar)
        output.changes.append(0)
      } else if 0xAC00...0xD7A3 ~= scalar {
        let index = scalar - 0xAC00
        append(
          [0x1100 + index / 588, 0x1161 + index % 588 / 28] + (index % 28 > 0 ? [0x11A7 + index % 28] : []))
      } else if compatible, let parts = compatibility[scalar] {
        append(parts)
      } else if let parts = canonical[scalar] {
        append(parts)
      } else {
        output.scalars.append(scalar)
        output.changes.append(0)
      }
    }
    reorder(&output)
    return output
  }

  private func combiningClass(_ scalar: UInt32) -> UInt8 {
    scalar < 0x300 ? 0 : combiningClasses[scalar] ?? 0
  }

  /// Puts runs of combining marks in canonical order; stable, and not quadratic in the length of a run.
  private func reorder(_ text: inout Changed) {
    var index = 0
    while index < text.scalars.count {
      guard combiningClass(text.scalars[index]) > 0 else {
        index += 1
        continue
      }
      var end = index + 1
      while end < text.scalars.count, combiningClass(text.scalars[end]) > 0 { end += 1 }
      if end - index > 1 {
        let run = (index..<end).map { (text.scalars[$0], text.changes[$0]) }.enumerated().sorted {
          left, right in
          (combiningClass(left.element.0), left.offset) < (combiningClass(right.element.0), right.offset)
        }
        for (offset, item) in run.enumerated() {
          (text.scalars[index + offset], text.changes[index + offset]) = item.element
        }
      }
      index = end
    }
  }

  private func composed(_ text: Changed) -> Changed {
    var output: Changed = ([], [])
    output.scalars.reserveCapacity(text.scalars.count)
    output.changes.reserveCapacity(text.scalars.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for (scalar, change) in zip(text.scalars, text.changes) {
      let order = combiningClass(scalar)
      // A mark is blocked from its starter by a mark of the same or a higher class between them.
      if let position = starter,
        position == output.scalars.count - 1 || (lastClass != 0 && lastClass < order),
        let composite = compose(output.scalars[position], scalar)
      {
        output.scalars[position] = composite
        output.changes[position] += change - 1
        continue
      }
      if order == 0 { starter = output.scalars.count }
      lastClass = order
      output.scalars.append(scalar)
      output.changes.append(change)
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
