import Foundation
import HeedModels
import HeedTensor
import HeedText

/// Turns texts into vectors that are near each other where the texts mean about the same.
///
///     let embedder = try TextEmbedder(directory: url)
///     print(try embedder.similarity("A man is eating.", "Someone has a meal."))
///
/// It reads directories of sentence-transformers (Reimers and Gurevych, "Sentence-BERT", 2019), and any other text
/// encoder. A value that never changes: any number of threads may use it. A text's vector is the same to the last bit
/// alone and in any batch, on one thread and on many.
public struct TextEmbedder: Sendable {
  /// How texts become vectors.
  public let settings: EmbeddingSettings
  /// The most tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048
  var model: EncoderModel

  /// Loads a directory.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`, which say what cannot be
  ///   used and why.
  public init(directory: URL, precision: WeightPrecision? = nil) throws {
    try self.init(EmbeddingSettings(directory: directory), precision: precision)
  }

  /// Loads the directory that settings were read from.
  ///
  /// - Parameters:
  ///   - settings: How texts become vectors.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: What loading a directory throws.
  public init(_ settings: EmbeddingSettings, precision: WeightPrecision? = nil) throws {
    try EncoderError.require(!settings.poolings.isEmpty, "poolings", "must not be empty")
    if let length = settings.maximumTokens {
      try EncoderError.require(length >= 1, "maximumTokens", "must be at least 1, got \(length)")
    }
    self.settings = settings
    // Whatever a model ends with, the states before that are there.
    model = try EncoderModel(settings.encoderDirectory, precision, needed: "reads texts") { _ in true }
  }

  /// The architecture.
  public var configuration: TransformerConfiguration { model.network.configuration }
  /// The length of a vector.
  public var dimension: Int { settings.poolings.count * configuration.hiddenSize }
  /// What texts are cut to, special tokens included.
  public var maximumTokens: Int { min(settings.maximumTokens ?? .max, model.lengthLimit) }

  /// The vector of a text, of ``dimension`` numbers.
  ///
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func embed(_ text: String) throws -> [Float] {
    try embed([text])[0]
  }

  /// The vectors of texts; what is longer than ``maximumTokens`` is cut.
  ///
  /// - Parameters:
  ///   - texts: The texts.
  ///   - firstLine: The number of the first text, counted from 0, which errors name.
  /// - Returns: A vector of ``dimension`` numbers for each text, in their order.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func embed(_ texts: [String], firstLine: Int = 0) throws -> [[Float]] {
    try EncoderError.require(batchTokens >= 1, "batchTokens", "must be at least 1, got \(batchTokens)")
    var encodings: [Encoding] = []
    for (index, text) in texts.enumerated() {
      encodings.append(
        try model.encoding(of: prepared(text), line: firstLine + index, cut: maximumTokens))
    }
    return try model.run(encodings, batchTokens: batchTokens) { hidden, sequences, _ in
      let pooled = settings.poolings.map { hidden.pooled($0, sequences.ranges) }
      let joined = pooled.count == 1 ? pooled[0] : Tensor.columnsJoined(pooled)
      return (settings.normalizes ? joined.normalizedToUnitLength() : joined).rowValues
    }
  }

  /// How near two texts are to each other: the cosine of the angle between their vectors, from −1 to 1.
  ///
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func similarity(_ first: String, _ second: String) throws -> Float {
    let vectors = try embed([first, second])
    return Self.cosine(vectors[0], vectors[1])
  }

  /// The cosine of the angle between two vectors; 0 if one of them is zero.
  public static func cosine(_ first: [Float], _ second: [Float]) -> Float {
    precondition(first.count == second.count, "vectors of \(first.count) and \(second.count) numbers")
    var (product, one, other) = (0.0, 0.0, 0.0)
    for (x, y) in zip(first, second) {
      product += Double(x) * Double(y)
      one += Double(x) * Double(x)
      other += Double(y) * Double(y)
    }
    let lengths = (one * other).squareRoot()
    return lengths > 0 ? Float(product / lengths) : 0
  }

  /// A text as sentence-transformers hands it to the tokenizer: with its prompt, without white space around it.
  func prepared(_ text: String) -> String {
    let scalars = (settings.prompt + text).unicodeScalars
    func isText(_ scalar: Unicode.Scalar) -> Bool { !scalar.properties.isWhitespace }
    guard let first = scalars.firstIndex(where: isText), let last = scalars.lastIndex(where: isText) else {
      return ""
    }
    let trimmed = String(scalars[first...last])
    return settings.lowercases ? trimmed.lowercased() : trimmed
  }
}

extension Tensor {
  /// One row for each range of rows, none of which is empty.
  fileprivate func pooled(_ pooling: EmbeddingPooling, _ ranges: [Range<Int>]) -> Tensor {
    switch pooling {
    case .cls: rows(ranges.map(\.lowerBound))
    case .mean: meanOfRows(ranges)
    case .max: largestOfRows(ranges)
    case .meanSqrt:
      // The sum over √n is the mean times √n.
      Tensor(
        zip(meanOfRows(ranges).rowValues, ranges).flatMap { row, range in
          row.map { $0 * Float(range.count).squareRoot() }
        }, [ranges.count, shape.columns])
    }
  }

  /// The largest value of each column in each range of rows, `[ranges, columns]`.
  private func largestOfRows(_ ranges: [Range<Int>]) -> Tensor {
    let columns = shape.columns
    var result = [Float](repeating: -.infinity, count: ranges.count * columns)
    withUnsafeValues { values in
      for (index, range) in ranges.enumerated() {
        for row in range {
          for column in 0..<columns {
            let place = index * columns + column
            result[place] = Swift.max(result[place], values[row * columns + column])
          }
        }
      }
    }
    return Tensor(result, [ranges.count, columns])
  }

  /// Matrices with as many rows side by side.
  fileprivate static func columnsJoined(_ parts: [Tensor]) -> Tensor {
    let rows = parts.map(\.rowValues)
    let count = rows[0].count
    return Tensor(
      (0..<count).flatMap { row in rows.flatMap { $0[row] } },
      [count, parts.reduce(0) { $0 + $1.shape.columns }])
  }
}
