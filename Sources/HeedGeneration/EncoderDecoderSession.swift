import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// An encoder-decoder in the middle of its work: sources encoded once, the past of every hypothesis in caches.
///
/// Keys and values of the sources are kept once for each source, however many hypotheses attend to them, and those of
/// the past once for each position of the tree of hypotheses: reordering a beam moves lists of numbers only.
public struct EncoderDecoderSession: NextTokenModel {
  private let model: EncoderDecoder
  private let sourceRanges: [Range<Int>]
  private let projectedMemory: [Tensor]
  private var caches: [SelfAttentionCache]
  private var slots = CacheSlots()
  /// The source of each row of the last step.
  private var rowSources: [Int] = []
  private var length = 0

  /// Logits in a row.
  public var vocabularySize: Int { model.configuration.targetVocabularySize }

  /// Encodes the sources.
  ///
  /// - Parameters:
  ///   - model: A model, best one that is prepared for inference.
  ///   - sources: Token sequences with their end of sentence.
  public init(_ model: EncoderDecoder, sources: [[TokenID]]) {
    self.model = model
    let sequences = TokenSequences(sources)
    var context = ForwardContext.inference
    let memory = model.encode(sequences, &context)
    sourceRanges = sequences.ranges
    projectedMemory = model.decoder.projectMemory(memory)
    caches = Array(repeating: SelfAttentionCache(), count: model.decoder.blocks.count)
  }

  /// Takes one token for each live hypothesis and gives the logits of what follows; see `NextTokenModel`.
  public mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    if length == 0 {
      rowSources = parents
      slots.start(rowCount: parents.count)
    } else {
      rowSources = parents.map { rowSources[$0] }
      slots.advance(parents: parents)
    }
    var hidden = model.embedTargets(tokens, positions: Array(repeating: length, count: tokens.count))
    let memory = StepMemory(projected: projectedMemory, sources: rowSources.map { sourceRanges[$0] })
    hidden = model.decoder.step(hidden, &caches, slots.history, memory: memory)
    length += 1
    let logits = model.logits(hidden)
    try logits.withUnsafeMutableValues { try body($0) }
  }
}
