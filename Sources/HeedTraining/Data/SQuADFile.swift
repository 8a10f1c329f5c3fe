/// A file of questions about contexts, as SQuAD has them (Rajpurkar et al., 2016 and 2018); opened anew for each reading.
///
/// Three forms are read, each of which may be gzipped: the JSON document of SQuAD v1.1 and v2 (`data`, `paragraphs`,
/// `qas`); JSON lines as Hugging Face's data sets are exported, an object for each question with its own context;
/// and the same objects as one JSON array. A file whose name ends in `.jsonl` or `.jsonl.gz` is read as a stream;
/// any other is held in memory while it is read, and told apart by what is in it.
public struct SQuADFile: Sendable, Hashable {
  /// How large a document that is held in memory may be: one gibibyte.
  public static let defaultMaximumSize = 1 << 30

  /// The path.
  public var file: String
  /// Whether a question without an answer that is not marked `is_impossible` is an error, as it must be in training.
  public var requiresAnswers: Bool
  /// How many bytes a document may have, after decompression; in a JSON-lines file, a line.
  public var maximumSize: Int

  /// Describes a file; nothing is opened yet.
  public init(
    _ file: String, requiresAnswers: Bool = true, maximumSize: Int = SQuADFile.defaultMaximumSize
  ) {
    precondition(maximumSize > 0, "SQuADFile: maximumSize must be positive")
    self.file = file
    self.requiresAnswers = requiresAnswers
    self.maximumSize = maximumSize
  }

  /// Reads the file from its start to its end.
  ///
  /// - Parameter body: Called with each question, in order.
  /// - Throws: `CorpusError` if the file is not of this form, or an answer does not stand in its context where it
  ///   should; or what `body` throws.
  public func forEach(_ body: (SQuADQuestion) throws -> Void) throws {
    if file.hasSuffix(".jsonl") || file.hasSuffix(".jsonl.gz") {
      try readLines(body)
    } else {
      try readDocument(body)
    }
  }

  /// Sees to it that no two of some questions of this file have one id, because both would be judged by one answer.
  ///
  /// - Throws: `CorpusError` for the first that has the id of another.
  public func checkIDs(_ questions: [SQuADQuestion]) throws(CorpusError) {
    var ids: Set<String> = []
    for question in questions where !ids.insert(question.id).inserted {
      throw CorpusError(file: file, line: question.line, .question(id: question.id, .repeatedID))
    }
  }

  private func readLines(_ body: (SQuADQuestion) throws -> Void) throws {
    let reader = try LineReader(file, maximumLineLength: maximumSize)
    var parser = SQuADParser(file: file, requiresAnswers: requiresAnswers)
    var line: [UInt8] = []
    while true {
      switch try reader.next(into: &line) {
      case .end:
        if reader.lineCount == 0 { throw CorpusError(file: file, .empty) }
        return
      case .tooLong: throw reader.lineTooLong
      case .line: try reader.checkUTF8(line)
      }
      try line.withUnsafeBufferPointer { try parser.read($0, firstLine: reader.lineCount, body) }
    }
  }

  private func readDocument(_ body: (SQuADQuestion) throws -> Void) throws {
    let reader = try LineReader(file, maximumLineLength: maximumSize)
    var parser = SQuADParser(file: file, requiresAnswers: requiresAnswers)
    var document: [UInt8] = []
    var line: [UInt8] = []
    reading: while true {
      switch try reader.next(into: &line) {
      case .end: break reading
      case .tooLong: throw CorpusError(file: file, .fileTooLarge(limit: maximumSize))
      case .line: try reader.checkUTF8(line)
      }
      guard document.count + line.count <= maximumSize else {
        throw CorpusError(file: file, .fileTooLarge(limit: maximumSize))
      }
      // A file of one line, as SQuAD's own are, is not copied.
      if document.isEmpty { swap(&document, &line) } else { document.append(contentsOf: line) }
      document.append(0x0A)
    }
    if reader.lineCount == 0 { throw CorpusError(file: file, .empty) }
    try document.withUnsafeBufferPointer { try parser.read($0, firstLine: 1, body) }
  }
}

/// A question about a context, and where in it the answers stand.
public struct SQuADQuestion: Sendable, Hashable {
  /// A text of the context that answers the question.
  public struct Answer: Sendable, Hashable {
    /// The answer, as it stands in the context.
    public let text: String
    /// Where it stands in the context.
    public let range: Range<String.Index>
    /// Where it begins, in Unicode code points from 0: `answer_start`.
    public let start: Int
  }

  /// What the context is taken from, where the file says so.
  public let title: String?
  /// The text that is asked about.
  public let context: String
  /// What the question is called; predictions are given under it.
  public let id: String
  /// The question.
  public let question: String
  /// The answers; several people may have answered differently.
  public let answers: [Answer]
  /// Whether the context does not answer the question.
  public let isImpossible: Bool
  /// The number of the article in the file, counted from 0, by which a part can be held out; rows that follow one
  /// another with the same title are one article, and a row without a title is one by itself.
  public let article: Int
  /// The line of the file that the question begins in, counted from 1.
  public let line: Int
}
