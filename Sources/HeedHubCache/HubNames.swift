/// Checks of names that become parts of paths and addresses.
package enum HubNames {
  /// Checks the name of a model: `ORG/NAME`, or `NAME` for the oldest ones.
  package static func check(model: String) throws(HubError) {
    let parts = model.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), model.utf8.count <= 96, parts.allSatisfy({ isPlain($0) }),
      !model.contains("--"), !model.contains("..")
    else {
      throw HubError(
        .name, "\"\(shown(model))\" is not the name of a model on the hub; expected one like ORG/NAME")
    }
  }

  /// Checks a branch, a tag or a commit.
  package static func check(revision: String) throws(HubError) {
    guard isRelativePath(revision), !revision.hasPrefix("-") else {
      throw HubError(
        .name, "\"\(shown(revision))\" is not a revision; expected a branch, a tag or a commit")
    }
  }

  /// Whether it is a whole commit: forty hexadecimal digits.
  package static func isCommit(_ revision: String) -> Bool {
    revision.utf8.count == 40 && revision.utf8.allSatisfy { isHexadecimal($0) }
  }

  /// Whether joining it to a directory leads to a place inside that directory.
  package static func isRelativePath(_ path: String) -> Bool {
    !path.isEmpty && path.utf8.count <= 1024
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255
          && part.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\\" }
      }
  }

  /// Whether an ETag can name a file in `blobs`.
  package static func isBlobName(_ name: String) -> Bool { isPlain(name[...]) && name.utf8.count <= 128 }

  /// Letters, digits, `.`, `-` and `_`, with a letter or digit first.
  private static func isPlain(_ part: Substring) -> Bool {
    guard let first = part.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
      return false
    }
    return part.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  /// A name from outside as it is shown in a message: short, and on one line.
  package static func shown(_ name: String) -> String {
    let shown = name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
    return shown.joined() + (name.unicodeScalars.count > 80 ? "…" : "")
  }
}
