/// A sentence and its translation, as they stand in a corpus.
public struct SentencePair: Sendable, Hashable {
  /// The text to translate.
  public var source: String
  /// Its translation.
  public var target: String
  /// The line of the corpus that it stands in, counted from 1.
  public var line: Int

  /// Creates a pair.
  public init(source: String, target: String, line: Int) {
    self.source = source
    self.target = target
    self.line = line
  }
}
