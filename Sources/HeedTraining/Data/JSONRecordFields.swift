/// The wanted values of JSON objects, one a line.
struct JSONRecordFields {
  private let fields: [RecordField]
  /// The paths that are looked for, and for each field which of them are its own, in order.
  private var paths: JSONPaths
  private var pathsOfField: [[Int]]
  /// The path of each field that is decided on; nil while several are open.
  private var decided: [String?]
  private var found: [JSONPaths.Found?] = []

  init(_ fields: [RecordField]) {
    self.fields = fields
    decided = fields.map { $0.columns.count == 1 ? $0.columns[0].name : nil }
    (paths, pathsOfField) = Self.lookUp(fields, decided)
  }

  private static func lookUp(_ fields: [RecordField], _ decided: [String?]) -> (JSONPaths, [[Int]]) {
    var names: [String] = []
    let pathsOfField = zip(fields, decided).map { field, decided in
      (decided.map { [$0] } ?? field.columns.map(\.name)).map { name in
        names.append(name)
        return names.count - 1
      }
    }
    return (JSONPaths(names), pathsOfField)
  }

  /// The values of a line, which is UTF-8.
  mutating func extract(_ line: [UInt8], file: String, line number: Int) throws(CorpusError) -> [String?] {
    do throws(JSONRecordFailure) {
      return try line.withUnsafeBufferPointer { (bytes) throws(JSONRecordFailure) in try extract(bytes) }
    } catch {
      throw CorpusError(file: file, line: number, error.problem)
    }
  }

  private mutating func extract(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONRecordFailure) -> [String?] {
    var scanner = JSONScanner(bytes)
    do throws(JSONFault) {
      try paths.find(&scanner, into: &found)
      guard scanner.isAtEnd() else { throw scanner.fault("the line goes on after the object") }
    } catch {
      throw JSONRecordFailure(problem: .notJSON(reason: "\(error.reason) (byte \(error.offset + 1))"))
    }
    var values: [String?] = []
    values.reserveCapacity(fields.count)
    var decidedNow = false
    for (index, field) in fields.enumerated() {
      guard let place = pathsOfField[index].firstIndex(where: { found[$0] != nil }) else {
        if !field.isOptional { throw missing(field, decided[index], JSONScanner(bytes)) }
        values.append(nil)
        continue
      }
      let path = decided[index] ?? field.columns[place].name
      if decided[index] == nil {
        decided[index] = path
        decidedNow = true
      }
      guard let found = found[pathsOfField[index][place]] else { continue }
      values.append(try value(found, field, path, scanner))
    }
    if decidedNow { (paths, pathsOfField) = Self.lookUp(fields, decided) }
    return values
  }

  private func value(_ found: JSONPaths.Found, _ field: RecordField, _ path: String, _ scanner: JSONScanner)
    throws(JSONRecordFailure) -> String?
  {
    guard !found.isRepeated else { throw JSONRecordFailure(problem: .duplicateField(name: path)) }
    switch found.value.kind {
    case .string(let string):
      guard let text = scanner.text(string) else {
        throw JSONRecordFailure(problem: .loneSurrogate(path: path))
      }
      return text
    case .number where field.kind == .label, .truth where field.kind == .label:
      return scanner.spelling(found.value.range)
    case .null where field.isOptional: return nil
    default: throw missing(field, path, scanner)
    }
  }

  private func missing(_ field: RecordField, _ path: String?, _ scanner: JSONScanner) -> JSONRecordFailure {
    guard let path else {
      let start = JSONScanner(scanner.bytes)
      return JSONRecordFailure(
        problem: .missingEveryName(
          tried: field.columns.map(\.name), found: JSONPaths.names(start, limit: 12)))
    }
    return JSONRecordFailure(
      problem: field.kind == .text ? .missingField(path: path) : .missingLabel(path: path))
  }
}

/// What is wrong with a line, before the file and the line are known.
private struct JSONRecordFailure: Error {
  let problem: CorpusError.Problem
}
