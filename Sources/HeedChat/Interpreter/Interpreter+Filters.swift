/// The filters behind `|`.
extension Interpreter {
  /// The arguments of a filter that are known by position and name, and how many of them it needs.
  struct Signature {
    let parameters: [String]
    var required = 0

    init(_ parameters: String..., required: Int = 0) {
      self.parameters = parameters
      self.required = required
    }
  }

  /// The filters; those without a signature take their arguments as they come.
  static let filters: [String: Signature?] = [
    "abs": Signature(), "attr": Signature("name", required: 1),
    "batch": Signature("linecount", "fill_with", required: 1), "capitalize": Signature(),
    "center": Signature("width"), "count": Signature(), "d": Signature("default_value", "boolean"),
    "default": Signature("default_value", "boolean"),
    "dictsort": Signature("case_sensitive", "by", "reverse"),
    "e": Signature(), "escape": Signature(), "first": Signature(), "float": Signature("default"),
    "forceescape": Signature(), "indent": Signature("width", "first", "blank"),
    "int": Signature("default", "base"), "items": Signature(), "join": Signature("d", "attribute"),
    "last": Signature(), "length": Signature(), "list": Signature(), "lower": Signature(), "map": .none,
    "max": Signature("case_sensitive", "attribute"), "min": Signature("case_sensitive", "attribute"),
    "reject": .none, "rejectattr": .none, "replace": Signature("old", "new", "count", required: 2),
    "reverse": Signature(), "round": Signature("precision", "method"), "safe": Signature(), "select": .none,
    "selectattr": .none, "sort": Signature("reverse", "case_sensitive", "attribute"), "string": Signature(),
    "sum": Signature("attribute", "start"), "title": Signature(),
    "tojson": Signature("ensure_ascii", "indent", "separators", "sort_keys"), "trim": Signature("chars"),
    "unique": Signature("case_sensitive", "attribute"), "upper": Signature(), "wordcount": Signature(),
  ]

  /// What the filter `name` makes of `value`.
  func filter(_ name: String, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    guard let entry = Self.filters[name] else { throw .unsupported("the filter `\(name)`", line: line) }
    guard let signature = entry else {
      return try nested { () throws(ChatTemplateError) in try choose(name, value, arguments) }
    }
    let given = try arguments.matched(
      signature.parameters, required: signature.required, of: name, self)
    switch name {
    case "abs", "int", "float", "round": return try numberFilter(name, value, given)
    case "first", "last", "length", "count", "list", "items", "reverse", "sort", "unique", "dictsort", "min",
      "max",
      "sum", "join", "batch":
      return try sequenceFilter(name, value, given)
    case "d", "default":
      let isMissing = value.isUndefined || (given[1]?.isTrue == true && !value.isTrue)
      return isMissing ? given[0] ?? .string("") : value
    case "attr":
      guard let attribute = given[0]?.text?.string else { throw failure("`attr` needs a name") }
      if case .mapping = value, !["get", "items", "keys", "values", "copy"].contains(attribute) {
        return .undefined(Undefined(reason: "a mapping has no attribute `\(attribute)`"))
      }
      return try self.attribute(attribute, of: value)
    case "tojson": return try tojson(value, given)
    default: return try textFilter(name, value, given)
    }
  }

  // MARK: Text

  private func textFilter(_ name: String, _ value: Value, _ given: [Value?]) throws(ChatTemplateError)
    -> Value
  {
    let text = try text(of: value)
    try spend(text.count / 4 + 1)
    switch name {
    case "upper": return try self.text(text.uppercased)
    case "lower": return .text(text.lowercased)
    case "title": return try self.text(text.titleFiltered)
    case "capitalize": return .text(text.capitalized)
    case "string": return .text(text)
    case "safe": return .text(Text(text.scalars, isMarkup: true))
    case "e", "escape": return try self.text(text.escaped)
    case "forceescape": return try self.text(Text(text.scalars).escaped)
    case "trim":
      guard let set = given[0], !set.isNone else { return .text(text.trimmed()) }
      guard let characters = set.text else { throw failure("`trim` needs a string of characters") }
      return .text(text.trimmed(characters))
    case "replace":
      let limit = given[2].flatMap(\.integer) ?? -1
      let (old, new) = (try self.text(of: given[0] ?? .none), try self.text(of: given[1] ?? .none))
      return try replaced(Text(text.scalars), Text(old.scalars), Text(new.scalars), limit < 0 ? .max : limit)
    case "center":
      let width = given[0] ?? .integer(80)
      return try callMethod("center", of: text, Arguments(positional: [width]))
    case "indent": return try indent(text, given)
    case "wordcount":
      var (count, isInside) = (0, false)
      for scalar in text.scalars {
        let properties = scalar.properties
        let isWord = scalar == "_" || properties.isAlphabetic || properties.numericType != nil
        if isWord, !isInside { count += 1 }
        isInside = isWord
      }
      return .integer(count)
    default: throw .unsupported("the filter `\(name)`", line: line)
    }
  }

