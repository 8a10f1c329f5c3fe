#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The two columns of a TSV file that hold a pair, by position from 0.
struct TSVColumns {
  let source: Int
  let target: Int

  /// Finds named columns in the first line, which is read only if a column is named.
  init(
    source: ParallelCorpus.Column, target: ParallelCorpus.Column, readingHeaderFrom reader: LineReader
  ) throws(CorpusError) {
    if case .index(let source) = source, case .index(let target) = target {
      precondition(source > 0 && target > 0, "TSVColumns: columns are counted from 1")
      self.source = source - 1
      self.target = target - 1
      return
    }
    var line: [UInt8] = []
    switch try reader.next(into: &line) {
    case .end: throw CorpusError(file: reader.file, .empty)
    case .tooLong:
      throw CorpusError(file: reader.file, line: 1, .lineTooLong(limit: reader.maximumLineLength))
    case .line: break
    }
    if let offset = line.withUnsafeBytes(UTF8Validation.firstInvalidOffset) {
      throw CorpusError(file: reader.file, line: 1, .notUTF8(byte: offset + 1))
    }
    let names = Self.split(String(decoding: line, as: UTF8.self)).map(String.init)
    func position(_ column: ParallelCorpus.Column) throws(CorpusError) -> Int {
      switch column {
      case .index(let index):
        precondition(index > 0, "TSVColumns: columns are counted from 1")
        return index - 1
      case .name(let name):
        guard let found = names.firstIndex(of: name) else {
          throw CorpusError(file: reader.file, line: 1, .missingHeader(name: name, found: names))
        }
        return found
      }
    }
    self.source = try position(source)
    self.target = try position(target)
  }

  /// The two columns of a line.
  func extract(_ text: String, file: String, line: Int) throws(CorpusError) -> (String, String) {
    let columns = Self.split(text)
    let needed = max(source, target)
    guard needed < columns.count else {
      let missing = source < columns.count ? target : source
      throw CorpusError(
        file: file, line: line, .missingColumn(index: missing + 1, columnCount: columns.count))
    }
    return (String(columns[source]), String(columns[target]))
  }

  /// Splits on the byte, not the character: a combining mark after a tab would hide it.
  private static func split(_ text: String) -> [Substring] {
    text.utf8.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { Substring($0) }
  }
}

/// The two fields of a JSON object that hold a pair.
struct JSONFields {
  let source: String
  let target: String
  private let decoder = JSONDecoder()

  init(source: String, target: String) {
    self.source = source
    self.target = target
    if let key = PairAtPaths.pathsKey { decoder.userInfo[key] = [source, target] }
  }

  /// The two fields of a line, which is UTF-8.
  func extract(_ line: [UInt8], file: String, line number: Int) throws(CorpusError) -> (String, String) {
    let found: PairAtPaths
    do {
      found = try decoder.decode(PairAtPaths.self, from: Data(line))
    } catch {
      throw CorpusError(file: file, line: number, .notJSON(reason: Self.reason(error)))
    }
    guard let sourceText = found.texts[0] else {
      throw CorpusError(file: file, line: number, .missingField(path: source))
    }
    guard let targetText = found.texts[1] else {
      throw CorpusError(file: file, line: number, .missingField(path: target))
    }
    return (sourceText, targetText)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .dataCorrupted(let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context):
      let text = context.debugDescription
      return text.hasSuffix(".") ? String(text.dropLast()) : text
    @unknown default: return "\(error)"
    }
  }
}

/// Decodes only the texts at some dotted paths of a JSON object.
private struct PairAtPaths: Decodable {
  static let pathsKey = CodingUserInfoKey(rawValue: "paths")
  let texts: [String?]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let paths = Self.pathsKey.flatMap { decoder.userInfo[$0] as? [String] } ?? []
    texts = paths.map { Self.text(container, Substring($0)) }
  }

  /// The text at a path. A field whose own name has dots in it is found before a nested one.
  private static func text(_ container: KeyedDecodingContainer<Key>, _ path: Substring) -> String? {
    if let text = try? container.decode(String.self, forKey: Key(stringValue: String(path))) { return text }
    guard let dot = path.firstIndex(of: "."),
      let inner = try? container.nestedContainer(
        keyedBy: Key.self, forKey: Key(stringValue: String(path[..<dot])))
    else { return nil }
    return text(inner, path[path.index(after: dot)...])
  }
}
