/// How `tojson` writes.
struct JSONStyle {
  var isASCII = false
  /// What stands before a line for each level; nil for all on one line.
  var indent: Text?
  var itemSeparator: Text = ", "
  var keySeparator: Text = ": "
  var sortsKeys = false
}

extension Interpreter {
  /// A value as JSON, as Python's `json.dumps` writes it.
  func json(_ value: Value, _ style: JSONStyle) throws(ChatTemplateError) -> Text {
    var result: [Unicode.Scalar] = []
    try writeJSON(value, style, level: 0, in: &result)
    return Text(result)
  }

  private func writeJSON(
    _ value: Value, _ style: JSONStyle, level: Int, in result: inout [Unicode.Scalar]
  ) throws(ChatTemplateError) {
    try check(textLength: result.count / 64)
    guard result.count <= Self.textLimit else { throw failure(.limit, "a text grows too long") }
    switch value {
    case .none: result.append(contentsOf: "null".unicodeScalars)
    case .boolean(let truth): result.append(contentsOf: (truth ? "true" : "false").unicodeScalars)
    case .integer(let integer): result.append(contentsOf: String(integer).unicodeScalars)
    case .number(let number): result.append(contentsOf: jsonNumber(number).unicodeScalars)
    case .text(let text): writeJSON(text, style, in: &result)
    case .sequence(let items):
      switch items.kind {
      case .list, .tuple: break
      default: throw failure("`tojson` cannot write a \(value.typeName); put `| list` before it")
      }
      try writeRow(items.values.count, "[", "]", style, level, in: &result) {
        (index, result) throws(ChatTemplateError) in
        try writeJSON(items.values[index], style, level: level + 1, in: &result)
      }
    case .mapping(let mapping):
      var order = Array(mapping.keys.indices)
      if style.sortsKeys {
        order = try sorted(order) { (left, right) throws(ChatTemplateError) in
          try isLess(mapping.keys[left], mapping.keys[right], "<")
        }
      }
      try writeRow(order.count, "{", "}", style, level, in: &result) {
        (index, result) throws(ChatTemplateError) in
        writeJSON(try jsonKey(mapping.keys[order[index]]), style, in: &result)
        result += style.keySeparator.scalars
        try writeJSON(mapping.values[order[index]], style, level: level + 1, in: &result)
      }
    case .undefined(let undefined): throw failure(.undefined, undefined.reason)
    default: throw failure("`tojson` cannot write a \(value.typeName)")
    }
  }

  private func writeRow(
    _ count: Int, _ start: Unicode.Scalar, _ end: Unicode.Scalar, _ style: JSONStyle, _ level: Int,
    in result: inout [Unicode.Scalar],
    _ write: (Int, inout [Unicode.Scalar]) throws(ChatTemplateError) -> Void
  ) throws(ChatTemplateError) {
    func newLine(_ level: Int) {
      guard let indent = style.indent else { return }
      result.append("\n")
      for _ in 0..<level { result += indent.scalars }
    }
    result.append(start)
    for index in 0..<count {
      if index > 0 { result += style.itemSeparator.scalars }
      newLine(level + 1)
      try write(index, &result)
    }
    if count > 0 { newLine(level) }
    result.append(end)
  }

  private func jsonNumber(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return NumberText.text(number)
  }

  private func jsonKey(_ key: Value) throws(ChatTemplateError) -> Text {
    switch key {
    case .text(let text): text
    case .none: "null"
    case .boolean(let truth): truth ? "true" : "false"
    case .integer(let integer): Text(String(integer))
    case .number(let number): Text(jsonNumber(number))
    default: throw failure("a \(key.typeName) cannot be a key in JSON")
    }
  }

  private func writeJSON(_ text: Text, _ style: JSONStyle, in result: inout [Unicode.Scalar]) {
    result.append("\"")
    for scalar in text.scalars {
      switch scalar {
      case "\"", "\\": result += ["\\", scalar]
      case "\n": result += ["\\", "n"]
      case "\r": result += ["\\", "r"]
      case "\t": result += ["\\", "t"]
      case "\u{8}": result += ["\\", "b"]
      case "\u{C}": result += ["\\", "f"]
      default:
        if scalar.value >= 0x20, !style.isASCII || scalar.value < 0x7F {
          result.append(scalar)
        } else {
          for unit in String(scalar).utf16 {
            result.append(contentsOf: "\\u\(UInt32(unit).hexadecimal(4))".unicodeScalars)
          }
        }
      }
    }
    result.append("\"")
  }
}
