import Foundation
import HeedText

/// Several models as one: the average of their probabilities.
///
/// The logits that it gives are the logarithms of those averages.
public struct EnsembleModel: NextTokenModel {
  private var models: [any NextTokenModel]
  /// Logits in a row, the same for every model.
  public let vocabularySize: Int
  private var sums: [Float] = []

  /// An ensemble of models that hold the same sources.
  /// - Throws: `SearchError.differentVocabularies`.
  /// - Precondition: There is a model.
  public init(_ models: [any NextTokenModel]) throws(SearchError) {
    precondition(!models.isEmpty, "an ensemble needs a model")
    let sizes = models.map(\.vocabularySize)
    guard sizes.allSatisfy({ $0 == sizes[0] }) else { throw .differentVocabularies(sizes) }
    self.models = models
    vocabularySize = sizes[0]
  }

  /// Steps every model; a row in which one of them gives no finite logits becomes NaN.
  public mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    let size = vocabularySize
    var sums = sums
    self.sums = []  // so that the storage has one owner, and is not copied
    if sums.count < tokens.count * size {
      sums = [Float](repeating: 0, count: tokens.count * size)
    }
    defer { self.sums = sums }
    try sums.withUnsafeMutableBufferPointer { buffer in
      let total = UnsafeMutableBufferPointer(rebasing: buffer[..<(tokens.count * size)])
      for index in models.indices {
        try models[index].step(tokens: tokens, parents: parents) { logits in
          for row in tokens.indices {
            Self.accumulate(logits.row(row, size), into: total.row(row, size), isFirst: index == 0)
          }
        }
      }
      let logCount = log(Float(models.count))
      for i in total.indices { total[i] -= logCount }
      try body(total)
    }
  }

  /// Adds probabilities, in logarithms: those of unlikely tokens would vanish otherwise.
  private static func accumulate(
    _ logits: UnsafeMutableBufferPointer<Float>, into sums: UnsafeMutableBufferPointer<Float>, isFirst: Bool
  ) {
    guard RowOperations.logSoftmax(logits) else {
      sums.update(repeating: .nan)
      return
    }
    for i in sums.indices {
      if isFirst {
        sums[i] = logits[i]
      } else {
        let (larger, smaller) = sums[i] >= logits[i] ? (sums[i], logits[i]) : (logits[i], sums[i])
        // −∞ − −∞ is NaN, so two impossible tokens are left alone.
        sums[i] = smaller == -.infinity ? larger : larger + log1p(exp(smaller - larger))
      }
    }
  }
}
