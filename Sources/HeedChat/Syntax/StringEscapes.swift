/// The escapes of string literals.
enum StringEscapes {
  /// The text of a literal's inside; nil where an escape stands for no Unicode scalar.
  static func unescaped(_ body: [Unicode.Scalar]) -> [Unicode.Scalar]? {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(body.count)
    var index = 0
    while index < body.count {
      guard body[index] == "\\", index + 1 < body.count else {
        result.append(body[index])
        index += 1
        continue
      }
      let letter = body[index + 1]
      index += 2
      if let simple = simple[letter] {
        result.append(simple)
      } else if letter == "\n" {
        continue
      } else if let length = lengths[letter] {
        guard index + length <= body.count, let value = number(body[index..<index + length], radix: 16),
          let scalar = Unicode.Scalar(value)
        else { return nil }
        result.append(scalar)
        index += length
      } else if ("0"..."7").contains(letter) {
        let digits = body[(index - 1)...].prefix(3).prefix { ("0"..."7").contains($0) }
        guard let value = number(digits, radix: 8), let scalar = Unicode.Scalar(value) else { return nil }
        result.append(scalar)
        index += digits.count - 1
      } else if letter == "N" {
        return nil
      } else {
        // An escape that Python does not know is itself.
        result += ["\\", letter]
      }
    }
    return result
  }

  private static let simple: [Unicode.Scalar: Unicode.Scalar] = [
    "\\": "\\", "'": "'", "\"": "\"", "n": "\n", "r": "\r", "t": "\t", "a": "\u{7}", "b": "\u{8}",
    "f": "\u{C}", "v": "\u{B}",
  ]
  private static let lengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

  private static func number(_ digits: ArraySlice<Unicode.Scalar>, radix: Int) -> UInt32? {
    guard digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
    return UInt32(Text(digits).string, radix: radix)
  }
}
