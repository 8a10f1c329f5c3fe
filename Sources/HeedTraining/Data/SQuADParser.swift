/// Reads SQuAD's JSON, in any of its forms.
///
/// Keys may come in any order (in SQuAD v2 the questions stand before their context), so each object is passed over
/// once to find the places of its members, and then they are read in the order in which they are needed.
struct SQuADParser {
  private let file: String
  private let requiresAnswers: Bool
  private var article = -1
  private var lastTitle: String?
  private var lines = LineCounter(firstLine: 1)

  init(file: String, requiresAnswers: Bool) {
    self.file = file
    self.requiresAnswers = requiresAnswers
  }

  /// Reads a document, or a row, and gives its questions.
  mutating func read(
    _ bytes: UnsafeBufferPointer<UInt8>, firstLine: Int, _ body: (SQuADQuestion) throws -> Void
  ) throws {
    lines = LineCounter(firstLine: firstLine)
    var scanner = JSONScanner(bytes)
    do {
      if try scanner.peek() == UInt8(ascii: "[") {
        try elements(scanner.value(), scanner) { row, parser in try parser.row(row, scanner, body) }
      } else {
        let top = try scanner.value()
        let data = try members(top, ["data"], scanner)[0]
        if let data {
          try elements(data, scanner) { article, parser in try parser.article(article, scanner, body) }
        } else {
          try row(top, scanner, body)
          while !scanner.isAtEnd() { try row(scanner.value(), scanner, body) }
        }
      }
      guard scanner.isAtEnd() else { throw scanner.fault("the text goes on after its end") }
    } catch let fault as JSONFault {
      let (line, column) = lines.place(of: fault.offset, in: bytes)
      throw CorpusError(
        file: file, line: line, .notSQuAD(reason: "\(fault.reason) (byte \(column) of the line)"))
    }
  }

  // MARK: Forms

  private mutating func article(
    _ value: JSONValue, _ scanner: JSONScanner, _ body: (SQuADQuestion) throws -> Void
  ) throws {
    let found = try members(value, ["title", "paragraphs"], scanner)
    let title = try found[0].flatMap { try text($0, "title", scanner, isOptional: true) }
    article += 1
    try elements(required(found[1], "paragraphs", value), scanner) { paragraph, parser in
      let found = try parser.members(paragraph, ["context", "qas"], scanner)
      let context = try parser.text(parser.required(found[0], "context", paragraph), "context", scanner) ?? ""
      let questions = try parser.required(found[1], "qas", paragraph)
      let points = CodePoints(context)
      try parser.elements(questions, scanner) { question, parser in
        try body(parser.question(question, points, title, scanner))
      }
    }
  }

  private mutating func row(
    _ value: JSONValue, _ scanner: JSONScanner, _ body: (SQuADQuestion) throws -> Void
  ) throws {
    let found = try members(value, ["title", "context"], scanner)
    let title = try found[0].flatMap { try text($0, "title", scanner, isOptional: true) }
    let context = try text(required(found[1], "context", value), "context", scanner) ?? ""
    if title == nil || title != lastTitle { article += 1 }
    lastTitle = title
    try body(question(value, CodePoints(context), title, isRow: true, scanner))
  }

  private mutating func question(
    _ value: JSONValue, _ context: CodePoints, _ title: String?, isRow: Bool = false, _ scanner: JSONScanner
  ) throws -> SQuADQuestion {
    let found = try members(value, ["id", "question", "answers", "is_impossible"], scanner)
    let id = try identifier(required(found[0], "id", value), scanner)
    let line = lines.line(of: value.range.lowerBound, in: scanner.bytes)
    let question = try text(required(found[1], "question", value), "question", scanner) ?? ""
    var answers: [SQuADQuestion.Answer] = []
    do throws(QuestionFailure) {
      for (text, start) in try self.answers(found[2], scanner) {
        answers.append(try context.answer(text, start))
      }
    } catch {
      switch error {
      case .problem(let problem): throw CorpusError(file: file, line: line, .question(id: id, problem))
      case .fault(let fault): throw fault
      }
    }
    // Hugging Face's rows have no mark: there, no answer means that there is none.
    let mark = try found[3].flatMap { try truth($0, "is_impossible", scanner) }
    let isImpossible = mark ?? (isRow && answers.isEmpty && found[2] != nil)
    if isImpossible, let answer = answers.first {
      throw CorpusError(file: file, line: line, .question(id: id, .answerToImpossible(answer: answer.text)))
    }
    if requiresAnswers, !isImpossible, answers.isEmpty {
      throw CorpusError(file: file, line: line, .question(id: id, .noAnswer))
    }
    return SQuADQuestion(
      title: title, context: context.text, id: id, question: question, answers: answers,
      isImpossible: isImpossible, article: article, line: line)
  }

