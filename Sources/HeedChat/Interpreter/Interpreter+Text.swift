/// Values as text: what a template prints.
extension Interpreter {
  /// The text that is printed for a value, as Python's `str()` gives it.
  func text(of value: Value) throws(ChatTemplateError) -> Text {
    if case .text(let text) = value { return text }
    if case .undefined = value { return "" }
    var result: [Unicode.Scalar] = []
    try show(value, in: &result)
    return Text(result)
  }

  /// Appends what Python's `repr()` gives.
  private func show(_ value: Value, in result: inout [Unicode.Scalar]) throws(ChatTemplateError) {
    try check(textLength: result.count / 64)
    guard result.count <= Self.textLimit else { throw failure(.limit, "a text grows too long") }
    switch value {
    case .undefined: append("Undefined", to: &result)
    case .none: append("None", to: &result)
    case .boolean(let truth): append(truth ? "True" : "False", to: &result)
    case .integer(let integer): append(String(integer), to: &result)
    case .number(let number): append(NumberText.text(number), to: &result)
    case .text(let text):
      if text.isMarkup { append("Markup(", to: &result) }
      quote(text.scalars, in: &result)
      if text.isMarkup { append(")", to: &result) }
    case .sequence(let items): try show(items, in: &result)
    case .mapping(let mapping):
      append("{", to: &result)
      for (index, (key, value)) in zip(mapping.keys, mapping.values).enumerated() {
        if index > 0 { append(", ", to: &result) }
        try show(key, in: &result)
        append(": ", to: &result)
        try show(value, in: &result)
      }
      append("}", to: &result)
    case .namespace, .function, .loop:
      throw .unsupported("printing a \(value.typeName)", line: line)
    }
  }

  private func show(_ items: Items, in result: inout [Unicode.Scalar]) throws(ChatTemplateError) {
    let (start, end): (String, String)
    switch items.kind {
    case .list: (start, end) = ("[", "]")
    case .tuple: (start, end) = ("(", items.values.count == 1 ? ",)" : ")")
    case .keys: (start, end) = ("dict_keys([", "])")
    case .values: (start, end) = ("dict_values([", "])")
    case .pairs: (start, end) = ("dict_items([", "])")
    case .range(let first, let stop, let step):
      return append("range(\(first), \(stop)\(step == 1 ? "" : ", \(step)"))", to: &result)
    case .generator: throw .unsupported("printing a generator; put `| list` behind it", line: line)
    }
    append(start, to: &result)
    for (index, value) in items.values.enumerated() {
      if index > 0 { append(", ", to: &result) }
      try show(value, in: &result)
    }
    append(end, to: &result)
  }

  private func append(_ string: String, to result: inout [Unicode.Scalar]) {
    result.append(contentsOf: string.unicodeScalars)
  }

  /// A string with quotes around it and what cannot be printed escaped.
  private func quote(_ text: [Unicode.Scalar], in result: inout [Unicode.Scalar]) {
    let mark: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    result.append(mark)
    for scalar in text {
      switch scalar {
      case mark, "\\": result += ["\\", scalar]
      case "\n": append("\\n", to: &result)
      case "\r": append("\\r", to: &result)
      case "\t": append("\\t", to: &result)
      default:
        if scalar.isPythonPrintable {
          result.append(scalar)
        } else {
          let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
          append("\\\(letter)\(scalar.value.hexadecimal(width))", to: &result)
        }
      }
    }
    result.append(mark)
  }
}

extension UInt32 {
  /// The lower-case digits with zeros before them.
  func hexadecimal(_ width: Int) -> String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
