import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// What a model makes of a reference file's inputs, under the names that transformers has for outputs.
struct ReferenceOutputs {
  /// Rows without padding, and the shape that the file should have with it.
  struct Rows {
    let values: [Float]
    let width: Int
    let shape: [Int]
    /// Which rows of the shape are there; nil for all.
    let isReal: [Bool]?
  }

  private let file: SafetensorsFile
  private let inputs: ReferenceInputs
  private let options: GenerationOptions
  private let sequences: TokenSequences
  /// Computed at the first output.
  private var states: Tensor?
  private var decoded: Tensor?

  init(file: SafetensorsFile, inputs: ReferenceInputs, options: GenerationOptions) {
    self.file = file
    self.inputs = inputs
    self.options = options
    sequences = TokenSequences(inputs.sources)
  }

  /// The output of that name; nil if models of the shape have none.
  mutating func output(_ name: String, of model: CheckedModel) throws -> Rows? {
    switch model {
    case .transformer(.encoderDecoder(let model)): try output(name, of: model)
    case .transformer(.encoder(let model)): output(name, of: model)
    case .transformer(.decoder(let model)): output(name, of: model)
    case .sequence(let model): try output(name, of: model)
    }
  }

  private mutating func output(_ name: String, of model: TranslationModel) throws -> Rows? {
    guard name == "logits" || name == "last_hidden_state" else { return nil }
    let targets = try targets(for: name)
    var context = ForwardContext.inference
    let decoded = decoded ?? model.states(sources: sequences, targets: TokenSequences(targets), &context)
    self.decoded = decoded
    return rows(name == "logits" ? model.logits(decoded) : decoded, of: targets)
  }

  /// What the decoder reads, where an output depends on it.
  private func targets(for name: String) throws -> [[TokenID]] {
    guard let targets = inputs.targets else {
      throw inputs.flaw("decoder_input_ids", "is missing, and \(name) depends on it")
    }
    return targets
  }

  /// A row for each token of the decoder; all of them count.
  private func rows(_ tensor: Tensor, of targets: [[TokenID]]) -> Rows {
    let width = tensor.shape.columns
    return Rows(
      values: tensor.scalars, width: width, shape: [targets.count, targets[0].count, width], isReal: nil)
  }

  private mutating func output(_ name: String, of model: EncoderDecoder) throws -> Rows? {
    var context = ForwardContext.inference
    let memory = states ?? model.encode(sequences, &context)
    states = memory
    if name == "encoder_last_hidden_state" { return rows(memory) }
    guard name == "logits" || name == "last_hidden_state" else { return nil }
    let targets = try targets(for: name)
    let decoded =
      decoded ?? model.decode(TokenSequences(targets), memory: memory, sequences.ranges, &context)
    self.decoded = decoded
    return rows(name == "logits" ? model.logits(decoded) : decoded, of: targets)
  }

  private mutating func output(_ name: String, of model: TextEncoder) -> Rows? {
    var context = ForwardContext.inference
    let hidden = states ?? model(sequences, segmentIDs: inputs.segments, &context)
    states = hidden
    switch (name, model.configuration.head) {
    case ("last_hidden_state", _): return rows(hidden)
    case ("pooler_output", .states(isPooled: true)):
      return model.pooled(hidden, sequences).map { wholes($0) }
    case ("prediction_logits", .preTraining): return rows(model.maskedLogits(hidden))
    case ("seq_relationship_logits", .preTraining):
      return wholes(model.nextSentenceLogits(hidden, sequences))
    case ("logits", .maskedLanguageModel): return rows(model.maskedLogits(hidden))
    case ("logits", .tokenClassification): return rows(model.tokenLogits(hidden))
    case ("logits", .sequenceClassification):
      return wholes(model.sequenceLogits(hidden, sequences, &context))
    case ("start_logits", .questionAnswering): return column(0, of: model.tokenLogits(hidden))
    case ("end_logits", .questionAnswering): return column(1, of: model.tokenLogits(hidden))
    default: return nil
    }
  }

  private mutating func output(_ name: String, of model: LanguageModel) -> Rows? {
    var context = ForwardContext.inference
    let hidden = states ?? model(sequences, &context)
    states = hidden
    switch name {
    case "last_hidden_state": return rows(hidden)
    case "logits": return rows(model.logits(hidden))
    default: return nil
    }
  }

  /// A row for each token.
  private func rows(_ tensor: Tensor) -> Rows {
    Rows(
      values: tensor.scalars, width: tensor.shape.columns, shape: inputs.shape + [tensor.shape.columns],
      isReal: inputs.isReal)
  }

  /// One number of each token.
  private func column(_ index: Int, of tensor: Tensor) -> Rows {
    let width = tensor.shape.columns
    let values = tensor.scalars
    return Rows(
      values: stride(from: index, to: values.count, by: width).map { values[$0] }, width: 1,
      shape: inputs.shape, isReal: inputs.isReal)
  }

  /// A row for each sequence.
  private func wholes(_ tensor: Tensor) -> Rows {
    Rows(values: tensor.scalars, width: tensor.shape.columns, shape: tensor.shape.dimensions, isReal: nil)
  }

  /// What greedy search finds for each sequence, at most twelve tokens.
  func generated(_ model: CheckedModel) throws -> [[TokenID]] {
    var options = options
    options.beamSize = 1
    options.returnedCount = 1
    options.sampling = nil
    options.maximumNewTokens = 12
    options.minimumNewTokens = min(options.minimumNewTokens, options.maximumNewTokens)
    if let model = model.translationModel {
      let inputs = self.inputs.sources.indices.map { SearchInput(identity: UInt64($0)) }
      return try SequenceGenerator([model]).generate(self.inputs.sources, inputs, options).map {
        $0[0].tokens
      }
    }
    guard case .transformer(.decoder(let model)) = model else {
      throw inputs.flaw("generated_ids", "is not an output of a text encoder")
    }
    return try LanguageModelGenerator(model).generate(inputs.sources, options).map { $0[0].tokens }
  }
}
