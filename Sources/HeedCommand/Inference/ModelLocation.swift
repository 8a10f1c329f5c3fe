import Foundation
import HeedHubCache

/// Where a model lies that can be a directory or a GGUF file.
enum ModelLocation {
  /// A directory in Hugging Face's layout.
  case directory(URL)
  /// A file in which architecture, weights and tokenizer lie together.
  case gguf(URL)

  /// Finds what a user named: a file, a directory, or `ORG/NAME` on the hub.
  ///
  /// - Throws: `CommandError` if there is no such model.
  init(_ path: String) throws {
    if let file = Self.ggufFile(path) {
      self = .gguf(file)
    } else {
      let directory = try modelDirectory(path)
      self = Self.ggufFile(directory.path).map { .gguf($0) } ?? .directory(directory)
    }
  }

  /// The directory or the file.
  var url: URL {
    switch self {
    case .directory(let url), .gguf(let url): url
    }
  }

  /// The GGUF file that a path names: itself, or the only one in a directory without config.json.
  private static func ggufFile(_ path: String) -> URL? {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { return nil }
    if !isDirectory.boolValue { return URL(fileURLWithPath: path) }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let files = names.filter { $0.lowercased().hasSuffix(".gguf") }
    guard !names.contains("config.json"), files.count == 1 else { return nil }
    return URL(fileURLWithPath: path, isDirectory: true).appending(path: files[0])
  }
}

/// The directory at `path`, or that of the model `ORG/NAME` of the hub, which is fetched if it is not in the cache.
func modelDirectory(_ path: String) throws -> URL {
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    let missing = "\(path): there is no such directory; expected a model directory"
    guard isHubName(path) else { throw CommandError(.missingInput, missing) }
    do {
      return try hubModelDirectory(path)
    } catch let error as CommandError where error.status != .interrupted {
      // Where the other program has said why it could not fetch the model, there is no reason to give.
      let reason = error.description.isEmpty ? "" : ": \(error.description)"
      throw CommandError(error.status, "\(missing), or a model of the hub that can be fetched\(reason)")
    }
  }
  guard isDirectory.boolValue else {
    throw CommandError(.data, "\(path): this is a file; expected a model directory with config.json in it")
  }
  return URL(fileURLWithPath: path, isDirectory: true)
}

/// Whether a path that leads nowhere can be the name of a model of the hub: `ORG/NAME`.
private func isHubName(_ path: String) -> Bool {
  guard path.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return false }
  do {
    try HubNames.check(model: path)
    return true
  } catch {
    return false
  }
}
