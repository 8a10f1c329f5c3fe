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
    let mark = ComparisonMark(directory: self.path)
    // Until the vocabulary is learned nothing follows the recipe, and it may still be mended.
    if try mark.check(kind: kind), POSIX.status(vocabularyDirectory.url.path) != nil {
      let earlier = try Recipe(contentsOf: mark.path).resolved()
      try recipe.checkContinues(earlier)
      if let before = earlier.training.maximumSteps, let now = recipe.training.maximumSteps, now < before {
        throw ComparisonError.fewerSteps(path: self.path, before: before, now: now)
      }
    }
    try mark.write(kind: kind, recipe: recipe.yaml)
  }

  private var vocabularyDirectory: ModelDirectory {
    ModelDirectory(URL(fileURLWithPath: "\(path)/vocabulary"))
  }

  /// The tokenizers of all runs: read where they are, learned where they are not.
  ///
  /// - Throws: What text and files give cause for; `ComparisonInterrupted`.
  func vocabularies(_ recipe: Recipe, _ text: TrainingText, stop: StopFlag) throws -> Vocabularies {
    let directory = vocabularyDirectory
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
