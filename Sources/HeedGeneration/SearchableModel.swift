import HeedLayers
import HeedModels
import HeedText

/// What a search needs of a model that reads one sequence and writes another.
public protocol SearchableModel: Sendable {
  /// Its vocabularies, special tokens and limits.
  var interface: SequenceInterface { get }
  /// The same model with its weights packed for the matrix multiply.
  var preparedForSearch: Self { get }
  /// Reads the sources; then a token for each hypothesis is taken at a time.
  ///
  /// - Parameter sources: Token sequences with their end of sentence.
  /// - Returns: The model in the middle of its work.
  func session(_ sources: [[TokenID]]) -> any NextTokenModel
}

/// Vocabularies, special tokens and limits of a model that reads one sequence and writes another.
public struct SequenceInterface: Sendable, Hashable {
  /// The number of tokens that a source is made of.
  public var sourceVocabularySize: Int
  /// The number of tokens that a target is made of.
  public var targetVocabularySize: Int
  /// What the decoder reads first.
  public var startToken: TokenID
  /// What ends a sequence; the first is what training uses.
  public var endTokens: [TokenID]
  /// What is never generated, where there is such a token.
  public var padToken: TokenID?
  /// The longest sequence, if there is a limit.
  public var lengthLimit: Int?
  /// The longest sequence that the model is meant for.
  public var usualLength: Int

  /// What ends a sequence; −1, which is no token, where nothing does.
  public var endToken: TokenID { endTokens.first ?? -1 }

  /// That of a Transformer.
  public init(_ configuration: TransformerConfiguration) {
    sourceVocabularySize = configuration.sourceVocabularySize
    targetVocabularySize = configuration.targetVocabularySize
    startToken = configuration.startToken
    endTokens = configuration.endTokens
    // In language models the pad may end a text.
    padToken = configuration.family.shape == .encoderDecoder ? configuration.padToken : nil
    lengthLimit = configuration.lengthLimit
    usualLength = configuration.lengthLimit ?? configuration.maximumPositions
  }

  /// That of a recurrent or convolutional model, which takes sequences of any length.
  public init(_ configuration: some SequenceConfiguration) {
    let tokens = configuration.vocabulary
    sourceVocabularySize = tokens.sourceSize
    targetVocabularySize = tokens.targetSize
    startToken = tokens.startToken
    endTokens = [tokens.endToken]
    padToken = tokens.padToken
    lengthLimit = nil
    usualLength = 512
  }
}

extension SearchableModel where Self: Module {
  /// The same model with its weights packed for the matrix multiply.
  public var preparedForSearch: Self { preparedForInference }
}

extension EncoderDecoder: SearchableModel {
  /// Its vocabularies, special tokens and limits.
  public var interface: SequenceInterface { SequenceInterface(configuration) }
  /// Encodes the sources.
  public func session(_ sources: [[TokenID]]) -> any NextTokenModel {
    EncoderDecoderSession(self, sources: sources)
  }
}

extension RecurrentEncoderDecoder: SearchableModel {
  /// Its vocabularies, special tokens and limits.
  public var interface: SequenceInterface { SequenceInterface(configuration) }
  /// Reads the sources.
  public func session(_ sources: [[TokenID]]) -> any NextTokenModel {
    SequenceModelSession(self, sources: sources)
  }
}

extension ConvolutionalEncoderDecoder: SearchableModel {
  /// Its vocabularies, special tokens and limits.
  public var interface: SequenceInterface { SequenceInterface(configuration) }
  /// Reads the sources.
  public func session(_ sources: [[TokenID]]) -> any NextTokenModel {
    SequenceModelSession(self, sources: sources)
  }
}
