import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// Puts labels on texts.
///
///     let classifier = try TextClassifier(directory: url)
///     print(try classifier.classify("What a wonderful day!").label)
///
/// A value that never changes: any number of threads may use it. What it says of a text is the same to the last bit
/// alone and in any batch, on one thread and on many.
public struct TextClassifier: Sendable {
  /// What becomes of the model's outputs.
  public enum Scoring: String, Sendable, Hashable, CaseIterable {
    /// One label holds: probabilities over all labels.
    case softmax
    /// Labels do not exclude each other: a probability for each.
    case sigmoid
    /// The outputs themselves.
    case none
  }

  /// A text, and what belongs to it, such as a hypothesis to its premise.
  public struct Input: Sendable, Hashable {
    /// The text.
    public var text: String
    /// What belongs to it; nil for models of single texts.
    public var pair: String?

    /// A text, or a pair of texts.
    public init(_ text: String, pair: String? = nil) {
      self.text = text
      self.pair = pair
    }
  }

  /// What becomes of the model's outputs; by default what the configuration says of its labels.
  public var scoring: Scoring
  /// Whether texts that are too long for the model are cut; otherwise they are refused.
  public var cutsLongTexts = false
  /// The most tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048
  var model: EncoderModel

  /// Loads the directory of a model that labels texts.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`, which say what cannot be
  ///   used and why.
  public init(directory: URL, precision: WeightPrecision? = nil) throws {
    model = try EncoderModel(directory, precision, needed: "labels texts") {
      if case .sequenceClassification = $0 { true } else { false }
    }
    scoring =
      switch model.network.configuration.problem {
      case .regression: .none
      case .multipleLabels: .sigmoid
      case .singleLabel where model.labels.count > 1: .softmax
      case .singleLabel: .sigmoid
      case nil: model.labels.count > 1 ? .softmax : .sigmoid
      }
  }

  /// The architecture.
  public var configuration: TransformerConfiguration { model.network.configuration }
  /// The labels, in the order of the model's outputs.
  public var labels: [String] { model.labels }

  /// Labels a text, or a pair of texts.
  ///
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func classify(_ text: String, pair: String? = nil) throws -> Classification {
    try classify([Input(text, pair: pair)])[0]
  }

  /// Labels texts.
  ///
  /// - Parameters:
  ///   - inputs: Texts, or pairs of texts.
  ///   - firstLine: The number of the first text, counted from 0, which errors name.
  /// - Returns: For each text its labels.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func classify(_ inputs: [Input], firstLine: Int = 0) throws -> [Classification] {
    try EncoderError.require(batchTokens >= 1, "batchTokens", "must be at least 1, got \(batchTokens)")
    var encodings: [Encoding] = []
    for (index, input) in inputs.enumerated() {
      encodings.append(
        try model.encoding(
          of: input.text, pair: input.pair, line: firstLine + index,
          cut: cutsLongTexts ? model.lengthLimit : nil))
    }
    return try model.run(encodings, batchTokens: batchTokens) { hidden, sequences, _ in
      var context = ForwardContext.inference
      let logits = model.network.sequenceLogits(hidden, sequences, &context)
      return scored(logits).map { row in
        let scores = zip(model.labels, row).map { LabelScore(label: $0, score: $1) }
        // Swift's sort is stable: equal scores stay in the order of the labels.
        return Classification(scores: scores.sorted { $0.score > $1.score })
      }
    }
  }

  private func scored(_ logits: Tensor) -> [[Float]] {
    switch scoring {
    case .softmax: logits.softmax().rowValues
    case .none: logits.rowValues
    case .sigmoid:
      logits.rowValues.map { row in row.map { Float(1 / (1 + exp(-Double($0)))) } }
    }
  }
}

/// What a text is.
public struct Classification: Sendable, Hashable {
  /// All labels, the likeliest first.
  public let scores: [LabelScore]

  /// The likeliest label.
  public var label: String { scores.first?.label ?? "" }
  /// How likely it is.
  public var score: Float { scores.first?.score ?? 0 }
}

/// A label and how likely it is.
public struct LabelScore: Sendable, Hashable {
  /// Its name.
  public let label: String
  /// Its probability; the model's output itself where ``TextClassifier/Scoring`` is none.
  public let score: Float
}
