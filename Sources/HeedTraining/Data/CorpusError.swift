import HeedEvaluation

/// Something wrong with a file of training text: which file, which line, what was expected, what to do.
public struct CorpusError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// The file cannot be opened or read; `reason` is the system's own message.
    case unreadable(reason: String)
    /// The file holds no line at all.
    case empty
    /// A line is not UTF-8; `byte` counts from 1 and says where it goes wrong.
    case notUTF8(byte: Int)
    /// A line is longer than `limit` bytes.
    case lineTooLong(limit: Int)
    /// A line of running text is longer than `limit` bytes.
    case textLineTooLong(limit: Int)
    /// Two files that must have a translation in each line have different numbers of lines.
    case unequalLength(lineCount: Int, otherFile: String, otherLineCount: Int)
    /// A record of a TSV or CSV file has fewer columns than asked for.
    case missingColumn(index: Int, columnCount: Int, separator: UInt8)
    /// The first line of a TSV or CSV file has no column of that name.
    case missingHeader(name: String, found: [String])
    /// The first line or record has none of the names that were tried for a field.
    case missingEveryName(tried: [String], found: [String])
    /// A name stands twice where each must differ: in the first line, or in one JSON object.
    case duplicateField(name: String)
    /// A quoted column begins in this line and is not closed: within `limit` bytes, or, if nil, at all.
    case unclosedQuote(limit: Int?)
    /// A quoted column (counted from 1) goes on after the quote that closes it.
    case textAfterQuote(column: Int)
    /// A line is not a JSON object; `reason` says where parsing stopped.
    case notJSON(reason: String)
    /// A JSON object has no text at that dotted path.
    case missingField(path: String)
    /// A JSON object has no text, number or truth value at that dotted path.
    case missingLabel(path: String)
    /// The JSON text at that dotted path has half of a surrogate pair.
    case loneSurrogate(path: String)
    /// A file is not JSON in SQuAD's form; `reason` says what is wrong.
    case notSQuAD(reason: String)
    /// A question of a SQuAD file cannot be used.
    case question(id: String, QuestionProblem)
    /// A document that must be read as a whole is larger than `limit` bytes.
    case fileTooLarge(limit: Int)
    /// The paragraph that begins in this line is longer than `limit` bytes.
    case paragraphTooLong(limit: Int)
    /// The `gzip` program, which reads compressed files, was not found on PATH.
    case gzipMissing
    /// The `gzip` program failed; `message` is what it said.
    case gzipFailed(message: String)
  }

  /// The file's path, as it was given.
  public let file: String
  /// The line, counted from 1, where the problem belongs to one.
  public let line: Int?
  /// What is wrong.
  public let problem: Problem

  /// Creates an error.
  public init(file: String, line: Int? = nil, _ problem: Problem) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// One sentence for standard error.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    switch problem {
    case .unreadable(let reason):
      return "\(place): cannot be read: \(reason)."
    case .empty:
      return "\(place): the file is empty; expected lines of text."
    case .notUTF8(let byte):
      return "\(place): not UTF-8 at byte \(byte) of the line; convert the file first, "
        + "for example with iconv -t UTF-8."
    case .lineTooLong(let limit):
      return "\(place): the line is longer than \(limit) bytes "
        + "(are the line ends those of this system?)."
    case .textLineTooLong(let limit):
      return "\(place): the line is longer than \(limit) bytes; expected lines of text: break it into some, "
        + "for example with fold -s -w 1000 (or are its line ends not those of this system?)."
    case .unequalLength(let lineCount, let otherFile, let otherLineCount):
      return "\(file) has \(lineCount) lines and \(otherFile) has \(otherLineCount); "
        + "line n of one must be the translation of line n of the other."
    case .missingColumn(let index, let columnCount, let separator):
      return "\(place): column \(index) was expected, but the line has \(columnCount) "
        + "\(Self.name(ofSeparator: separator))-separated column\(columnCount == 1 ? "" : "s")."
    case .missingHeader(let name, let found):
      return "\(place): no column is named \"\(name)\" in the first line; it names \(Self.list(found))."
    case .missingEveryName(let tried, let found):
      return "\(place): none of \(Self.list(tried)) is there; "
        + (found.isEmpty ? "there is no field at all." : "what is there is \(Self.list(found)).")
    case .duplicateField(let name):
      return "\(place): \"\(name)\" is there twice, so it is unclear which is meant."
    case .unclosedQuote(let limit):
      let extent = limit.map { "within \($0) bytes" } ?? "before the end of the file"
      return "\(place): a column begins with a quote here that is not closed \(extent); "
        + "a quote that belongs to the text is written twice, inside of quotes."
    case .textAfterQuote(let column):
      return "\(place): column \(column) goes on after its closing quote; "
        + "a quote that belongs to the text is written twice."
    case .notJSON(let reason):
      return "\(place): expected a JSON object on the line, found something else: \(reason)."
    case .missingField(let path):
      return "\(place): the JSON object has no text at \"\(path)\"; "
        + "a field inside another is written with a dot, as in \"translation.en\"."
    case .missingLabel(let path):
      return "\(place): the JSON object has no text, number or truth value at \"\(path)\"; "
        + "a field inside another is written with a dot, as in \"annotation.label\"."
    case .loneSurrogate(let path):
      return "\(place): the text at \"\(path)\" has half of a surrogate pair (\\ud800 to \\udfff), "
        + "which is no character."
    case .notSQuAD(let reason):
      return "\(place): expected JSON in the form of SQuAD: \(reason)."
    case .question(let id, let problem):
      return "\(place): question \"\(id.prefix(80))\" \(problem.description)."
    case .fileTooLarge(let limit):
      return "\(place): the document is larger than \(limit) bytes and would be held in memory; "
        + "write it as JSON lines or split it."
    case .paragraphTooLong(let limit):
      return "\(place): the paragraph that begins here is longer than \(limit) bytes; "
        + "expected paragraphs with an empty line between them."
    case .gzipMissing:
      return "\(place): \(GzipProcess.Failure.missing)."
    case .gzipFailed(let message):
      return "\(place): \(GzipProcess.Failure.failed(message: message))."
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(12).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
    return names.count > 12 ? shown + ", …" : shown
  }

  private static func name(ofSeparator separator: UInt8) -> String {
    switch separator {
    case UInt8(ascii: "\t"): "tab"
    case UInt8(ascii: ","): "comma"
    case UInt8(ascii: ";"): "semicolon"
    default: "\"\(Character(UnicodeScalar(separator)))\""
    }
  }
}

