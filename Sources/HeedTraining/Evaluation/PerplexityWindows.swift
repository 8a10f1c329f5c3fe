import HeedLayers
import HeedModels

/// Windows over a text that is longer than a language model reads: each begins a stride behind the one before it, and only
/// those tokens count that no earlier window held, so that they are predicted from as much as possible.
///
/// Source: "Perplexity of fixed-length models", Hugging Face transformers. The windows are the same; here each token that is
/// predicted counts once, where that guide takes one off for each window.
public struct PerplexityWindows: Sendable, Hashable {
  /// The tokens of a window.
  public let context: Int
  /// How far a window begins behind the one before it; equal to the context, windows share nothing.
  public let stride: Int

  /// Windows of a size, so far apart.
  ///
  /// - Precondition: A window has two tokens at least, and the stride is from 1 to its size.
  public init(context: Int, stride: Int) {
    precondition(context > 1 && 1...context ~= stride, "windows of \(context), \(stride) apart")
    self.context = context
    self.stride = stride
  }

  /// A stretch of the text, and the first of its tokens that counts.
  package struct Window: Sendable, Hashable {
    package let tokens: Range<Int>
    package let firstCounted: Int
  }

  /// The windows over so many tokens. What comes first in a text, or in a window that shares nothing, is not predicted.
  package func windows(over count: Int) -> [Window] {
    var windows: [Window] = []
    var (begin, previousEnd) = (0, 0)
    while previousEnd < count {
      let end = min(begin + context, count)
      let first = max(previousEnd, begin + 1)
      if first < end { windows.append(Window(tokens: begin..<end, firstCounted: first)) }
      previousEnd = end
      begin += stride
    }
    return windows
  }

  /// The sum of −log p of a text's tokens, in nats, and how many they are.
  ///
  /// - Parameters:
  ///   - tokens: The text.
  ///   - model: The model.
  ///   - batchTokens: The most tokens that are computed together; a window that is longer makes a batch of its own.
  ///   - observe: Told after each batch how many windows are done, and how many there are.
  /// - Returns: The sum and the count, which is 0 for a text of one token.
  public func negativeLogLikelihood(
    of tokens: [Int32], _ model: LanguageModel, batchTokens: Int = 4096,
    _ observe: (Int, Int) -> Void = { _, _ in }
  ) -> (sum: Double, count: Int) {
    let model = model.detached
    let windows = windows(over: tokens.count)
    var (sum, count) = (0.0, 0)
    for range in windows.map({ ExampleSize(source: $0.tokens.count) }).inOrder(tokenBudget: batchTokens) {
      let sequences = TokenSequences(windows[range].map { tokens[$0.tokens.dropLast()] })
      let labels = windows[range].flatMap { window in
        window.tokens.dropFirst().map { $0 < window.firstCounted ? -1 : tokens[$0] }
      }
      var context = ForwardContext.inference
      let result = model.loss(sequences, labels: labels, smoothing: 0, scale: 1, &context)
      sum += result.negativeLogLikelihoodSum
      count += result.labelCount
      observe(range.upperBound, windows.count)
    }
    return (sum, count)
  }
}
