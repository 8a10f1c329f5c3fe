/// Characters as readers see them: a scalar and what attaches to it.
///
/// Source: Unicode Standard Annex 29, "Unicode Text Segmentation", without the rules for pictographs, flags and Indic
/// conjuncts: clusters of those take six bytes or more, and nobody here asks where such clusters end.
enum GraphemeClusters {
  /// Returns where the cluster that begins at `start` ends.
  static func end(of text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let classes = ScalarClasses.shared
    let first = text[start]
    var index = start + 1
    if first < 0x80, index == text.count || text[index] < 0x80 {
      return first == 0x0D && index < text.count && text[index] == 0x0A ? index + 1 : index
    }
    var (scalar, length) = UTF8Scanning.scalar(text, at: start)
    index = start + length
    if classes[scalar].contains(.graphemeControl) { return index }
    while index < text.count {
      let previous = scalar
      (scalar, length) = UTF8Scanning.scalar(text, at: index)
      let scalarClass = classes[scalar]
      if scalarClass.contains(.graphemeControl) { break }
      let joins =
        scalarClass.contains(.graphemeExtender) || classes[previous].contains(.graphemePrepend)
        || Hangul.joins(previous, scalar)
      guard joins else { break }
      index += length
    }
    return index
  }

  /// Which letters of Korean make one syllable.
  private enum Hangul {
    case lead, vowel, tail, open, closed

    static func joins(_ left: UInt32, _ right: UInt32) -> Bool {
      guard left >= 0x1100, right >= 0x1100, let left = Hangul(left), let right = Hangul(right) else {
        return false
      }
      switch left {
      case .lead: return right != .tail
      case .vowel, .open: return right == .vowel || right == .tail
      case .tail, .closed: return right == .tail
      }
    }

    init?(_ scalar: UInt32) {
      switch scalar {
      case 0x1100...0x115F, 0xA960...0xA97C: self = .lead
      case 0x1160...0x11A7, 0xD7B0...0xD7C6: self = .vowel
      case 0x11A8...0x11FF, 0xD7CB...0xD7FB: self = .tail
      case 0xAC00...0xD7A3: self = (scalar - 0xAC00).isMultiple(of: 28) ? .open : .closed
      default: return nil
      }
    }
  }
}
