import HeedText

/// Gives the logits of the next token for every live hypothesis, and keeps their state.
///
/// This is all that a search sees of a model, so a search can be tested with a table.
public protocol NextTokenModel {
  /// Logits in a row.
  var vocabularySize: Int { get }

  /// Takes one token for each live hypothesis and gives the logits of what follows.
  ///
  /// Rows of a source stay together, sources in order. The rows of a source that is finished, and of hypotheses that
  /// were dropped, are not among the parents any more.
  ///
  /// - Parameters:
  ///   - tokens: `tokens[i]` is read by row i.
  ///   - parents: Row i continues the hypothesis that was row `parents[i]` at the call before; at the first call, it
  ///     starts on source `parents[i]`. A parent may have several children.
  ///   - body: Receives the logits, `[tokens.count, vocabularySize]`, which it may overwrite.
  /// - Throws: What `body` throws, and what goes wrong in the model itself.
  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws
}
