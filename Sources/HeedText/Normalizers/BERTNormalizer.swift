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
    if text.bytes.allSatisfy({ $0 < 0x80 }) { return normalizeASCII(&text) }
    if cleansText {
      text.filter { !classes[$0].contains(.removedControl) }
      text.map { $0 != 0x20 && classes[$0].contains(.whitespace) ? 0x20 : nil }
    }
    if separatesChinese { separateChinese(&text) }
    if stripsAccents ?? lowercases {
      NormalForms.apply(.nfd, to: &text)
      text.filter { !classes[$0].contains(.nonspacingMark) }
    }
    if lowercases { LowerCase.shared.apply(to: &text) }
  }

  /// ASCII has no accents and no Chinese: one pass.
  private func normalizeASCII(_ text: inout NormalizedText) {
    if cleansText, text.bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      let classes = ScalarClasses.shared
      text.filter { !classes[$0].contains(.removedControl) }
      for index in text.bytes.indices where text.bytes[index] < 0x20 { text.bytes[index] = 0x20 }
    }
    guard lowercases else { return }
    for index in text.bytes.indices where 0x41...0x5A ~= text.bytes[index] { text.bytes[index] |= 0x20 }
  }

  private func separateChinese(_ text: inout NormalizedText) {
    text.rewrite { buffer, output in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        let isChinese = Self.isChinese(value)
        if isChinese { output.append(scalar: 0x20, from: index) }
        output.copy(buffer, index..<index + length)
        if isChinese { output.append(scalar: 0x20, from: index) }
        index += length
      }
    }
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