  /// Texts and starts, from an array of objects or from an object of arrays.
  private func answers(_ value: JSONValue?, _ scanner: JSONScanner) throws(QuestionFailure) -> [(String, Int)]
  {
    var texts: [JSONValue] = []
    var starts: [JSONValue] = []
    do throws(JSONFault) {
      switch value?.kind {
      case nil, .null: return []
      case .object:
        guard let value else { return [] }
        let found = try members(value, ["text", "answer_start"], scanner)
        texts = try list(required(found[0], "text", value), scanner)
        starts = try list(required(found[1], "answer_start", value), scanner)
      default:
        guard let value else { return [] }
        for answer in try list(value, scanner) {
          let found = try members(answer, ["text", "answer_start"], scanner)
          texts.append(try required(found[0], "text", answer))
          starts.append(try required(found[1], "answer_start", answer))
        }
      }
    } catch {
      throw .fault(error)
    }
    guard texts.count == starts.count else {
      throw .problem(.unequalAnswers(texts: texts.count, starts: starts.count))
    }
    var answers: [(String, Int)] = []
    do throws(JSONFault) {
      for (text, start) in zip(texts, starts) {
        guard let number = Int(scanner.spelling(start.range)), number >= 0 else {
          throw JSONFault(
            offset: start.range.lowerBound, reason: "\"answer_start\" must be a whole number, 0 or more")
        }
        answers.append((try self.text(text, "text", scanner) ?? "", number))
      }
    } catch {
      throw .fault(error)
    }
    return answers
  }

  // MARK: Values

  /// The members of an object under some names; nil for one that is not there.
  private func members(_ value: JSONValue, _ names: [StaticString], _ scanner: JSONScanner)
    throws(JSONFault) -> [JSONValue?]
  {
    var scanner = JSONScanner(scanner.bytes, at: value.range.lowerBound)
    var found = [JSONValue?](repeating: nil, count: names.count)
    try scanner.enter(UInt8(ascii: "{"))
    var isFirst = true
    while let key = try scanner.key(isFirst: &isFirst) {
      let member = try scanner.value()
      guard let index = names.firstIndex(where: { scanner.equals(key, $0) }) else { continue }
      guard found[index] == nil else {
        throw JSONFault(offset: key.range.lowerBound, reason: "an object has \"\(names[index])\" twice")
      }
      found[index] = member
    }
    return found
  }

  private func required(_ value: JSONValue?, _ name: String, _ object: JSONValue) throws(JSONFault)
    -> JSONValue
  {
    guard let value else {
      throw JSONFault(
        offset: object.range.lowerBound, reason: "the object that begins here has no \"\(name)\"")
    }
    return value
  }

  /// Goes through an array.
  private mutating func elements(
    _ value: JSONValue, _ scanner: JSONScanner, _ body: (JSONValue, inout SQuADParser) throws -> Void
  ) throws {
    var scanner = JSONScanner(scanner.bytes, at: value.range.lowerBound)
    try scanner.enter(UInt8(ascii: "["))
    var isFirst = true
    while try scanner.element(isFirst: &isFirst) { try body(scanner.value(), &self) }
  }

