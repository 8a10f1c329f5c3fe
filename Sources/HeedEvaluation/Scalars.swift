/// A text as Unicode scalar values.
///
/// Metrics count scalars, as Python does. `String` would count grapheme clusters and take composed and decomposed "à"
/// for the same character, which changes scores.
typealias Scalars = [UInt32]

extension String {
  /// The scalar values of this string.
  var scalarValues: Scalars {
    var values = Scalars()
    values.reserveCapacity(utf8.count)
    for scalar in unicodeScalars { values.append(scalar.value) }
    return values
  }
}

extension Sequence<UInt32> {
  /// The string with these scalar values.
  var text: String {
    var view = String.UnicodeScalarView()
    for value in self { view.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
    return String(view)
  }
}

/// `text` in lower case as Python's `str.lower()` gives it.
package func lowercasedAsInPython(_ text: String) -> String { text.scalarValues.lowercased().text }

/// Whether Python's `str.split()` and `str.rstrip()` take this scalar for white space.
func isWhitespace(_ value: UInt32) -> Bool {
  switch value {
  case 0x09...0x0D, 0x1C...0x20: true
  case ..<0x85: false
  case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
  default: false
  }
}

/// Whether this scalar is in Python's `string.punctuation`.
func isASCIIPunctuation(_ value: UInt32) -> Bool {
  switch value {
  case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
  default: false
  }
}

extension [UInt32] {
  /// The words between stretches of white space.
  func words() -> [ArraySlice<UInt32>] {
    split(whereSeparator: isWhitespace)
  }

  /// All scalars that are not white space, end to end.
  func withoutWhitespace() -> Scalars { filter { !isWhitespace($0) } }

  /// Without white space at the end.
  func strippedAtEnd() -> Scalars {
    guard let last = lastIndex(where: { !isWhitespace($0) }) else { return [] }
    return last == count - 1 ? self : Scalars(self[...last])
  }

  /// Without white space at either end.
  func stripped() -> Scalars { Scalars(strippedAtEnd().drop(while: isWhitespace)) }

  /// Lower case by the full Unicode mapping, with the final form of sigma at the end of a word.
  ///
  /// Source: The Unicode Standard, section 3.13, without the tailoring for languages, as Python's `str.lower()`.
  func lowercased() -> Scalars {
    var lower = Scalars()
    lower.reserveCapacity(count)
    for (index, value) in enumerated() {
      if value < 0x80 {
        lower.append((0x41...0x5A).contains(value) ? value + 0x20 : value)
      } else if value == 0x3A3 {
        lower.append(isFinalSigma(at: index) ? 0x3C2 : 0x3C3)
      } else if let scalar = Unicode.Scalar(value), scalar.properties.changesWhenLowercased {
        for mapped in scalar.properties.lowercaseMapping.unicodeScalars { lower.append(mapped.value) }
      } else {
        lower.append(value)
      }
    }
    return lower
  }

  /// Whether a letter stands before the sigma at `index` and none after it, not counting marks such as accents.
  private func isFinalSigma(at index: Int) -> Bool {
    let isCasedBefore = self[..<index].reversed().first { !isCaseIgnorable($0) }.map(isCased) ?? false
    let isCasedAfter = self[(index + 1)...].first { !isCaseIgnorable($0) }.map(isCased) ?? false
    return isCasedBefore && !isCasedAfter
  }

  /// Every non-overlapping occurrence of `old`, from the left, replaced by `new`.
  func replacing(_ old: Scalars, with new: Scalars) -> Scalars {
    guard let first = old.first, count >= old.count, contains(first) else { return self }
    var result = Scalars()
    result.reserveCapacity(count)
    var index = 0
    while index < count {
      if self[index] == first, self[index...].starts(with: old) {
        result += new
        index += old.count
      } else {
        result.append(self[index])
        index += 1
      }
    }
    return result
  }
}

private func isCased(_ value: UInt32) -> Bool { Unicode.Scalar(value)?.properties.isCased ?? false }

private func isCaseIgnorable(_ value: UInt32) -> Bool {
  Unicode.Scalar(value)?.properties.isCaseIgnorable ?? false
}
