import Foundation
import HeedModels
import HeedTensor
import HeedText

/// Puts labels on the words of texts, such as names of persons and places.
///
///     let classifier = try TokenClassifier(directory: url)
///     for span in try classifier.label("Ada Lovelace lived in London.") { print(span.text, span.label) }
///
/// A value that never changes: any number of threads may use it. What it says of a text is the same to the last bit
/// alone and in any batch, on one thread and on many.
public struct TokenClassifier: Sendable {
  /// What labels are put on.
  ///
  /// Labels that begin with `B-` begin a span and those with `I-` continue it, as do other labels; see Ramshaw and
  /// Marcus, "Text Chunking using Transformation-Based Learning" (1995).
  public enum Aggregation: String, Sendable, Hashable, CaseIterable {
    /// Each token by itself.
    case none
    /// Spans of neighbouring tokens with one label.
    case simple
    /// Spans of words, each with the label of its first token.
    case first
    /// Spans of words, each with the label that is likeliest in the mean of its tokens.
    case average
    /// Spans of words, each with the label of the token that is surest of its own.
    case max
  }

  /// The label of what is nothing in particular; it is left out.
  public var outsideLabel: String? = "O"
  /// Whether texts that are too long for the model are cut; otherwise they are refused.
  public var cutsLongTexts = false
  /// The most tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048
  var model: EncoderModel

  /// Loads the directory of a model that labels tokens.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`, which say what cannot be
  ///   used and why.
  public init(directory: URL, precision: WeightPrecision? = nil) throws {
    model = try EncoderModel(directory, precision, needed: "labels tokens") {
      if case .tokenClassification = $0 { true } else { false }
    }
  }

  /// The architecture.
  public var configuration: TransformerConfiguration { model.network.configuration }
  /// The labels, in the order of the model's outputs.
  public var labels: [String] { model.labels }

  /// Labels the words of a text.
  ///
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func label(_ text: String, _ aggregation: Aggregation = .simple) throws -> [LabeledSpan] {
    try label([text], aggregation)[0]
  }

  /// Labels the words of texts.
  ///
  /// - Parameters:
  ///   - texts: The texts.
  ///   - aggregation: What labels are put on.
  ///   - firstLine: The number of the first text, counted from 0, which errors name.
  /// - Returns: For each text its spans, in their order.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func label(
    _ texts: [String], _ aggregation: Aggregation = .simple, firstLine: Int = 0
  ) throws -> [[LabeledSpan]] {
    try EncoderError.require(batchTokens >= 1, "batchTokens", "must be at least 1, got \(batchTokens)")
    var encodings: [Encoding] = []
    for (index, text) in texts.enumerated() {
      encodings.append(
        try model.encoding(of: text, line: firstLine + index, cut: cutsLongTexts ? model.lengthLimit : nil))
    }
    return try model.run(encodings, batchTokens: batchTokens) { hidden, sequences, batch in
      let rows = model.network.tokenLogits(hidden).softmax().rowValues
      return zip(batch, sequences.ranges).map { number, range in
        let tokens = tokens(encodings[number], texts[number], Array(rows[range]))
        return LabelAggregator(labels: model.labels, aggregation).spans(tokens)
          .filter { $0.label != outsideLabel }
          .map { span in
            LabeledSpan(
              label: span.label, score: span.score, range: span.range, text: texts[number].part(span.range))
          }
      }
    }
  }

  /// The tokens of the text itself.
  private func tokens(_ encoding: Encoding, _ text: String, _ rows: [[Float]]) -> [LabelAggregator.Token] {
    // RoBERTa's vocabulary knows white space and no words: what follows without any belongs to the word before.
    let scalars = model.network.configuration.family == .roberta ? Array(text.unicodeScalars) : nil
    var previous: Int?
    return encoding.ids.indices.filter { !encoding.isSpecial[$0] }.map { place in
      defer { previous = place }
      let start = encoding.offsets[place].lowerBound
      let continues =
        if let scalars {
          start > 0 && !scalars[min(start - 1, scalars.count)..<min(start + 1, scalars.count)].contains(" ")
        } else {
          previous.map { encoding.words[$0] == encoding.words[place] } ?? false
        }
      return LabelAggregator.Token(
        range: encoding.offsets[place], probabilities: rows[place], continuesWord: continues)
    }
  }
}

/// A part of a text with its label.
public struct LabeledSpan: Sendable, Hashable {
  /// The label; of spans of several tokens without `B-` and `I-`.
  public let label: String
  /// Its probability; of spans of several tokens the mean.
  public let score: Float
  /// Where the part is, in Unicode scalars of the text.
  public let range: Range<Int>
  /// The part.
  public let text: String
}
