import HeedLayers

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// An inspection as one page that needs nothing else: all heads at a glance, one head large, lines between words, how
/// each weight comes about, and decoding step by step.
public struct AttentionPage: Sendable {
  /// What is shown.
  public var inspection: Inspection
  /// What the page shows first; nil for the last but one layer of the last kind, its first head.
  public var start: HeadPlace?
  /// Whether the page shows the mean of the heads of `start`'s layer first, rather than that head.
  public var startsWithMean = false
  /// About how many bytes of numbers the page may hold. Weights come first, then the vectors of as many heads as fit.
  public var byteLimit = 8_000_000

  /// A page about `inspection`.
  public init(_ inspection: Inspection) {
    self.inspection = inspection
  }

  /// The page.
  public var html: String {
    let data = PageData(self)
    let title = MarkupText.escape(String(inspection.input.prefix(80)))
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
      script-src 'unsafe-inline'">
      <title>\(title) – attention – Heed</title>
      <style>
      \(PageStyle.text)
      </style>
      </head>
      <body>
      \(PageBody.text)
      <script type="application/json" id="data">\(Self.json(data))</script>
      <script>
      \(PageScript.text)
      </script>
      </body>
      </html>

      """
  }

  /// JSON that nothing can break out of: `<`, `>` and `&` stand in strings only, where numbers do as well.
  static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    // All that is encoded are strings, finite numbers, and lists of them.
    guard let encoded = try? encoder.encode(value) else {
      preconditionFailure("a page's data cannot be encoded")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(encoded.count + 1024)
    for byte in encoded {
      switch byte {
      case UInt8(ascii: "<"): bytes += Array("\\u003c".utf8)
      case UInt8(ascii: ">"): bytes += Array("\\u003e".utf8)
      case UInt8(ascii: "&"): bytes += Array("\\u0026".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
