/// Canonical composition.
struct NFCNormalizer: Normalizer {
  static let type = "NFC"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { NormalForms.apply(.nfc, to: &text) }
}

/// Compatibility composition.
struct NFKCNormalizer: Normalizer {
  static let type = "NFKC"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { NormalForms.apply(.nfkc, to: &text) }
}

/// Canonical decomposition.
struct NFDNormalizer: Normalizer {
  static let type = "NFD"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { NormalForms.apply(.nfd, to: &text) }
}

/// Compatibility decomposition.
struct NFKDNormalizer: Normalizer {
  static let type = "NFKD"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { NormalForms.apply(.nfkd, to: &text) }
}

/// Lower case, scalar by scalar.
struct LowercaseNormalizer: Normalizer {
  static let type = "Lowercase"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { LowerCase.shared.apply(to: &text) }
}

/// Takes combining marks away; useful after a decomposition.
struct StripAccentsNormalizer: Normalizer {
  static let type = "StripAccents"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) {
    let classes = ScalarClasses.shared
    text.filter { !classes[$0].contains(.mark) }
  }
}

/// SentencePiece's rule for machine translation: controls are dropped, odd white space becomes a space.
struct NMTNormalizer: Normalizer {
  static let type = "Nmt"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func normalize(_ text: inout NormalizedText) {
    text.filter { scalar in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    text.map { scalar in
      switch scalar {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
      default: nil
      }
    }
  }
}

/// Writes each byte as a letter of GPT-2's alphabet.
struct ByteLevelNormalizer: Normalizer {
  static let type = "ByteLevel"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func normalize(_ text: inout NormalizedText) {
    text.rewrite { buffer, output in
      for index in buffer.indices {
        output.append(scalar: ByteLetters.letter(of: buffer[index]), from: index)
      }
    }
  }
}
