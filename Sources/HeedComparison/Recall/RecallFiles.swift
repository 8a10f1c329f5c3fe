import Foundation
import HeedModels

/// Why the comparison on generated data cannot be made.
package enum RecallError: Error, Sendable, Equatable, CustomStringConvertible {
  /// An option that cannot be used.
  case option(String, reason: String)
  /// A part that was measured in another way.
  case otherOptions(file: String)
  /// A file that is no part.
  case unreadable(file: String, reason: String)

  /// One sentence.
  package var description: String {
    switch self {
    case .option(let name, let reason): "\(name) \(reason)"
    case .otherOptions(let file):
      "\(file) was measured with other options; name another output directory, or remove the file"
    case .unreadable(let file, let reason):
      "\(file) is not a part of this comparison (\(reason)); remove it, or name another output directory"
    }
  }
}

/// Parts of the comparison that are finished, each in a file of its own.
struct RecallFiles {
  /// Where they are.
  let directory: URL

  /// A part with what decided its figures, so that it is not taken for one of another run.
  private struct Envelope<Options: Codable, Part: Codable>: Codable {
    var options: Options
    /// The threads that computed; nil where an earlier version measured.
    var threads: Int?
    var part: Part
  }

  /// A part that is finished.
  struct Finished<Part> {
    let part: Part
    /// The threads that computed, where that is known.
    let threads: Int?
    /// Whether it was there before.
    let wasThere: Bool
  }

  /// The part of a name if it is finished; otherwise it is measured and written.
  ///
  /// - Parameters:
  ///   - name: The name of its file, without its ending.
  ///   - options: What decides its figures.
  ///   - measure: Measures it.
  /// - Returns: The part.
  /// - Throws: `RecallError` for a file that cannot be used, `FileError`, or what `measure` throws.
  func part<Options: Codable & Equatable, Part: Codable>(
    _ name: String, _ options: Options, _ measure: () throws -> Part
  ) throws -> Finished<Part> {
    let url = directory.appending(path: "\(name).json")
    if let found: Envelope<Options, Part> = try read(url, options) {
      return Finished(part: found.part, threads: found.threads, wasThere: true)
    }
    let part = try measure()
    let threads = ThreadCount.current
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: Self.infinity, negativeInfinity: "-" + Self.infinity, nan: Self.noNumber)
    var data = try encoder.encode(Envelope(options: options, threads: threads, part: part))
    data.append(UInt8(ascii: "\n"))
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    try AtomicFile.write(data, to: url)
    return Finished(part: part, threads: threads, wasThere: false)
  }

  private func read<Options: Codable & Equatable, Part: Codable>(
    _ url: URL, _ options: Options
  ) throws -> Envelope<Options, Part>? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: Self.infinity, negativeInfinity: "-" + Self.infinity, nan: Self.noNumber)
    let envelope: Envelope<Options, Part>
    do {
      envelope = try decoder.decode(Envelope<Options, Part>.self, from: Data(contentsOf: url))
    } catch {
      throw RecallError.unreadable(file: url.path, reason: Self.reason(error))
    }
    guard envelope.options == options else { throw RecallError.otherOptions(file: url.path) }
    return envelope
  }

  /// What is wrong with a file, in a clause.
  private static func reason(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is not what it should be"
    case DecodingError.dataCorrupted: "it is not JSON, or damaged"
    default: "it cannot be read"
    }
  }

  private static let infinity = "infinity"
  private static let noNumber = "not a number"
}
