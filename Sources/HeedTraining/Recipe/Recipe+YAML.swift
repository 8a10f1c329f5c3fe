import Yams

extension Recipe {
  /// How large a recipe may be, in bytes; larger files are something else.
  private static let maximumSize = 1 << 20

  /// Reads a recipe from a file.
  ///
  /// - Throws: `RecipeError` if the file cannot be read, is not YAML, or holds an unknown key or a wrong value.
  public init(contentsOf file: String) throws(RecipeError) {
    try self.init(yaml: Self.read(file), file: file)
  }

  /// Reads a recipe from text.
  ///
  /// - Parameters:
  ///   - yaml: The text. Keys that it leaves out have their defaults.
  ///   - file: What error messages call it.
  /// - Throws: `RecipeError` if the text is not YAML, or holds an unknown key or a wrong value.
  public init(yaml: String, file: String = "recipe") throws(RecipeError) {
    self.init()
    let whole = RecipeError.Origin.file(file, line: nil)
    let root: Node?
    do {
      root = try Yams.compose(yaml: yaml)
    } catch {
      throw RecipeError(origin: whole, .notYAML(reason: Self.reason(error)))
    }
    // A file of nothing but comments is a recipe of defaults.
    guard let root, !Self.isNull(root) else { return }
    guard case .mapping(let mapping) = root else {
      throw RecipeError(
        origin: .file(file, line: root.mark?.line), .wrongShape(expected: "a list of sections with keys"))
    }
    try read(mapping, section: "", file: file)
  }

  private mutating func read(_ mapping: Node.Mapping, section: String, file: String) throws(RecipeError) {
    var seen: Set<String> = []
    for (keyNode, value) in mapping {
      let origin = RecipeError.Origin.file(file, line: keyNode.mark?.line)
      guard case .scalar(let scalar) = keyNode else {
        throw RecipeError(
          origin: origin, key: section.isEmpty ? nil : section,
          .wrongShape(expected: "a list of keys with values"))
      }
      let key = section.isEmpty ? scalar.string : "\(section).\(scalar.string)"
      guard seen.insert(key).inserted else { throw RecipeError(origin: origin, key: key, .duplicateKey) }
      if section.isEmpty, RecipeTable.sections.contains(key) {
        if Self.isNull(value) { continue }
        // `model: lstm` is short for a section that says nothing but the architecture.
        if key == ModelRecipe.name, case .scalar(let scalar) = value,
          ModelRecipe.Architecture(rawValue: scalar.string) != nil
        {
          try set("model.architecture", scalar.string, origin: origin)
          continue
        }
        guard case .mapping(let inner) = value else {
          throw RecipeError(
            origin: origin, key: key, .wrongShape(expected: "a section with keys of its own"))
        }
        try read(inner, section: key, file: file)
        continue
      }
      guard let entry = RecipeTable.key(key) else {
        throw RecipeError(origin: origin, key: key, .unknownKey(nearest: RecipeTable.nearest(to: key)))
      }
      if entry.isList, case .sequence(let sequence) = value {
        let items = sequence.filter { !Self.isNull($0) }.compactMap(\.scalar?.string)
        guard items.count == sequence.count, !items.isEmpty else {
          throw RecipeError(origin: origin, key: key, .wrongShape(expected: entry.expectation))
        }
        try set(key, RecipeList.text(items), origin: origin)
        continue
      }
      guard case .scalar(let scalar) = value else {
        throw RecipeError(origin: origin, key: key, .wrongShape(expected: entry.expectation))
      }
      try set(key, Self.isNull(value) ? nil : scalar.string, origin: origin)
    }
  }

  private static func isNull(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  /// The parser's message in one line.
  private static func reason(_ error: any Error) -> String {
    guard let error = error as? YamlError else { return "\(error)" }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return "line \(mark.line), column \(mark.column): \(problem)"
    case .duplicatedKeysInMapping(let keys, let section):
      let names = keys.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      return "in the section that begins in line \(section.mark.line), \(names) stands more than once"
    default:
      let lines = "\(error)".split(whereSeparator: \.isNewline)
      return lines.first.map(String.init) ?? "unknown"
    }
  }

  private static func read(_ file: String) throws(RecipeError) -> String {
    let origin = RecipeError.Origin.file(file, line: nil)
    let bytes: [UInt8]
    switch POSIX.readFile(file, limit: maximumSize) {
    case .success(let read): bytes = read
    case .failure(let failure): throw RecipeError(origin: origin, .unreadable(reason: failure.message))
    }
    guard bytes.withUnsafeBytes(UTF8Validation.firstInvalidOffset) == nil else {
      throw RecipeError(origin: origin, .unreadable(reason: "it is not UTF-8"))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The recipe as YAML, with every key. Reading it gives an equal recipe.
  public var yaml: String {
    var lines: [String] = []
    for section in [""] + RecipeTable.sections {
      if !section.isEmpty { lines.append("\(section):") }
      for entry in RecipeTable.keys where entry.section == section {
        let text = entry.get(self)
        // A list is YAML already.
        let isQuoted = entry.isText && !(entry.isList && text.map { RecipeList.items($0) != [$0] } == true)
        let value = text.map { isQuoted ? Self.quoted($0) : $0 } ?? "null"
        lines.append(section.isEmpty ? "\(entry.key): \(value)" : "  \(entry.key): \(value)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A text as a YAML scalar: as it is where that can be nothing else, in double quotes otherwise.
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty && text.utf8.first != UInt8(ascii: "-")
      && text.unicodeScalars.allSatisfy {
        ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
          || "./_-".unicodeScalars.contains($0)
      } && Double(text) == nil && Bool(recipeText: text) == nil && text.lowercased() != "null"
    if isPlain { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{A0}", "\u{2028}", "\u{2029}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