  private func list(_ value: JSONValue, _ scanner: JSONScanner) throws(JSONFault) -> [JSONValue] {
    var scanner = JSONScanner(scanner.bytes, at: value.range.lowerBound)
    var values: [JSONValue] = []
    try scanner.enter(UInt8(ascii: "["))
    var isFirst = true
    while try scanner.element(isFirst: &isFirst) { values.append(try scanner.value()) }
    return values
  }

  /// A text; nil only if it is optional and null.
  private func text(_ value: JSONValue, _ name: String, _ scanner: JSONScanner, isOptional: Bool = false)
    throws(JSONFault) -> String?
  {
    switch value.kind {
    case .string(let string):
      if let text = scanner.text(string) { return text }
      throw JSONFault(
        offset: value.range.lowerBound,
        reason: "\"\(name)\" has half of a surrogate pair, which is no character")
    case .null where isOptional: return nil
    default: throw JSONFault(offset: value.range.lowerBound, reason: "\"\(name)\" must be a text")
    }
  }

  private func identifier(_ value: JSONValue, _ scanner: JSONScanner) throws(JSONFault) -> String {
    if case .number = value.kind { return scanner.spelling(value.range) }
    return try text(value, "id", scanner) ?? ""
  }

  private func truth(_ value: JSONValue, _ name: String, _ scanner: JSONScanner) throws(JSONFault) -> Bool? {
    switch value.kind {
    case .truth: return scanner.bytes[value.range.lowerBound] == UInt8(ascii: "t")
    case .null: return nil
    default: throw JSONFault(offset: value.range.lowerBound, reason: "\"\(name)\" must be true or false")
    }
  }
}

/// What is wrong with a question: with its form, or with what it says.
private enum QuestionFailure: Error {
  case fault(JSONFault)
  case problem(CorpusError.QuestionProblem)
}

/// A context, in which places are given in Unicode code points.
private struct CodePoints {
  let text: String
  private let isASCII: Bool

  init(_ text: String) {
    self.text = text
    isASCII = text.utf8.allSatisfy { $0 < 0x80 }
  }

  /// The answer that begins at a code point, if it stands there.
  func answer(_ answer: String, _ start: Int) throws(QuestionFailure) -> SQuADQuestion.Answer {
    guard !answer.isEmpty else { throw .problem(.emptyAnswer) }
    guard let lower = index(of: start) else {
      throw .problem(.answerPastEnd(answer: answer, start: start, length: text.unicodeScalars.count))
    }
    // Byte for byte, since the standard library takes composed and decomposed letters for equal.
    guard let upper = text.utf8.index(lower, offsetBy: answer.utf8.count, limitedBy: text.utf8.endIndex),
      text.utf8[lower..<upper].elementsEqual(answer.utf8)
    else {
      let found = text.unicodeScalars[lower...].prefix(answer.unicodeScalars.count)
      throw .problem(.answerElsewhere(answer: answer, start: start, found: String(found)))
    }
    return SQuADQuestion.Answer(text: answer, range: lower..<upper, start: start)
  }

  private func index(of codePoint: Int) -> String.Index? {
    if isASCII { return text.utf8.index(text.startIndex, offsetBy: codePoint, limitedBy: text.endIndex) }
    return text.unicodeScalars.index(text.startIndex, offsetBy: codePoint, limitedBy: text.endIndex)
  }
}

/// Finds the line of a byte, going on from where it was asked last.
private struct LineCounter {
  private let firstLine: Int
  private var offset = 0
  private var line: Int

  init(firstLine: Int) {
    self.firstLine = firstLine
    line = firstLine
  }

  mutating func line(of target: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int {
    if target < offset { (offset, line) = (0, firstLine) }
    while offset < target {
      let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[offset..<target])
      guard let newline = POSIX.offset(of: 0x0A, in: rest) else { break }
      offset += newline + 1
      line += 1
    }
    return line
  }

  /// The line and the byte in it, both counted from 1.
  func place(of target: Int, in bytes: UnsafeBufferPointer<UInt8>) -> (line: Int, column: Int) {
    var counter = LineCounter(firstLine: firstLine)
    let line = counter.line(of: target, in: bytes)
    return (line, target - counter.offset + 1)
  }
}
