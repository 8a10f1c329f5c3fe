import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// A language model in the middle of its work: the keys and values of every hypothesis in caches.
///
/// The prompts are read as a whole at the first step; hypotheses of one prompt share what it left in the caches.
public struct LanguageModelSession: NextTokenModel {
  private let model: LanguageModel
  private let prompts: [[TokenID]]
  private var caches: [SelfAttentionCache]
  private var slots = CacheSlots()
  private var hasBegun = false

  /// Logits in a row.
  public var vocabularySize: Int { model.configuration.targetVocabularySize }

  /// A session at its beginning.
  ///
  /// - Parameters:
  ///   - model: A model, best one that is prepared for inference.
  ///   - prompts: What each source begins with, at least one token each.
  public init(_ model: LanguageModel, prompts: [[TokenID]]) {
    precondition(prompts.allSatisfy { !$0.isEmpty }, "a prompt needs a token")
    self.model = model
    self.prompts = prompts
    caches = Array(repeating: SelfAttentionCache(), count: model.decoder.blocks.count)
  }

  /// Takes one token for each live hypothesis and gives the logits of what follows; see `NextTokenModel`. At the first
  /// step the tokens are the last ones of the prompts, which the session knows.
  public mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    let hidden = hasBegun ? next(tokens, parents) : begin(parents)
    hasBegun = true
    let logits = model.logits(hidden)
    try logits.withUnsafeMutableValues { try body($0) }
  }

  /// Reads the prompt of each source once, however many hypotheses start on it.
  private mutating func begin(_ sources: [Int]) -> Tensor {
    var distinct: [Int] = []
    let rows = sources.map { source -> Int in
      if distinct.last != source { distinct.append(source) }
      return distinct.count - 1
    }
    let sequences = TokenSequences(distinct.map { prompts[$0] })
    slots.start(lengths: sequences.ranges.map(\.count))
    let hidden = model.begin(
      sequences, &caches, slots: Array(slots.rows.joined()), capacity: slots.capacity)
    slots.fork(parents: rows)
    return hidden.rows(rows.map { sequences.ranges[$0].upperBound - 1 })
  }

  private mutating func next(_ tokens: [TokenID], _ parents: [Int]) -> Tensor {
    slots.advance(parents: parents)
    let positions = slots.rows.map { $0.count - 1 }
    return model.step(tokens, positions: positions, &caches, slots.history)
  }
}
