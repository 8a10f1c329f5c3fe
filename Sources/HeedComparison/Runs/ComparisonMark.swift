import Foundation
import HeedModels
import HeedTraining

/// The file that says which kind of comparison a directory holds: `comparison.yaml`, whose first line names the kind and
/// which goes on with the recipe that all runs follow, where there is one.
struct ComparisonMark {
  /// The directory of the comparison.
  let directory: String

  private static let prefix = "# heed compare: "

  /// The file.
  var path: String { "\(directory)/comparison.yaml" }

  /// Whether the directory holds a comparison of a kind already.
  ///
  /// - Throws: `ComparisonError` for a directory of a training run, or of another kind of comparison.
  func check(kind: String) throws(ComparisonError) -> Bool {
    guard POSIX.status("\(directory)/recipe.yaml") == nil else { throw .holdsRun(path: directory) }
    guard POSIX.status(path) != nil else { return false }
    let text = try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
    let first = text?.split(separator: "\n").first.map(String.init) ?? ""
    guard first == Self.prefix + kind else {
      let found = first.hasPrefix(Self.prefix) ? String(first.dropFirst(Self.prefix.count)) : "something else"
      throw .holdsOther(path: directory, expected: kind, found: found)
    }
    return true
  }

  /// Makes the directory if it is missing, and marks it.
  ///
  /// - Parameters:
  ///   - kind: What is compared there.
  ///   - recipe: What all runs follow; empty if there is no such thing.
  /// - Throws: `ComparisonError` where a file has the directory's name, `FileError` for what cannot be written.
  func write(kind: String, recipe: String = "") throws {
    if let status = POSIX.status(directory), !status.isDirectory {
      throw ComparisonError.isFile(path: directory)
    }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try AtomicFile.write(Data("\(Self.prefix)\(kind)\n\(recipe)".utf8), to: URL(fileURLWithPath: path))
  }
}
