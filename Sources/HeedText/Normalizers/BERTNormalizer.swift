/// The normalizer of BERT: cleans controls away, sets Chinese characters apart, takes accents away, lower-cases.
struct BERTNormalizer: Normalizer {
  static let type = "BertNormalizer"
  let cleansText: Bool
  let separatesChinese: Bool
  /// As `lowercases` where the file says null.
  let stripsAccents: Bool?
  let lowercases: Bool

  init(json: JSONValue) throws(TokenizerError) {
    cleansText = try json.required("clean_text").bool()
    separatesChinese = try json.required("handle_chinese_chars").bool()
    stripsAccents = try json.optional("strip_accents")?.bool()
    lowercases = try json.required("lowercase").bool()
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("clean_text", .bool(cleansText)), ("handle_chinese_chars", .bool(separatesChinese)),
        ("strip_accents", stripsAccents.map { .bool($0) } ?? .null), ("lowercase", .bool(lowercases)),
      ])
  }

  func normalize(_ text: inout NormalizedText) {
    let classes = ScalarClasses.shared
    if cleansText {
      text.filter { !classes[$0].contains(.removedControl) }
      rewrite(&text.bytes) { classes[$0].contains(.whitespace) ? (0x20, false) : nil }
    }
    if separatesChinese { rewrite(&text.bytes) { Self.isChinese($0) ? ($0, true) : nil } }
    if stripsAccents ?? lowercases {
      text.bytes = NormalForms.shared.apply(.nfd, to: text.bytes)
      text.filter { !classes[$0].contains(.nonspacingMark) }
    }
    if lowercases { text.bytes = LowerCase.shared.apply(text.bytes) }
  }

  /// Replaces scalars for which `change` gives one, set apart by spaces where it says so.
  private func rewrite(_ bytes: inout [UInt8], _ change: (UInt32) -> (UInt32, isSetApart: Bool)?) {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if let (scalar, isSetApart) = change(value) {
          if isSetApart { output.append(0x20) }
          output.append(scalar: scalar)
          if isSetApart { output.append(0x20) }
        } else {
          output += buffer[index..<index + length]
        }
        index += length
      }
    }
    bytes = output
  }

  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F,
      0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
