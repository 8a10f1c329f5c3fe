import Foundation
import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// A text encoder with its tokenizer, prepared for inference: what everything that reads texts is made of.
struct EncoderModel: Sendable {
  /// Where it was read from, as errors say it.
  let name: String
  var network: TextEncoder
  let tokenizer: TextTokenizer
  /// The identifiers of special tokens, where the tokenizer has them.
  let maskID: TokenID?
  let classificationID: TokenID?
  /// The spelling of the token that hides a word.
  let mask: String?

  /// Loads a directory.
  ///
  /// - Parameters:
  ///   - url: The directory.
  ///   - precision: How the weights are held; nil for as the directory has them.
  ///   - needed: What the model must do, as a clause.
  ///   - accepts: Whether it does.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`.
  init(
    _ url: URL, _ precision: WeightPrecision?, needed: String, accepts: (EncoderHead) -> Bool
  ) throws {
    let directory = ModelDirectory(url)
    let configuration = try directory.configuration()
    guard configuration.family.shape == .encoder else {
      throw ConfigurationError(
        file: directory.configurationURL.path, "model_type",
        "'\(configuration.family.rawValue)' is not a text encoder (bert, roberta, distilbert), which this needs"
      )
    }
    guard accepts(configuration.head) else {
      throw EncoderError.otherHead(directory: url.path, needed: needed, found: configuration.head.deed)
    }
    let tokens = try TokenizerDirectory(url, modelType: configuration.family.rawValue)
    try Self.check(tokens.source, configuration, url.path)
    network = try directory.loadEncoder(for: .inference(precision))
    tokenizer = tokens.source
    maskID = tokens.id(.mask)
    mask = tokens.specialTokens[.mask]
    classificationID = tokens.id(.classification)
    name = url.path
  }

  /// A model that is in memory already.
  ///
  /// - Parameters:
  ///   - network: The model; later changes to its parameters may or may not be seen.
  ///   - tokenizer: Cuts texts into tokens.
  ///   - specialTokens: The spellings of its special tokens.
  ///   - name: What errors call the model.
  /// - Throws: `EncoderError` for a tokenizer with tokens or segments that the model does not have.
  init(
    _ network: TextEncoder, _ tokenizer: TextTokenizer, _ specialTokens: SpecialTokens, name: String
  ) throws(EncoderError) {
    try Self.check(tokenizer, network.configuration, name)
    self.network = network.preparedForInference
    self.tokenizer = tokenizer
    mask = specialTokens[.mask]
    maskID = specialTokens[.mask].flatMap { tokenizer.id(for: $0) }
    classificationID = specialTokens[.classification].flatMap { tokenizer.id(for: $0) }
    self.name = name
  }

  /// Checks that each token has its row in the embeddings, and each segment.
  private static func check(
    _ tokenizer: TextTokenizer, _ configuration: TransformerConfiguration, _ name: String
  ) throws(EncoderError) {
    guard tokenizer.vocabularySize <= configuration.sourceVocabularySize else {
      throw .vocabularyTooLarge(
        directory: name, tokenCount: tokenizer.vocabularySize,
        embeddingCount: configuration.sourceVocabularySize)
    }
    guard configuration.segmentCount > 1 else { return }
    let used = tokenizer.encoding(of: "a", pair: "a").typeIDs + tokenizer.encoding(of: "a").typeIDs
    if let largest = used.max(), Int(largest) >= configuration.segmentCount {
      throw .tooManySegments(
        directory: name, segment: Int(largest), segmentCount: configuration.segmentCount)
    }
  }

  /// The most tokens that the model reads at a time.
  var lengthLimit: Int { network.configuration.lengthLimit ?? .max }

  /// The labels that the outputs stand for.
  var labels: [String] { network.configuration.head.labels }

  /// The tokens of a text, whose line counts from 0.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - pair: What belongs to it.
  ///   - line: The number of the text.
  ///   - cut: Where to cut what is longer; nil to refuse what the model cannot read.
  /// - Returns: At least one token, and no more than the model reads.
  /// - Throws: `EncoderError.emptyText`, `EncoderError.textTooLong`.
  func encoding(of text: String, pair: String? = nil, line: Int, cut: Int? = nil) throws(EncoderError)
    -> Encoding
  {
    let encoding = tokenizer.encoding(of: text, pair: pair)
    guard encoding.count > 0 else { throw .emptyText(line: line + 1) }
    let limit = min(cut ?? lengthLimit, lengthLimit)
    guard encoding.count > limit else { return encoding }
    guard cut != nil, let first = encoding.truncated(to: limit).first, first.count > 0 else {
      throw .textTooLong(line: line + 1, tokenCount: encoding.count, limit: limit)
    }
    return first
  }

  /// Runs the model over texts in batches of about equal length.
  ///
  /// - Parameters:
  ///   - encodings: The tokens of each text.
  ///   - batchTokens: The most tokens of a batch; results do not depend on it.
  ///   - body: Makes of the states of a batch, `[tokens, hidden]`, a result for each of its texts; it is given their
  ///     numbers too.
  /// - Returns: A result for each text.
  /// - Throws: `CancellationError` if the task is cancelled.
  func run<Result>(
    _ encodings: [Encoding], batchTokens: Int,
    _ body: (Tensor, TokenSequences, [Int]) throws -> [Result]
  ) throws -> [Result] {
    try SourceBatches.run(lengths: encodings.map(\.count), budget: batchTokens) { batch in
      try Task.checkCancellation()
      let sequences = TokenSequences(batch.map { encodings[$0].ids })
      let hasSegments = network.configuration.segmentCount > 1
      let segments = hasSegments ? batch.flatMap { encodings[$0].typeIDs } : nil
      var context = ForwardContext.inference
      return try body(network(sequences, segmentIDs: segments, &context), sequences, batch)
    }
  }
}

extension Tensor {
  /// The values of each row.
  var rowValues: [[Float]] {
    let columns = shape.columns
    return withUnsafeValues { values in
      (0..<shape.rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
    }
  }
}

extension String {
  /// The part of the text in a range of Unicode scalars, as much of it as there is.
  func part(_ range: Range<Int>) -> String {
    let scalars = unicodeScalars
    func place(_ offset: Int) -> String.Index {
      scalars.index(scalars.startIndex, offsetBy: offset, limitedBy: scalars.endIndex) ?? scalars.endIndex
    }
    return String(scalars[place(range.lowerBound)..<place(range.upperBound)])
  }
}
