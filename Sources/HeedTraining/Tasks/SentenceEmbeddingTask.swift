import HeedLayers
import HeedModels
import HeedTensor

/// To give texts that mean the same embeddings that are near each other: each text is to find its partner among those of
/// the batch (Henderson et al. 2017, section 4.4; Reimers and Gurevych 2019 for the embeddings).
public struct SentenceEmbeddingTask: TrainingTask {
  /// Pairs of texts as the model reads them.
  public struct Pairs: Sendable {
    /// A text of each pair.
    public var first = TokenStore()
    /// The other one.
    public var second = TokenStore()

    /// No pairs.
    public init() {}

    /// How many there are.
    public var count: Int { first.count }

    var exampleSizes: [ExampleSize] {
      (0..<count).map { ExampleSize(source: first.length($0), target: second.length($0)) }
    }
  }

  private let training: Pairs
  private let validation: Pairs
  private let temperature: Float
  private let validationTokenBudget: Int
  private let text: @Sendable (Int) -> (first: String, second: String)
  /// The sizes of all pairs.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The pairs to learn from.
  ///   - validation: The pairs to validate on.
  ///   - temperature: What similarities are divided by.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set, on its larger side.
  ///   - text: A pair of the validation set, to show it.
  public init(
    training: Pairs, validation: Pairs, temperature: Float, validationTokenBudget: Int = 4096,
    text: @escaping @Sendable (Int) -> (first: String, second: String)
  ) {
    precondition(temperature > 0, "SentenceEmbeddingTask: temperature must be positive")
    self.training = training
    self.validation = validation
    self.temperature = temperature
    self.validationTokenBudget = validationTokenBudget
    self.text = text
    exampleSizes = training.exampleSizes
  }

  /// What tells the pairs from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training.first)
    fingerprint.mix(training.second)
    return fingerprint.text
  }

  /// Lays out some pairs.
  public func batch(_ examples: [Int], epoch: Int) -> ContrastiveBatch { batch(examples, of: training) }

  /// The loss on the held-out pairs in batches of their order, and how often a text's partner is the nearest of all.
  public func validate(_ model: TextEncoder) throws -> ValidationFigures {
    let batches = validation.exampleSizes.inOrder(tokenBudget: validationTokenBudget)
    let loss = ContrastiveBatch.loss(of: model, on: batches.lazy.map { batch(Array($0), of: validation) })
    let model = model.detached
    let (first, second) = (embeddings(validation.first, model), embeddings(validation.second, model))
    let nearest = Self.nearest(first, second)
    // Several texts may have partners of the same words: each of these is right.
    let rightCount = nearest.enumerated().count {
      validation.second[$0.offset] == validation.second[$0.element]
    }
    let count = min(Self.sampleCount, validation.count)
    let samples = (0..<count).map { number in
      let index = number * validation.count / count
      let (source, reference) = text(index)
      return ValidationReport.Sample(
        source: source, reference: reference, hypothesis: text(nearest[index]).second)
    }
    return ValidationFigures(
      loss: loss, scores: [.accuracy: 100 * Double(rightCount) / Double(max(1, validation.count))],
      samples: samples)
  }

  private static var sampleCount: Int { 4 }

  private func batch(_ examples: [Int], of pairs: Pairs) -> ContrastiveBatch {
    ContrastiveBatch(
      first: TokenSequences(examples.map { pairs.first[$0] }),
      second: TokenSequences(examples.map { pairs.second[$0] }), temperature: temperature)
  }

  /// The embeddings of all texts, `[texts, hidden]`.
  private func embeddings(_ texts: TokenStore, _ model: TextEncoder) -> Tensor {
    var values: [Float] = []
    for range in texts.exampleSizes.inOrder(tokenBudget: validationTokenBudget) {
      var context = ForwardContext.inference
      values += model.embeddings(TokenSequences(range.map { texts[$0] }), &context).scalars
    }
    return Tensor(values, [texts.count, model.configuration.hiddenSize])
  }

  /// For each row of one matrix the row of the other whose product with it is largest.
  static func nearest(_ queries: Tensor, _ keys: Tensor) -> [Int] {
    var nearest: [Int] = []
    let chunk = 512
    for start in stride(from: 0, to: queries.shape.rows, by: chunk) {
      let rows = Array(start..<min(start + chunk, queries.shape.rows))
      let products = queries.rows(rows).linear(keys)
      let columns = products.shape.columns
      products.withUnsafeValues { values in
        for row in rows.indices {
          nearest.append(
            (0..<columns).max { values[row * columns + $0] < values[row * columns + $1] } ?? 0)
        }
      }
    }
    return nearest
  }
}
