import HeedGeneration
import HeedTensor

/// How much of what has to be written is right, at one length.
package struct RecallAccuracy: Codable, Hashable, Sendable {
  /// The length; see `RecallSequence`.
  package var length: Int
  /// The sequences that it was measured on.
  package var sequenceCount: Int
  /// The share of tokens that are what they have to be, place by place; a token that was not written is wrong.
  package var token: Double
  /// The share of sequences that are right as a whole, the end of a copy included.
  package var sequence: Double

  /// The accuracy of what was written.
  ///
  /// - Parameters:
  ///   - length: The length.
  ///   - sequences: What had to be written.
  ///   - written: What was written for each behind what was given, of a copy with its end if it has one.
  package init(length: Int, _ sequences: [RecallSequence], written: [[Int32]]) {
    precondition(
      sequences.count == written.count, "\(written.count) results for \(sequences.count) sequences")
    var (tokens, right, whole) = (0, 0, 0)
    for (sequence, found) in zip(sequences, written) {
      tokens += sequence.answer.count
      right += zip(sequence.answer, found).count { $0 == $1 }
      // A copy has to end; behind an answer, nobody waits for that.
      if found == sequence.answer + (sequence.given.isEmpty ? [RecallVocabulary.end] : []) { whole += 1 }
    }
    self.length = length
    sequenceCount = sequences.count
    token = Double(right) / Double(max(1, tokens))
    sequence = Double(whole) / Double(max(1, sequences.count))
  }

  /// The accuracy of a model that writes by itself, taking the likeliest token each time: after a mistake it goes on from
  /// that, and nobody puts it right.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - length: The length.
  ///   - sequences: Sequences of that length.
  /// - Returns: The accuracy; a model whose numbers are not finite writes nothing.
  /// - Throws: What the search throws.
  static func measure(
    _ model: some SearchableModel, length: Int, _ sequences: [RecallSequence]
  ) throws -> RecallAccuracy {
    var options = GenerationOptions(startToken: RecallVocabulary.start, endTokens: [RecallVocabulary.end])
    options.maximumNewTokens = sequences.map { $0.answer.count + ($0.given.isEmpty ? 1 : 0) }.max() ?? 1
    let generator = try SequenceGenerator([model], batchTokenBudget: 1 << 15)
    let inputs = sequences.enumerated().map { SearchInput(identity: UInt64($0), prefix: $1.given) }
    do {
      let found = try generator.generate(sequences.map(\.source), inputs, options)
      let written = zip(sequences, found).map { Array(($1.first?.tokens ?? []).dropFirst($0.given.count)) }
      return RecallAccuracy(length: length, sequences, written: written)
    } catch SearchError.unusableLogits {
      // What diverged in training has learned nothing; that is a result, not a failure.
      return RecallAccuracy(length: length, sequences, written: sequences.map { _ in [] })
    }
  }
}
