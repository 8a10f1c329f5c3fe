/// Canonical composition.
struct NFCNormalizer: Normalizer {
  static let type = "NFC"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { text.bytes = NormalForms.shared.apply(.nfc, to: text.bytes) }
}

/// Compatibility composition.
struct NFKCNormalizer: Normalizer {
  static let type = "NFKC"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) {
    text.bytes = NormalForms.shared.apply(.nfkc, to: text.bytes)
  }
}

/// Canonical decomposition.
struct NFDNormalizer: Normalizer {
  static let type = "NFD"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { text.bytes = NormalForms.shared.apply(.nfd, to: text.bytes) }
}

/// Compatibility decomposition.
struct NFKDNormalizer: Normalizer {
  static let type = "NFKD"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) {
    text.bytes = NormalForms.shared.apply(.nfkd, to: text.bytes)
  }
}

/// Lower case, scalar by scalar.
struct LowercaseNormalizer: Normalizer {
  static let type = "Lowercase"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }
  func normalize(_ text: inout NormalizedText) { text.bytes = LowerCase.shared.apply(text.bytes) }
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

extension NormalizedText {
  /// Keeps the scalars for which `isKept` holds.
  @inline(__always) mutating func filter(_ isKept: (UInt32) -> Bool) {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var startsText = startsText
    bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if isKept(value) {
          output += buffer[index..<index + length]
        } else if output.isEmpty {
          startsText = false
        }
        index += length
      }
    }
    (bytes, self.startsText) = (output, startsText)
  }
}
