/// Writes spaces as a visible mark (`▁`) and cuts before each.
struct MetaspacePreTokenizer: PreTokenizer {
  static let type = "Metaspace"
  let settings: MetaspaceSettings

  init(_ settings: MetaspaceSettings) { self.settings = settings }
  init(json: JSONValue) throws(TokenizerError) { settings = try MetaspaceSettings(json: json) }
  var json: JSONOutput { .component(Self.type, settings.members) }

  func split(_ text: inout PieceBuffer) {
    rewrite(&text)
    guard settings.splits else { return }
    let mark = settings.replacement
    text.split(.mergedWithNext) { buffer, piece, found in
      var start = piece.lowerBound
      var index = start
      while index < piece.upperBound {
        if buffer[index] == mark[0], index + mark.count <= piece.upperBound,
          (1..<mark.count).allSatisfy({ buffer[index + $0] == mark[$0] })
        {
          if start < index { found(start..<index, false) }
          found(index..<index + mark.count, true)
          index += mark.count
          start = index
        } else {
          index += 1
        }
      }
      if start < piece.upperBound { found(start..<piece.upperBound, false) }
    }
  }

  private func rewrite(_ text: inout PieceBuffer) {
    let mark = settings.replacement
    let hasSpaces = text.bytes.contains(0x20)
    let mayPrepend = settings.scheme == .always || settings.scheme == .first && text.startsText
    guard hasSpaces || mayPrepend else { return }
    let startsText = text.startsText
    text.rewrite(capacity: text.bytes.count + text.bytes.count / 2 + mark.count) {
      buffer, position, piece, output in
      let prepends =
        switch settings.scheme {
        case .always: true
        case .first: startsText && position == 0 && piece.lowerBound == 0
        case .never: false
        }
      if prepends, buffer[piece.lowerBound] != 0x20, !buffer.matches(mark, at: piece.lowerBound) {
        output.append(mark, from: piece.lowerBound)
      }
      for index in piece {
        if buffer[index] == 0x20 {
          output.append(mark, from: index)
        } else {
          output.copy(buffer, index..<index + 1)
        }
      }
    }
  }
}

/// The settings that the pre-tokenizer and the decoder share.
struct MetaspaceSettings: Sendable {
  /// Where the mark is put before a text that does not begin with it.
  enum Scheme: String, CaseIterable, Sendable { case always, first, never }

  /// The mark, one scalar in UTF-8.
  let replacement: [UInt8]
  let scheme: Scheme
  let splits: Bool

  init(scheme: Scheme, splits: Bool = true) {
    (replacement, self.scheme, self.splits) = (Array("▁".utf8), scheme, splits)
  }

  init(json: JSONValue) throws(TokenizerError) {
    replacement = try json.required("replacement").character()
    splits = try json.bool("split", default: true)
    // Files from before the schemes have a flag.
    var scheme = try json.bool("add_prefix_space", default: true) ? Scheme.always : .never
    if let value = try json.optional("prepend_scheme") {
      guard let known = Scheme(rawValue: try value.string()) else {
        throw value.invalid("expected always, first or never, found \(try value.string())")
      }
      scheme = known
    }
    self.scheme = scheme
  }

  var members: [(String, JSONOutput)] {
    [
      ("replacement", .string(replacement)), ("prepend_scheme", .text(scheme.rawValue)),
      ("split", .bool(splits)),
    ]
  }
}
