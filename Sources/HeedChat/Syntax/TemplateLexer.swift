/// Cuts a template into tokens, with the white space around tags taken away as `trim_blocks`, `lstrip_blocks` and the
/// signs `-` and `+` in tags say.
struct TemplateLexer {
  private let source: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var tokens: [TemplateToken] = []
  /// The brackets that are open in a tag, as what closes them.
  private var brackets: [Unicode.Scalar] = []

  /// The tokens of a template; the last one is `.end`.
  ///
  /// - Throws: `ChatTemplateError` for what cannot be a token, and for comments, strings and tags without an end.
  static func tokens(of source: String) throws(ChatTemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    try lexer.run()
    return lexer.tokens
  }

  /// Line ends become `\n`, and one at the very end is dropped.
  private init(_ text: String) {
    var scalars: [Unicode.Scalar] = []
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      if scalar == "\n", previous == "\r" {
        previous = " "
        continue
      }
      scalars.append(scalar == "\r" ? "\n" : scalar)
      previous = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < source.count ? source[position + offset] : nil
  }

  private func lies(_ text: String, at start: Int) -> Bool {
    var index = start
    for scalar in text.unicodeScalars {
      guard index < source.count, source[index] == scalar else { return false }
      index += 1
    }
    return true
  }

  private mutating func advance(to end: Int) {
    for scalar in source[position..<end] where scalar == "\n" { line += 1 }
    position = end
  }

  private func failure(_ message: String, line: Int? = nil) -> ChatTemplateError {
    ChatTemplateError(.syntax, line: line ?? self.line, message)
  }

  private func spaceEnd(_ start: Int) -> Int {
    var end = start
    while end < source.count, source[end].isPythonSpace { end += 1 }
    return end
  }

  // MARK: Text

  private mutating func run() throws(ChatTemplateError) {
    while position < source.count {
      guard let tag = nextTag(from: position) else {
        appendData(Array(source[position...]))
        advance(to: source.count)
        break
      }
      let isVariable = source[tag + 1] == "{"
      takeText(before: tag, stripsLine: !isVariable)
      let start = line
      let signEnd =
        source.indices.contains(tag + 2) && ["-", "+"].contains(source[tag + 2]) ? tag + 3 : tag + 2
      if source[tag + 1] == "#" {
        advance(to: signEnd)
        try skipComment(startLine: start)
      } else if !isVariable, let rawEnd = rawTagEnd("raw", from: signEnd, plusAllowed: false) {
        advance(to: rawEnd)
        try takeRaw(startLine: start)
      } else {
        tokens.append(TemplateToken(kind: isVariable ? .variableBegin : .blockBegin, line: line))
        advance(to: signEnd)
        try takeTag(isVariable: isVariable, startLine: start)
      }
    }
    tokens.append(TemplateToken(kind: .end, line: line))
  }

  /// Where the next `{{`, `{%` or `{#` is.
  private func nextTag(from start: Int) -> Int? {
    var index = start
    while index + 1 < source.count {
      if source[index] == "{", ["{", "%", "#"].contains(source[index + 1]) { return index }
      index += 1
    }
    return nil
  }

  private mutating func appendData(_ data: [Unicode.Scalar]) {
    if !data.isEmpty { tokens.append(TemplateToken(kind: .data(data), line: line)) }
  }

