import HeedHub
import Testing

@Suite struct HashTests {
  private func digest<Hash: BlockHash>(_ type: Hash.Type, _ text: [UInt8], step: Int) -> String {
    var hash = StreamingHash<Hash>()
    for start in stride(from: 0, to: text.count, by: step) {
      hash.update(Array(text[start..<min(text.count, start + step)]))
    }
    return hash.hexadecimal()
  }

  /// The examples that NIST publishes with FIPS 180.
  static let published: [(text: String, sha1: String, sha256: String)] = [
    (
      "abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    ),
    (
      "", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    ),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "a49b2446a02c645bf419f995b67091253a04a259",
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
  ]

  @Test(arguments: [1, 3, 63, 64, 65, 1000]) func publishedVectors(_ step: Int) {
    for vector in Self.published {
      #expect(digest(SHA1.self, Array(vector.text.utf8), step: step) == vector.sha1)
      #expect(digest(SHA256.self, Array(vector.text.utf8), step: step) == vector.sha256)
    }
  }

  @Test func aMillionLetters() {
    let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    #expect(digest(SHA1.self, text, step: 8191) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    #expect(
      digest(SHA256.self, text, step: 8191)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  /// Every length around the ends of blocks, fed whole and byte by byte.
  @Test func piecesDoNotMatter() {
    for length in 0...200 {
      let text = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
      #expect(digest(SHA256.self, text, step: 1) == digest(SHA256.self, text, step: 1000))
      #expect(digest(SHA1.self, text, step: 1) == digest(SHA1.self, text, step: 1000))
    }
  }
}