extension CorpusError {
  /// Why a question of a SQuAD file cannot be used.
  public enum QuestionProblem: Sendable, Equatable, CustomStringConvertible {
    /// Other text stands in the context where the answer should; `start` counts code points from 0.
    case answerElsewhere(answer: String, start: Int, found: String)
    /// The context has only `length` code points, so no answer can begin at `start`.
    case answerPastEnd(answer: String, start: Int, length: Int)
    /// An answer has no character.
    case emptyAnswer
    /// It has an answer according to its mark, and none is given.
    case noAnswer
    /// It has no answer according to its mark, and one is given.
    case answerToImpossible(answer: String)
    /// Another question has the same id.
    case repeatedID
    /// There are as many answers as starts in no reading.
    case unequalAnswers(texts: Int, starts: Int)

    /// What follows the question's name in a sentence.
    public var description: String {
      switch self {
      case .answerElsewhere(let answer, let start, let found):
        "should have its answer \"\(answer.prefix(80))\" at character \(start) of the context, but "
          + "\"\(found.prefix(80))\" stands there; answer_start counts Unicode code points from 0"
      case .answerPastEnd(let answer, let start, let length):
        "should have its answer \"\(answer.prefix(80))\" at character \(start) of the context, "
          + "which has only \(length)"
      case .emptyAnswer: "has an empty answer; leave it out and set is_impossible"
      case .noAnswer: "has no answer and is not marked is_impossible, so nothing can be learned from it"
      case .answerToImpossible(let answer):
        "is marked is_impossible and has the answer \"\(answer.prefix(80))\""
      case .repeatedID:
        "has the id of a question before it; each needs an id of its own, under which its answer is judged"
      case .unequalAnswers(let texts, let starts):
        "has \(texts) texts of answers and \(starts) values of answer_start"
      }
    }
  }
}