  private func indent(_ text: Text, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    var margin: [Unicode.Scalar] = Array(repeating: " ", count: 4)
    switch given[0] {
    case nil: break
    case .text(let text): margin = text.scalars
    case let width?:
      guard let width = width.integer else { throw wrongOperand("indent", width) }
      try check(textLength: max(0, width))
      margin = Array(repeating: " ", count: max(0, width))
    }
    let indentsBlank = given[2]?.isTrue ?? false
    // A line end more, so that there is a line even in an empty text.
    let lines = Text(text.scalars + ["\n"]).lines(keepsEnds: false)
    let (total, overflows) = lines.count.multipliedReportingOverflow(by: margin.count)
    try check(textLength: overflows ? .max : total)
    var result = given[1]?.isTrue == true ? margin : []
    for (index, line) in lines.enumerated() {
      if index > 0 {
        result.append("\n")
        if indentsBlank || !line.isEmpty { result += margin }
      }
      result += line.scalars
    }
    return try self.text(Text(result, isMarkup: text.isMarkup))
  }

  private func tojson(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    var style = JSONStyle()
    style.isASCII = given[0]?.isTrue ?? false
    style.sortsKeys = given[3]?.isTrue ?? false
    if let indent = given[1], !indent.isNone {
      if let text = indent.text {
        style.indent = text
      } else if let width = indent.integer {
        try check(textLength: max(0, width))
        style.indent = Text(Array(repeating: " ", count: max(0, width)))
      } else {
        throw wrongOperand("tojson", indent)
      }
      style.itemSeparator = ","
    }
    if let separators = given[2], !separators.isNone {
      let parts = try iterate(separators)
      guard parts.count == 2, let item = parts[0].text, let key = parts[1].text else {
        throw failure("the separators of `tojson` are two strings")
      }
      (style.itemSeparator, style.keySeparator) = (item, key)
    }
    return try text(try json(value, style))
  }

  // MARK: Numbers

  private func numberFilter(
    _ name: String, _ value: Value, _ given: [Value?]
  ) throws(ChatTemplateError) -> Value {
    if case .undefined(let undefined) = value { throw failure(.undefined, undefined.reason) }
    switch name {
    case "abs":
      if case .number(let number) = value { return .number(number.magnitude) }
      guard let integer = value.integer else { throw wrongOperand("abs", value) }
      return integer < 0 ? try negated(.integer(integer)) : .integer(integer)
    case "float":
      if let text = value.text {
        return NumberText.number(text).map { .number($0) } ?? given[0] ?? .number(0)
      }
      return value.double.map { .number($0) } ?? given[0] ?? .number(0)
    case "int":
      if let integer = value.integer { return .integer(integer) }
      var number = value.double
      if let text = value.text {
        let base = given[1]?.integer ?? 10
        if let integer = NumberText.integer(text, base: base) { return .integer(integer) }
        number = NumberText.number(text)
      }
      guard let number, number.isFinite else { return given[0] ?? .integer(0) }
      guard let integer = Int(exactly: number.rounded(.towardZero)) else {
        throw failure(.limit, "a whole number grows beyond 64 bits")
      }
      return .integer(integer)
    default: return try round(value, given)
    }
  }

  private func round(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    guard let places = (given[0] ?? .integer(0)).integer else {
      throw failure("`round` needs a whole precision")
    }
    let method = given[1]?.text?.string ?? "common"
    guard let number = value.double else { throw wrongOperand("round", value) }
    switch method {
    case "common":
      if let integer = value.integer {
        if places >= 0 { return .integer(integer) }
        throw .unsupported("the rounding of a whole number to tens", line: line)
      }
      return .number(CMath.rounded(number, places: places))
    case "ceil", "floor":
      let scale = CMath.power(10, Double(places))
      let scaled = (number * scale).rounded(method == "ceil" ? .up : .down)
      return .number(scaled / scale)
    default: throw failure("the method of `round` is `common`, `ceil` or `floor`")
    }
  }
}
