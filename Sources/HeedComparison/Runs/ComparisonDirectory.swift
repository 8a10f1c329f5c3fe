import Foundation
import HeedModels
import HeedTraining

/// The directory of a comparison.
///
///     comparison.yaml   the recipe that all runs follow       report.html, report.md, report.json and charts
///     vocabulary/       the tokenizers of all runs            NAME/    a run directory for each model
///     NAME/figures.json what was measured of a finished run   NAME/translations.txt    what it makes of the
///     held-out text
package struct ComparisonDirectory: Sendable {
  /// Where it is.
  package let path: String

  private var recipePath: String { "\(path)/comparison.yaml" }

  /// Opens or makes a directory.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - kind: What is compared there; one directory holds one kind of comparison.
  ///   - recipe: What all runs have in common, resolved. In a directory that was begun it must go on from what is
  ///     there.
  /// - Throws: `ComparisonError` for a directory of something else, `RecipeError` for a recipe that is not the
  ///   directory's, `FileError` for what cannot be written.
  package init(_ path: String, kind: String, _ recipe: Recipe) throws {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard POSIX.status("\(self.path)/recipe.yaml") == nil else {
      throw ComparisonError.holdsRun(path: self.path)
    }
    let mark = "# heed compare: "
    if POSIX.status(recipePath) != nil {
      let text = try? String(contentsOf: URL(fileURLWithPath: recipePath), encoding: .utf8)
      let first = text?.split(separator: "\n").first.map(String.init) ?? ""
      guard first == mark + kind else {
        let found = first.hasPrefix(mark) ? String(first.dropFirst(mark.count)) : "something else"
        throw ComparisonError.holdsOther(path: self.path, expected: kind, found: found)
      }
      try recipe.checkContinues(Recipe(contentsOf: recipePath).resolved())
    }
    try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    try AtomicFile.write(
      Data("\(mark)\(kind)\n\(recipe.yaml)".utf8), to: URL(fileURLWithPath: recipePath))
  }

  /// The tokenizers of all runs: read where they are, learned where they are not.
  ///
  /// - Throws: What text and files give cause for; `ComparisonInterrupted`.
  func vocabularies(_ recipe: Recipe, _ text: TrainingText, stop: StopFlag) throws -> Vocabularies {
    let directory = ModelDirectory(URL(fileURLWithPath: "\(path)/vocabulary"))
    if let known = try Vocabularies(in: directory, joint: recipe.vocabulary.joint) { return known }
    let learned = try Vocabularies(
      learning: recipe.vocabulary, from: text.training, separatedWords: text.separatedWords
    ) {
      if stop.isRaised { throw ComparisonInterrupted(directory: path, run: "the vocabulary") }
    }
    try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
    try learned.write(to: directory, maximumLength: recipe.model.maximumPositions)
    return learned
  }

  /// The run of a name.
  func run(_ name: String, _ recipe: Recipe) -> ComparedRun {
    ComparedRun(name: name, path: "\(path)/\(name)", recipe: recipe)
  }
}
