import Foundation
import Heed
import HeedTraining

extension EvaluateCommand {
  /// How often the partner of a text is the nearest of all, both ways.
  func evaluateSentenceEmbedding() throws {
    let pairs = try pairs(.sentenceEmbedding)
    var embedder = try TextEmbedder(directory: onlyDirectory(), precision: model.weights.precision)
    embedder.batchTokens = search.batchTokens
    guard !pairs.isEmpty else { throw CommandError(.data, "\(source[0]): holds no pair of texts") }
    let (first, second) = (pairs.map(\.source), pairs.map(\.target))
    let embeddings = try [first, second].map { texts in try withFlagNames { try embedder.embed(texts) } }
    let (forth, back) = RetrievalEvaluation.accuracy(of: embeddings[0], embeddings[1]) {
      isSecond, one, other in
      isSecond ? second[one] == second[other] : first[one] == first[other]
    }
    if json {
      return try ResultStream.write(
        json: EmbeddingReport(
          retrievalAccuracy: forth, reverseRetrievalAccuracy: back, pairs: pairs.count))
    }
    try ResultStream.write(
      "retrieval accuracy \(forth.formatted(4)), the other way \(back.formatted(4)) (\(pairs.count) pairs)")
  }
}

private struct EmbeddingReport: Encodable {
  let retrievalAccuracy: Double
  let reverseRetrievalAccuracy: Double
  let pairs: Int
}
