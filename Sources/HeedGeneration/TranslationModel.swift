import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// A model that reads one sequence and writes another, of any architecture.
public enum TranslationModel: SearchableModel {
  /// The Transformer.
  case transformer(EncoderDecoder)
  /// Long short-term memory, or gated recurrent units.
  case recurrent(RecurrentEncoderDecoder)
  /// Gated convolutions.
  case convolutional(ConvolutionalEncoderDecoder)

  /// The Transformer, if it is one.
  public var transformer: EncoderDecoder? {
    if case .transformer(let model) = self { model } else { nil }
  }

  /// Its vocabularies, special tokens and limits.
  public var interface: SequenceInterface { searchable.interface }

  /// The same model with its weights packed for the matrix multiply.
  public var preparedForSearch: TranslationModel {
    switch self {
    case .transformer(let model): .transformer(model.preparedForInference)
    case .recurrent(let model): .recurrent(model.preparedForInference)
    case .convolutional(let model): .convolutional(model.preparedForInference)
    }
  }

  /// Reads the sources.
  public func session(_ sources: [[TokenID]]) -> any NextTokenModel { searchable.session(sources) }

  private var searchable: any SearchableModel {
    switch self {
    case .transformer(let model): model
    case .recurrent(let model): model
    case .convolutional(let model): model
    }
  }
}

extension TranslationModel {
  /// The attentions that it has.
  public var attentions: AttentionSizes {
    switch self {
    case .transformer(let model): model.configuration.attentions
    case .recurrent(let model): model.configuration.attentions
    case .convolutional(let model): model.configuration.attentions
    }
  }

  /// What the logits follow from for whole target sequences, `[target tokens, width]`.
  ///
  /// - Parameters:
  ///   - sources: Source sequences, each with a token at least.
  ///   - targets: As many sequences, each behind the start token.
  ///   - context: Training or inference, and who is watching.
  /// - Returns: A row for each target token.
  public func states(
    sources: TokenSequences, targets: TokenSequences, _ context: inout ForwardContext
  ) -> Tensor {
    switch self {
    case .transformer(let model):
      let memory = model.encode(sources, &context)
      return model.decode(targets, memory: memory, sources.ranges, &context)
    case .recurrent(let model): return model.states(sources: sources, targets: targets, &context)
    case .convolutional(let model): return model.states(sources: sources, targets: targets, &context)
    }
  }

  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> TranslationModel {
    switch self {
    case .transformer(let model): .transformer(model.removingHeads(heads))
    case .recurrent(let model): .recurrent(model.removingHeads(heads))
    case .convolutional(let model): .convolutional(model.removingHeads(heads))
    }
  }

  /// Scores of the whole vocabulary, `[rows, vocabulary]`, for states.
  public func logits(_ states: Tensor) -> Tensor {
    switch self {
    case .transformer(let model): model.logits(states)
    case .recurrent(let model): model.logits(states)
    case .convolutional(let model): model.logits(states)
    }
  }
}

/// What a directory with a model for translation holds, known before its weights are read.
public enum TranslationArchitecture: Sendable, Hashable {
  /// A Transformer.
  case transformer(TransformerConfiguration)
  /// A recurrent model.
  case recurrent(RecurrentConfiguration)
  /// A convolutional model.
  case convolutional(ConvolutionalConfiguration)

  /// The choices that make a Transformer, if it is one.
  public var transformer: TransformerConfiguration? {
    if case .transformer(let configuration) = self { configuration } else { nil }
  }

  /// Vocabularies, special tokens and limits.
  public var interface: SequenceInterface {
    switch self {
    case .transformer(let configuration): SequenceInterface(configuration)
    case .recurrent(let configuration): SequenceInterface(configuration)
    case .convolutional(let configuration): SequenceInterface(configuration)
    }
  }

  /// `model_type` in config.json.
  public var modelType: String {
    switch self {
    case .transformer(let configuration): configuration.family.rawValue
    case .recurrent: RecurrentConfiguration.modelType
    case .convolutional: ConvolutionalConfiguration.modelType
    }
  }
}

extension ModelDirectory {
  /// Reads what `config.json` says of a model for translation.
  ///
  /// - Throws: `ConfigurationError` for a field that cannot be used, and for a family that is not known.
  public func translationArchitecture() throws -> TranslationArchitecture {
    switch try modelType() {
    case RecurrentConfiguration.modelType: .recurrent(try sequenceConfiguration())
    case ConvolutionalConfiguration.modelType: .convolutional(try sequenceConfiguration())
    default: .transformer(try configuration())
    }
  }

  /// Loads a model for translation, strictly.
  ///
  /// - Parameter use: What the model is for.
  /// - Returns: The model.
  /// - Throws: `ConfigurationError`, or `CheckpointError` with everything that is missing, left over or misshapen.
  public func loadTranslationModel(for use: ModelUse = .training) throws -> TranslationModel {
    switch try modelType() {
    case RecurrentConfiguration.modelType:
      .recurrent(try RecurrentEncoderDecoder(from: self, for: use))
    case ConvolutionalConfiguration.modelType:
      .convolutional(try ConvolutionalEncoderDecoder(from: self, for: use))
    default: .transformer(try loadModel(for: use))
    }
  }
}
