/// What `heed` asks of `heed-download`, and how it is written as arguments.
package struct DownloadRequest: Sendable, Hashable {
  /// The name of the program that fetches; it lies beside `heed`.
  package static let program = "heed-download"

  /// `ORG/NAME`.
  package var model: String
  /// A branch, a tag or a commit.
  package var revision = "main"
  /// Patterns of the files; empty for what a model needs.
  package var patterns: [String] = []

  package init(model: String, revision: String = "main", patterns: [String] = []) {
    self.model = model
    self.revision = revision
    self.patterns = patterns
  }

  /// The arguments: the model, the revision, and the patterns.
  package var arguments: [String] { [model, revision] + patterns }

  /// Reads arguments; nil where they are none that were written here.
  package init?(arguments: [String]) {
    guard arguments.count >= 2 else { return nil }
    self.init(model: arguments[0], revision: arguments[1], patterns: Array(arguments.dropFirst(2)))
  }
}
