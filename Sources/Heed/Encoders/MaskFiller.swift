import Foundation
import HeedModels
import HeedTensor
import HeedText

/// Guesses hidden words.
///
///     let filler = try MaskFiller(directory: url)
///     print(try filler.fill("Paris is the [MASK] of France.").text)
///
/// A value that never changes: any number of threads may use it. What it says of a text is the same to the last bit
/// alone and in any batch, on one thread and on many.
public struct MaskFiller: Sendable {
  /// What hides a word in a text: `[MASK]` for BERT, `<mask>` for RoBERTa.
  public let mask: String
  /// The most tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048
  var model: EncoderModel
  private let maskID: TokenID

  /// Loads the directory of a masked language model.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`, which say what cannot be
  ///   used and why.
  public init(directory: URL, precision: WeightPrecision? = nil) throws {
    model = try EncoderModel(directory, precision, needed: "predicts masked words") { $0.predictsWords }
    guard let maskID = model.maskID, let mask = model.mask else {
      throw EncoderError.noMaskToken(directory: model.name)
    }
    (self.maskID, self.mask) = (maskID, mask)
  }

  /// The architecture.
  public var configuration: TransformerConfiguration { model.network.configuration }

  /// Guesses the hidden words of a text.
  ///
  /// - Parameters:
  ///   - text: A text with at least one mask.
  ///   - candidateCount: How many candidates are wanted for each mask.
  /// - Returns: The candidates.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func fill(_ text: String, candidateCount: Int = 5) throws -> FilledText {
    try fill([text], candidateCount: candidateCount)[0]
  }

  /// Guesses the hidden words of texts; where a text hides several, each is guessed by itself.
  ///
  /// - Parameters:
  ///   - texts: Texts with at least one mask each.
  ///   - candidateCount: How many candidates are wanted for each mask.
  ///   - firstLine: The number of the first text, counted from 0, which errors name.
  /// - Returns: For each text its candidates.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func fill(_ texts: [String], candidateCount: Int = 5, firstLine: Int = 0) throws -> [FilledText] {
    try EncoderError.require(
      candidateCount >= 1, "candidateCount", "must be at least 1, got \(candidateCount)")
    try EncoderError.require(batchTokens >= 1, "batchTokens", "must be at least 1, got \(batchTokens)")
    var encodings: [Encoding] = []
    for (index, text) in texts.enumerated() {
      let encoding = try model.encoding(of: text, line: firstLine + index)
      guard encoding.ids.contains(maskID) else {
        throw EncoderError.noMask(line: firstLine + index + 1, mask: mask)
      }
      encodings.append(encoding)
    }
    return try model.run(encodings, batchTokens: batchTokens) { hidden, sequences, batch in
      let places = sequences.ids.indices.filter { sequences.ids[$0] == maskID }
      let best = candidates(hidden, places, candidateCount)
      var next = 0
      return batch.map { number in
        let count = encodings[number].ids.count { $0 == maskID }
        defer { next += count }
        return filled(texts[number], encodings[number], best[next..<next + count])
      }
    }
  }

  /// Rows of the whole vocabulary that are computed together.
  private static let chunkSize = 64

  /// The likeliest tokens for each of some rows of the states.
  private func candidates(_ hidden: Tensor, _ places: [Int], _ count: Int) -> [[ScoredToken]] {
    stride(from: 0, to: places.count, by: Self.chunkSize).flatMap { start in
      let chunk = Array(places[start..<min(start + Self.chunkSize, places.count)])
      // Identifiers beyond the tokenizer's are rows that fill the table up: they stand for no word.
      return model.network.maskedLogits(hidden.rows(chunk)).softmax().rowValues.map {
        ScoredToken.best($0.prefix(model.tokenizer.vocabularySize), count)
      }
    }
  }

  private func filled(
    _ source: String, _ encoding: Encoding, _ best: ArraySlice<[ScoredToken]>
  ) -> FilledText {
    let places = encoding.ids.indices.filter { encoding.ids[$0] == maskID }
    let masks = zip(places, best).map { place, tokens in
      FilledMask(
        range: encoding.offsets[place],
        candidates: tokens.map { token in
          FilledMask.Candidate(
            id: token.id, token: model.tokenizer.token(for: token.id) ?? "",
            word: model.tokenizer.decode([token.id], skippingSpecialTokens: false),
            probability: token.probability, text: text(encoding, [place: token.id]))
        })
    }
    let chosen = Dictionary(
      zip(places, masks).compactMap { place, mask in mask.candidates.first.map { (place, $0.id) } },
      uniquingKeysWith: { first, _ in first })
    return FilledText(source: source, masks: masks, text: text(encoding, chosen))
  }

  /// The text with tokens in the place of masks, without what the template adds. Special tokens are left out, as
  /// everywhere, unless other masks stay among them.
  private func text(_ encoding: Encoding, _ chosen: [Int: TokenID]) -> String {
    let ids = encoding.ids.indices.filter { !encoding.isSpecial[$0] }.map { chosen[$0] ?? encoding.ids[$0] }
    let isWhole = chosen.count == encoding.ids.count { $0 == maskID }
    return model.tokenizer.decode(ids, skippingSpecialTokens: isWhole)
  }
}

/// A text whose hidden words were guessed.
public struct FilledText: Sendable, Hashable {
  /// The text with its masks.
  public let source: String
  /// At least one, in the order of the text.
  public let masks: [FilledMask]
  /// The text with the likeliest word in each mask, as the tokenizer spells it: some know only small letters.
  public let text: String
}

/// What may stand behind a mask.
public struct FilledMask: Sendable, Hashable {
  /// One possibility.
  public struct Candidate: Sendable, Hashable {
    /// The token.
    public let id: TokenID
    /// The token as the vocabulary spells it.
    public let token: String
    /// The token as text.
    public let word: String
    /// How likely it is here, among all tokens.
    public let probability: Float
    /// The text with this token in the mask, other masks as they are.
    public let text: String
  }

  /// Where the mask is, in Unicode scalars of the text.
  public let range: Range<Int>
  /// The likeliest first.
  public let candidates: [Candidate]
}
