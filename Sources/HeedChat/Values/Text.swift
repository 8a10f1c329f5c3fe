/// A string as Python has it: a row of Unicode scalars, compared scalar by scalar.
///
/// Swift's `String` counts grapheme clusters and takes composed and decomposed spellings for equal; a template that
/// slices or compares would give other results with it.
struct Text: Sendable {
  var scalars: [Unicode.Scalar]
  /// Whether it came from the `safe` or `escape` filter: `+` escapes what is joined to it.
  var isMarkup = false

  init(_ scalars: some Sequence<Unicode.Scalar>, isMarkup: Bool = false) {
    self.scalars = Array(scalars)
    self.isMarkup = isMarkup
  }

  init(_ string: String) { scalars = Array(string.unicodeScalars) }

  var count: Int { scalars.count }
  var isEmpty: Bool { scalars.isEmpty }

  var string: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// The same text after a change of its scalars.
  func mapped(_ transform: ([Unicode.Scalar]) -> [Unicode.Scalar]) -> Text {
    Text(transform(scalars), isMarkup: isMarkup)
  }

  /// With the characters that mean something in HTML written as references.
  var escaped: Text {
    if isMarkup { return self }
    var result: [Unicode.Scalar] = []
    for scalar in scalars {
      switch scalar {
      case "&": result += Array("&amp;".unicodeScalars)
      case "<": result += Array("&lt;".unicodeScalars)
      case ">": result += Array("&gt;".unicodeScalars)
      case "'": result += Array("&#39;".unicodeScalars)
      case "\"": result += Array("&#34;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return Text(result, isMarkup: true)
  }

  /// Where `part` first lies at `start` or behind it.
  func firstIndex(of part: Text, from start: Int = 0) -> Int? {
    guard let first = part.scalars.first else { return start <= count ? start : nil }
    guard part.count <= count else { return nil }
    var position = start
    while position <= count - part.count {
      if scalars[position] == first, matches(part, at: position) { return position }
      position += 1
    }
    return nil
  }

  /// Where `part` last lies, ending at `end` or before it.
  func lastIndex(of part: Text, before end: Int) -> Int? {
    var position = end - part.count
    while position >= 0 {
      if matches(part, at: position) { return position }
      position -= 1
    }
    return nil
  }

  /// Whether `part` lies at `position`.
  func matches(_ part: Text, at position: Int) -> Bool {
    guard position >= 0, part.count <= count - position else { return false }
    for offset in 0..<part.count where scalars[position + offset] != part.scalars[offset] { return false }
    return true
  }

  func slice(_ range: Range<Int>) -> Text { Text(scalars[range], isMarkup: isMarkup) }
}

extension Text: Hashable, Comparable {
  static func == (left: Text, right: Text) -> Bool { left.scalars == right.scalars }
  static func < (left: Text, right: Text) -> Bool {
    left.scalars.lexicographicallyPrecedes(right.scalars)
  }
  func hash(into hasher: inout Hasher) { hasher.combine(scalars) }
}

extension Text: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self.init(value) }
}

extension Unicode.Scalar {
  /// White space to Python: Unicode's, and the four separators of ASCII.
  var isPythonSpace: Bool { properties.isWhitespace || (0x1C...0x1F).contains(value) }

  /// Whether Python writes it as it is where it shows a string with its quotes.
  var isPythonPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: value == 0x20
    default: true
    }
  }
}
