/// The methods of strings.
extension Interpreter {
  static let textMethods: Set<String> = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "replace",
    "upper",
    "lower", "title", "capitalize", "swapcase", "casefold", "join", "find", "rfind", "index", "rindex",
    "count",
    "isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isspace", "isupper", "islower", "istitle",
    "isascii", "isidentifier", "isprintable", "removeprefix", "removesuffix", "partition", "rpartition",
    "zfill",
    "ljust", "rjust", "center", "format", "format_map", "encode", "translate", "maketrans", "expandtabs",
  ]

  func callMethod(_ name: String, of text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    try spend(text.count / 4 + 1)
    switch name {
    case "strip", "lstrip", "rstrip":
      let set = try optionalText(try unnamed(arguments, name, 0...1).first, name)
      return .text(text.trimmed(set, start: name != "rstrip", end: name != "lstrip"))
    case "split", "rsplit": return try split(text, name, arguments)
    case "splitlines":
      let given = try arguments.matched(["keepends"], of: name, self)
      return try list(text.lines(keepsEnds: given[0]?.isTrue ?? false))
    case "startswith", "endswith": return .boolean(try bounds(text, name, arguments))
    case "replace": return try replace(text, arguments)
    case "find", "rfind", "index", "rindex", "count": return try find(text, name, arguments)
    case "join":
      return try self.text(try joined(try iterate(try unnamed(arguments, name, 1...1)[0]), text))
    case "removeprefix", "removesuffix":
      let part = try requiredText(try unnamed(arguments, name, 1...1)[0], name)
      let start = name == "removeprefix" ? 0 : text.count - part.count
      guard text.matches(part, at: start) else { return .text(text) }
      return .text(
        start == 0 && name == "removeprefix" ? text.slice(part.count..<text.count) : text.slice(0..<start))
    case "partition", "rpartition": return try partition(text, name, arguments)
    case "zfill", "ljust", "rjust", "center": return try pad(text, name, arguments)
    default:
      _ = try unnamed(arguments, name, 0...0, isKnown: Self.plainMethods.contains(name))
      return try plainMethod(name, of: text)
    }
  }

  private static let plainMethods: Set<String> = [
    "upper", "lower", "title", "capitalize", "swapcase", "casefold", "isdigit", "isdecimal", "isnumeric",
    "isalpha", "isalnum", "isspace", "isupper", "islower", "isascii",
  ]

  private func plainMethod(_ name: String, of text: Text) throws(ChatTemplateError) -> Value {
    func all(_ holds: (Unicode.Scalar.Properties) -> Bool) -> Value {
      .boolean(!text.isEmpty && text.scalars.allSatisfy { holds($0.properties) })
    }
    switch name {
    case "upper": return try self.text(text.uppercased)
    case "lower": return .text(text.lowercased)
    case "title": return try self.text(text.titlecased)
    case "capitalize": return .text(text.capitalized)
    case "swapcase": return .text(text.swappedCase)
    case "casefold" where text.scalars.allSatisfy(\.isASCII): return .text(text.lowercased)
    case "isspace": return .boolean(!text.isEmpty && text.scalars.allSatisfy(\.isPythonSpace))
    case "isupper": return .boolean(text.isUppercase)
    case "islower": return .boolean(text.isLowercase)
    case "isascii": return .boolean(text.scalars.allSatisfy(\.isASCII))
    case "isdecimal": return all { $0.generalCategory == .decimalNumber }
    case "isdigit": return all { $0.numericType == .decimal || $0.numericType == .digit }
    case "isnumeric": return all { $0.numericType != nil }
    case "isalpha": return all(\.isPythonLetter)
    case "isalnum": return all { $0.isPythonLetter || $0.numericType != nil }
    default: throw .unsupported("the method `\(name)` of a string", line: line)
    }
  }

  // MARK: Arguments

  private func unnamed(
    _ arguments: Arguments, _ name: String, _ count: ClosedRange<Int>, isKnown: Bool = true
  ) throws(ChatTemplateError) -> [Value] {
    guard isKnown else { throw .unsupported("the method `\(name)` of a string", line: line) }
    guard arguments.named.isEmpty, count.contains(arguments.positional.count) else {
      throw failure("`\(name)` does not take these arguments")
    }
    return arguments.positional
  }

  private func requiredText(_ value: Value, _ name: String) throws(ChatTemplateError) -> Text {
    guard let text = value.text else {
      if case .undefined(let undefined) = value { throw failure(.undefined, undefined.reason) }
      throw failure("`\(name)` needs a string, not a \(value.typeName)")
    }
    return text
  }

  private func optionalText(_ value: Value?, _ name: String) throws(ChatTemplateError) -> Text? {
    guard let value, !value.isNone else { return nil }
    return try requiredText(value, name)
  }

  private func requiredInteger(_ value: Value, _ name: String) throws(ChatTemplateError) -> Int {
    guard let integer = value.integer else {
      throw failure("`\(name)` needs a whole number, not a \(value.typeName)")
    }
    return integer
  }

  /// A count as Python takes it: -1 is without a limit.
  private func limit(_ value: Value?, _ name: String) throws(ChatTemplateError) -> Int {
    guard let value else { return .max }
    let limit = try requiredInteger(value, name)
    return limit < 0 ? .max : limit
  }

  func list(_ texts: [Text]) throws(ChatTemplateError) -> Value {
    try sequence(.list, texts.map { .text($0) })
  }

  /// Strings with `separator` between them.
  func joined(_ values: [Value], _ separator: Text) throws(ChatTemplateError) -> Text {
    var result: [Unicode.Scalar] = []
    for (index, value) in values.enumerated() {
      if index > 0 { result += separator.scalars }
      result += try requiredText(value, "join").scalars
      guard result.count <= Self.textLimit else { throw failure(.limit, "a text grows too long") }
    }
    return Text(result)
  }

  // MARK: Methods with arguments

  private func split(_ text: Text, _ name: String, _ arguments: Arguments) throws(ChatTemplateError) -> Value
  {
    let given = try arguments.matched(["sep", "maxsplit"], of: name, self)
    let limit = try limit(given[1], name)
    guard let separator = try optionalText(given[0], name) else {
      return try list(name == "split" ? text.words(limit: limit) : text.wordsFromEnd(limit: limit))
    }
    guard !separator.isEmpty else { throw failure("`\(name)` needs a separator that is not empty") }
    return try list(
      name == "split"
        ? text.split(separator, limit: limit) : text.splitFromEnd(separator, limit: limit))
  }

  /// The part of a text that the optional arguments `start` and `end` leave; nil where the start lies behind it.
  private func part(_ text: Text, _ bounds: ArraySlice<Value>, _ name: String)
    throws(ChatTemplateError) -> (text: Text, start: Int)?
  {
    var limits = [0, text.count]
    for (index, bound) in bounds.enumerated() where !bound.isNone {
      let value = try requiredInteger(bound, name)
      limits[index] = value < 0 ? max(0, value + text.count) : index == 1 ? min(value, text.count) : value
    }
    guard limits[0] <= text.count, limits[0] <= limits[1] else { return nil }
    return (text.slice(limits[0]..<limits[1]), limits[0])
  }

  private func bounds(_ text: Text, _ name: String, _ arguments: Arguments) throws(ChatTemplateError) -> Bool
  {
    let given = try unnamed(arguments, name, 1...3)
    var candidates: [Text] = []
    if case .sequence(let items) = given[0], items.isTuple {
      for value in items.values { candidates.append(try requiredText(value, name)) }
    } else {
      candidates.append(try requiredText(given[0], name))
    }
    guard let part = try part(text, given.dropFirst(), name)?.text else { return false }
    return candidates.contains { part.matches($0, at: name == "startswith" ? 0 : part.count - $0.count) }
  }

  private func replace(_ text: Text, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    let given = try unnamed(arguments, "replace", 2...3)
    let limit = try limit(given.count > 2 ? given[2] : nil, "replace")
    let (old, new) = (try requiredText(given[0], "replace"), try requiredText(given[1], "replace"))
    return try replaced(text, old, new, limit)
  }

  /// A text after replacement, whose length is checked before it is made.
  func replaced(_ text: Text, _ old: Text, _ new: Text, _ limit: Int) throws(ChatTemplateError) -> Value {
    let count = min(text.occurrences(of: old), limit)
    let (growth, overflows) = count.multipliedReportingOverflow(by: max(0, new.count - old.count))
    try check(textLength: overflows ? .max : min(.max - text.count, growth) + text.count)
    return .text(Text(text.replacing(old, with: new, limit: limit), isMarkup: text.isMarkup))
  }

  private func find(_ text: Text, _ name: String, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    let given = try unnamed(arguments, name, 1...3)
    let wanted = try requiredText(given[0], name)
    let part = try part(text, given.dropFirst(), name)
    if name == "count" { return .integer(part?.text.occurrences(of: wanted) ?? 0) }
    let found = part.flatMap { part in
      (name.hasPrefix("r")
        ? part.text.lastIndex(of: wanted, before: part.text.count) : part.text.firstIndex(of: wanted))
        .map { $0 + part.start }
    }
    if found == nil, name.hasSuffix("index") {
      throw failure("the text whose `\(name)` is asked for is not there")
    }
    return .integer(found ?? -1)
  }

  private func partition(_ text: Text, _ name: String, _ arguments: Arguments)
    throws(ChatTemplateError) -> Value
  {
    let separator = try requiredText(try unnamed(arguments, name, 1...1)[0], name)
    guard !separator.isEmpty else { throw failure("`\(name)` needs a separator that is not empty") }
    let isFirst = name == "partition"
    let found = isFirst ? text.firstIndex(of: separator) : text.lastIndex(of: separator, before: text.count)
    guard let found else {
      return try sequence(.tuple, (isFirst ? [text, "", ""] : ["", "", text]).map { .text($0) })
    }
    let parts = [text.slice(0..<found), separator, text.slice(found + separator.count..<text.count)]
    return try sequence(.tuple, parts.map { .text($0) })
  }

  private func pad(_ text: Text, _ name: String, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    let given = try unnamed(arguments, name, name == "zfill" ? 1...1 : 1...2)
    let width = try requiredInteger(given[0], name)
    var fill: Text = name == "zfill" ? "0" : " "
    if given.count > 1 { fill = try requiredText(given[1], name) }
    guard fill.count == 1 else { throw failure("`\(name)` needs one character to fill with") }
    guard width > text.count else { return .text(text) }
    try check(textLength: width)
    let missing = width - text.count
    func filled(_ count: Int) -> [Unicode.Scalar] { Array(repeating: fill.scalars[0], count: count) }
    switch name {
    case "ljust": return .text(text.mapped { $0 + filled(missing) })
    case "center":
      // Where one space is left over, Python puts it to the left if the width is odd.
      let left = missing / 2 + (missing & width & 1)
      return .text(text.mapped { filled(left) + $0 + filled(missing - left) })
    case "zfill" where text.scalars.first == "-" || text.scalars.first == "+":
      return .text(text.mapped { [$0[0]] + filled(missing) + $0.dropFirst() })
    default: return .text(text.mapped { filled(missing) + $0 })
    }
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isPythonLetter: Bool {
    switch generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}
