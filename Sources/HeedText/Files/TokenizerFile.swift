#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Files of tokenizers.
enum TokenizerFile {
  /// The bytes of a file.
  static func bytes(_ url: URL) throws(TokenizerError) -> [UInt8] {
    do {
      return [UInt8](try Data(contentsOf: url))
    } catch {
      let isAbsent = (error as? CocoaError)?.code == .fileReadNoSuchFile
      throw TokenizerError(
        .unreadable, file: url.path, isAbsent ? "there is no such file" : "the file cannot be read: \(error)")
    }
  }

  /// A JSON file.
  static func document(_ url: URL) throws(TokenizerError) -> JSONDocument {
    let bytes = try bytes(url)
    do throws(TokenizerError) {
      return try JSONDocument(bytes)
    } catch {
      throw error.located(in: url)
    }
  }

  /// The lines of a text file, without their ends.
  static func lines(_ url: URL) throws(TokenizerError) -> [ArraySlice<UInt8>] {
    let bytes = try bytes(url)
    if let invalid = bytes.withUnsafeBufferPointer({ UTF8Scanning.firstInvalidByte($0) }) {
      throw TokenizerError(.malformed, file: url.path, "byte \(invalid): the text is not UTF-8")
    }
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.last == 0x0D ? $0.dropLast() : $0 }
  }

  static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  static func isDirectory(_ url: URL) -> Bool {
    var isDirectory = false
    #if canImport(FoundationEssentials)
      return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory
    #else
      var flag: ObjCBool = false
      isDirectory = FileManager.default.fileExists(atPath: url.path, isDirectory: &flag) && flag.boolValue
      return isDirectory
    #endif
  }
}

extension TokenizerError {
  /// The same error, naming a file unless it names one already.
  func located(in url: URL) -> TokenizerError {
    var located = self
    located.file = located.file ?? url.path
    return located
  }
}
