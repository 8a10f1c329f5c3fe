import HeedLayers
import HeedModels
import HeedTensor

/// How strongly the loss at the last output depends on inputs: the length of its gradient with respect to their embeddings,
/// the mean over some sequences.
package struct InputGradients: Codable, Hashable, Sendable {
  /// Of the first token of the source.
  package var first: Double
  /// Of the token in the middle: for an encoder that reads from both ends the farthest from where its reading ends.
  package var middle: Double
  /// Of the last token, before a delimiter.
  package var last: Double

  /// Gradients of those sizes.
  package init(first: Double, middle: Double, last: Double) {
    (self.first, self.middle, self.last) = (first, middle, last)
  }

  /// That of the first token over that of the last; nil where there is none.
  package var ratio: Double? { last > 0 && (first / last).isFinite ? first / last : nil }
}

/// The gradients of a model at one length, before and after it learned.
package struct RecallGradientFigures: Codable, Hashable, Sendable {
  /// The length; see `RecallSequence`.
  package var length: Int
  /// With its first values.
  package var initial: InputGradients
  /// After training.
  package var trained: InputGradients
}

extension RecallLearner {
  /// The sources and targets of some sequences as the model reads them, and the only labels that count: the last token of
  /// each answer.
  private static func lastOutputs(
    _ sequences: [RecallSequence]
  ) -> (sources: TokenSequences, targets: TokenSequences, labels: [Int32]) {
    let targets = TokenSequences(
      sequences.map { [RecallVocabulary.start] + ($0.given + $0.answer).dropLast() })
    let labels = sequences.flatMap { sequence in
      Array(repeating: Int32(-1), count: sequence.given.count + sequence.answer.count - 1)
        + sequence.answer.suffix(1)
    }
    return (TokenSequences(sequences.map(\.source)), targets, labels)
  }

  /// The embeddings of all source tokens, a row for each place: `[source tokens, embedding]`.
  package func inputRows(_ sequences: [RecallSequence]) -> Tensor {
    embedding.detached.embedding(of: sequences.flatMap(\.source)).detached
  }

  /// The loss at the last output of each sequence, summed over them, with a row of embeddings for each place of the sources.
  ///
  /// - Parameters:
  ///   - sequences: The sequences.
  ///   - rows: `[source tokens, embedding]`.
  /// - Returns: The loss, in nats.
  package func lossOfLastOutputs(_ sequences: [RecallSequence], inputRows rows: Tensor) -> LossResult {
    var model = detached
    model.targetEmbedding = model.targetEmbedding ?? model.embedding
    // Each place gets a row of the table for itself, so that the gradient of the table is that of the places.
    model.embedding = rows
    let (sources, targets, labels) = Self.lastOutputs(sequences)
    let places = TokenSequences(
      ids: Array(0..<Int32(sources.ids.count)), offsets: [0] + sources.ranges.map(\.upperBound))
    var context = ForwardContext.inference
    return model.loss(
      sources: places, targets: targets, labels: labels, smoothing: 0, scale: 1, &context)
  }

  /// The gradient of the loss at the last output of each sequence with respect to what is read at each place of its source:
  /// the embedding as the first layer gets it, `[source tokens, embedding]`.
  package func inputGradient(_ sequences: [RecallSequence]) -> Tensor {
    let rows = inputRows(sequences).asParameter()
    lossOfLastOutputs(sequences, inputRows: rows).loss.backward()
    let gradient = rows.gradient ?? Tensor(zeros: rows.shape)
    return embeddingFactor == 1 ? gradient : gradient * (1 / embeddingFactor)
  }

  /// The size of that gradient at the first, the middle and the last place, the mean over the sequences.
  package func inputGradients(_ sequences: [RecallSequence]) -> InputGradients {
    precondition(!sequences.isEmpty, "gradients of no sequence")
    let gradient = inputGradient(sequences)
    let columns = gradient.shape.columns
    var (start, first, middle, last) = (0, 0.0, 0.0, 0.0)
    gradient.withUnsafeValues { values in
      func norm(_ place: Int) -> Double {
        let row = values[place * columns..<(place + 1) * columns]
        return row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      }
      for sequence in sequences {
        first += norm(start)
        middle += norm(start + sequence.lastInput / 2)
        last += norm(start + sequence.lastInput)
        start += sequence.source.count
      }
    }
    let count = Double(sequences.count)
    return InputGradients(first: first / count, middle: middle / count, last: last / count)
  }
}