  /// Takes the text up to a tag, less what the tag's sign or the environment strips from its end.
  private mutating func takeText(before tag: Int, stripsLine: Bool) {
    var end = tag
    let sign: Unicode.Scalar? = tag + 2 < source.count ? source[tag + 2] : nil
    if sign == "-" {
      while end > position, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign != "+", stripsLine {
      var start = tag
      while start > position, source[start - 1] != "\n", source[start - 1].isPythonSpace { start -= 1 }
      let beginsLine = start == 0 || source[start - 1] == "\n"
      if beginsLine { end = start }
    }
    appendData(Array(source[position..<end]))
    advance(to: tag)
  }

  private mutating func skipComment(startLine: Int) throws(ChatTemplateError) {
    var index = position
    while !lies("#}", at: index) {
      index += 1
      guard index < source.count else {
        throw failure("a comment has no end; expected `#}`", line: startLine)
      }
    }
    let sign = index > position ? source[index - 1] : " "
    advance(to: index)
    takeTagEnd(sign, length: 2, trimsLine: true)
  }

  /// Passes the end of a tag and the white space that goes with it.
  private mutating func takeTagEnd(_ sign: Unicode.Scalar, length: Int, trimsLine: Bool) {
    let end = position + length
    if sign == "-" {
      advance(to: spaceEnd(end))
    } else if sign != "+", trimsLine, end < source.count, source[end] == "\n" {
      advance(to: end + 1)
    } else {
      advance(to: end)
    }
  }

  /// Where the tag `name` ends whose sign ends at `start`, with the white space that goes with it.
  private func rawTagEnd(_ name: String, from start: Int, plusAllowed: Bool) -> Int? {
    let nameStart = spaceEnd(start)
    guard lies(name, at: nameStart) else { return nil }
    let end = spaceEnd(nameStart + name.unicodeScalars.count)
    if lies("-%}", at: end) { return spaceEnd(end + 3) }
    if plusAllowed, lies("+%}", at: end) { return end + 3 }
    guard lies("%}", at: end) else { return nil }
    return plusAllowed && end + 2 < source.count && source[end + 2] == "\n" ? end + 3 : end + 2
  }

  private mutating func takeRaw(startLine: Int) throws(ChatTemplateError) {
    var index = position
    while index + 1 < source.count {
      if source[index] == "{", source[index + 1] == "%" {
        let hasSign = index + 2 < source.count && ["-", "+"].contains(source[index + 2])
        if let end = rawTagEnd("endraw", from: index + (hasSign ? 3 : 2), plusAllowed: true) {
          takeText(before: index, stripsLine: true)
          advance(to: end)
          return
        }
      }
      index += 1
    }
    throw failure("a raw block has no end; expected `{% endraw %}`", line: startLine)
  }

  // MARK: Tags

  private mutating func takeTag(isVariable: Bool, startLine: Int) throws(ChatTemplateError) {
    let close = isVariable ? "}}" : "%}"
    brackets = []
    while true {
      advance(to: spaceEnd(position))
      guard let scalar = peek() else {
        throw failure("a tag has no end; expected `\(close)`", line: startLine)
      }
      if brackets.isEmpty {
        let hasSign = scalar == "-" || (scalar == "+" && !isVariable)
        if lies(close, at: position + (hasSign ? 1 : 0)) {
          tokens.append(TemplateToken(kind: isVariable ? .variableEnd : .blockEnd, line: line))
          if hasSign { advance(to: position + 1) }
          takeTagEnd(hasSign ? scalar : " ", length: 2, trimsLine: !isVariable)
          return
        }
      }
      if ("0"..."9").contains(scalar) {
        try takeNumber()
      } else if scalar == "_" || scalar.properties.isIDContinue {
        try takeName()
      } else if scalar == "'" || scalar == "\"" {
        try takeString(quote: scalar)
      } else {
        try takeOperation(scalar)
      }
    }
  }

  private mutating func takeName() throws(ChatTemplateError) {
    var end = position
    while end < source.count, source[end] == "_" || source[end].properties.isIDContinue { end += 1 }
    let name = Text(source[position..<end]).string
    guard source[position] == "_" || source[position].properties.isIDStart else {
      throw failure("`\(name)` cannot be a name")
    }
    tokens.append(TemplateToken(kind: .name(name), line: line))
    position = end
  }

  private mutating func takeOperation(_ scalar: Unicode.Scalar) throws(ChatTemplateError) {
    let two = position + 1 < source.count ? Text(source[position...position + 1]).string : ""
    if ["**", "//", "==", "!=", ">=", "<="].contains(two) {
      tokens.append(TemplateToken(kind: .operation(two), line: line))
      position += 2
      return
    }
    let closing: [Unicode.Scalar: Unicode.Scalar] = ["(": ")", "[": "]", "{": "}"]
    if let closer = closing[scalar] {
      brackets.append(closer)
    } else if [")", "]", "}"].contains(scalar) {
      guard let expected = brackets.popLast() else { throw failure("`\(scalar)` closes nothing") }
      guard expected == scalar else { throw failure("found `\(scalar)`, expected `\(expected)`") }
    } else if !"+-*/%~><=.:|,;".unicodeScalars.contains(scalar) {
      throw failure("`\(scalar)` has no meaning in a tag")
    }
    tokens.append(TemplateToken(kind: .operation(String(scalar)), line: line))
    position += 1
  }

  private mutating func takeString(quote: Unicode.Scalar) throws(ChatTemplateError) {
    let startLine = line
    var end = position + 1
    while end < source.count, source[end] != quote { end += source[end] == "\\" ? 2 : 1 }
    guard end < source.count else { throw failure("a string has no end; expected \(quote)", line: startLine) }
    let body = Array(source[(position + 1)..<end])
    guard let unescaped = StringEscapes.unescaped(body) else {
      throw failure("a string has an escape that stands for no character", line: startLine)
    }
    tokens.append(TemplateToken(kind: .string(unescaped), line: startLine))
    advance(to: end + 1)
  }

  // MARK: Numbers

  private func isDigit(_ index: Int) -> Bool {
    index < source.count && ("0"..."9").contains(source[index])
  }

  /// The end of digits with single `_` between them; nil without a digit at `start`.
  private func digitsEnd(_ start: Int, _ belongs: (Unicode.Scalar) -> Bool = { ("0"..."9").contains($0) })
    -> Int?
  {
    var end = start
    while end < source.count {
      if belongs(source[end]) {
        end += 1
      } else if source[end] == "_", end > start, end + 1 < source.count, belongs(source[end + 1]) {
        end += 2
      } else {
        break
      }
    }
    return end > start ? end : nil
  }

  private mutating func takeNumber() throws(ChatTemplateError) {
    let followsPoint = position > 0 && source[position - 1] == "."
    if !followsPoint, let end = floatEnd() {
      let text = plain(position..<end)
      tokens.append(TemplateToken(kind: .number(Double(text) ?? 0), line: line))
      position = end
      return
    }
    let (radix, start) = radixAndStart()
    let digits = "0123456789abcdef".unicodeScalars.prefix(radix)
    let belongs = { (scalar: Unicode.Scalar) in
      digits.contains(Unicode.Scalar(UInt8(scalar.isASCII ? scalar.value : 0) | 0x20))
    }
    // A decimal number that begins with zero is nothing but zeros; what follows is a number of its own.
    let isZero = radix == 10 && source[position] == "0"
    guard let end = digitsEnd(start, isZero ? { $0 == "0" } : belongs) else {
      throw failure("a number has no digits")
    }
    guard let value = Int(plain(start..<end), radix: radix) else {
      throw ChatTemplateError(.limit, line: line, "the number \(plain(start..<end)) is too great")
    }
    tokens.append(TemplateToken(kind: .integer(value), line: line))
    position = end
  }

  private func plain(_ range: Range<Int>) -> String { Text(source[range].filter { $0 != "_" }).string }

  private func radixAndStart() -> (radix: Int, start: Int) {
    guard source[position] == "0", let letter = peek(1) else { return (10, position) }
    let radix =
      switch letter {
      case "x", "X": 16
      case "o", "O": 8
      case "b", "B": 2
      default: 10
      }
    guard radix != 10 else { return (10, position) }
    let start = position + (peek(2) == "_" ? 3 : 2)
    let limit = Unicode.Scalar(UInt8(0x30 + min(radix, 10)))
    guard start < source.count, source[start] >= "0",
      source[start] < limit || (radix == 16 && source[start].properties.isASCIIHexDigit)
    else { return (10, position) }
    return (radix, start)
  }

  /// The end of a number with a fraction or an exponent; nil where a whole number stands.
  private func floatEnd() -> Int? {
    guard var end = digitsEnd(position) else { return nil }
    var isFloat = false
    if end < source.count, source[end] == ".", isDigit(end + 1), let fraction = digitsEnd(end + 1) {
      end = fraction
      isFloat = true
    }
    if end < source.count, source[end] == "e" || source[end] == "E" {
      let sign = end + 1 < source.count && ["+", "-"].contains(source[end + 1]) ? 1 : 0
      if isDigit(end + 1 + sign), let exponent = digitsEnd(end + 1 + sign) {
        end = exponent
        isFloat = true
      }
    }
    return isFloat ? end : nil
  }
}

extension Unicode.Scalar.Properties {
  /// Whether a name may begin with it.
  fileprivate var isIDStart: Bool { isXIDStart }
  /// Whether a name may go on with it.
  fileprivate var isIDContinue: Bool { isXIDContinue }
}
