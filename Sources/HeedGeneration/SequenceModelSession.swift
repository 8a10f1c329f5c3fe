import HeedModels
import HeedTensor
import HeedText

/// A recurrent or convolutional model in the middle of its work: sources read once, and for each hypothesis the few rows
/// of numbers that it knows of its past.
public struct SequenceModelSession<Model: SequenceToSequenceModel>: NextTokenModel {
  private let model: Model
  private let memory: SourceMemory
  private var past: [Tensor]
  /// The source of each row of the last step.
  private var rowSources: [Int] = []
  private var length = 0

  /// Logits in a row.
  public var vocabularySize: Int { model.configuration.vocabulary.targetSize }

  /// Reads the sources.
  ///
  /// - Parameters:
  ///   - model: A model, best one that is prepared for inference.
  ///   - sources: Token sequences with their end of sentence, each with a token at least.
  public init(_ model: Model, sources: [[TokenID]]) {
    self.model = model
    memory = model.memory(of: TokenSequences(sources))
    past = memory.start
  }

  /// Takes one token for each live hypothesis and gives the logits of what follows; see `NextTokenModel`.
  public mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    rowSources = length == 0 ? parents : parents.map { rowSources[$0] }
    past = past.map { $0.rows(parents) }
    let states = model.step(tokens, position: length, &past, memory, sources: rowSources)
    length += 1
    let logits = model.logits(states)
    try logits.withUnsafeMutableValues { try body($0) }
  }
}
