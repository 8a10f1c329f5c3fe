/// How a file's content is checked: by the digest that the hub gives as its ETag.
struct ContentHash {
  private var sha256: StreamingHash<SHA256>?
  /// Of git's header and the content.
  private var gitBlob: StreamingHash<SHA1>?

  /// The hash that gives ETags like this one; nil where the ETag is no digest.
  ///
  /// - Parameters:
  ///   - tag: An ETag without quotes.
  ///   - size: The bytes of the file, which git hashes before the content.
  init?(for tag: String, size: Int) {
    guard tag.utf8.allSatisfy({ Self.hexadecimalDigits.contains($0) }) else { return nil }
    switch tag.utf8.count {
    case SHA256.digestSize * 2: sha256 = StreamingHash()
    case SHA1.digestSize * 2:
      var hash = StreamingHash<SHA1>()
      hash.update(Array("blob \(size)\0".utf8))
      gitBlob = hash
    default: return nil
    }
  }

  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    sha256?.update(bytes)
    gitBlob?.update(bytes)
  }

  /// The digest in lower-case hexadecimal digits.
  func hexadecimal() -> String { sha256?.hexadecimal() ?? gitBlob?.hexadecimal() ?? "" }
}
