import Foundation
import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedText

/// Looks into a model of any family: loads what a directory holds, runs one example and shows all attention.
///
///     let inspector = try Inspector(directory: url)
///     print(try inspector.inspect("Where is the train station?").bestAlignment()?.links ?? [])
public enum Inspector: Sendable {
  /// An encoder-decoder: marian, m2m_100, bart, t5, or one of the models that came before.
  case translator(Translator)
  /// A language model: gpt2, llama, qwen2.
  case generator(TextGenerator)
  /// A text encoder that guesses hidden words.
  case filler(MaskFiller)
  /// A text encoder that labels texts.
  case classifier(TextClassifier)
  /// A text encoder that labels words.
  case labeler(TokenClassifier)
  /// A text encoder that finds answers.
  case answerer(QuestionAnswerer)
  /// A text encoder that only reads.
  case embedder(TextEmbedder)

  /// Loads a directory.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - task: The languages, and what an encoder-decoder is told of them; of no meaning to others.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: What loading the model throws.
  public init(
    directory: URL, _ task: TranslationTask = TranslationTask(), precision: WeightPrecision? = nil
  ) throws {
    guard let configuration = try ModelDirectory(directory).translationArchitecture().transformer else {
      self = .translator(try Translator(directory: directory, task, precision: precision))
      return
    }
    switch configuration.family.shape {
    case .encoderDecoder:
      self = .translator(try Translator(directory: directory, task, precision: precision))
    case .decoder:
      self = .generator(try TextGenerator(directory: directory, task.search, precision: precision))
    case .encoder:
      switch configuration.head {
      case .states: self = .embedder(try TextEmbedder(directory: directory, precision: precision))
      case .maskedLanguageModel, .preTraining:
        self = .filler(try MaskFiller(directory: directory, precision: precision))
      case .sequenceClassification:
        self = .classifier(try TextClassifier(directory: directory, precision: precision))
      case .tokenClassification:
        self = .labeler(try TokenClassifier(directory: directory, precision: precision))
      case .questionAnswering:
        self = .answerer(try QuestionAnswerer(directory: directory, precision: precision))
      }
    }
  }

  /// The attentions that can be looked at.
  public var attentions: AttentionSizes {
    switch self {
    case .translator(let model): model.generator.models[0].attentions
    case .generator(let model): model.configuration.attentions
    case .filler(let model): model.configuration.attentions
    case .classifier(let model): model.configuration.attentions
    case .labeler(let model): model.configuration.attentions
    case .answerer(let model): model.configuration.attentions
    case .embedder(let model): model.configuration.attentions
    }
  }

  /// What one example is made of.
  public struct Example: Sendable, Hashable {
    /// What the model reads.
    public var text: String
    /// A second text, for encoders: the hypothesis of a premise, or the text that holds the answer to a question.
    public var pair: String?
    /// What the model is to have written; nil for what it writes itself.
    public var target: String?
    /// The same as tokens, in place of `target`: a text that is cut again need not give the tokens that were written.
    public var targetTokens: [TokenID]?
    /// The most tokens that the model writes; nil for as it usually would.
    public var maximumNewTokens: Int?
    /// Hypotheses that are kept at each step; nil for as it usually would.
    public var beamSize: Int?

    /// An example.
    public init(_ text: String, pair: String? = nil, target: String? = nil) {
      self.text = text
      self.pair = pair
      self.target = target
    }
  }

  /// Runs one example.
  ///
  /// - Throws: `InspectionError` for a text that the model has no use for; else what running the model throws.
  public func inspect(_ text: String, _ choice: InspectionOptions = InspectionOptions()) throws -> Inspection
  {
    try inspect(Example(text), choice)
  }

  /// Runs one example.
  ///
  /// - Parameters:
  ///   - example: What the model reads, and may be told to write.
  ///   - choice: What is looked at.
  /// - Returns: The tokens, what else was likely, and all attention.
  /// - Throws: `InspectionError` for a text that the model has no use for; else what running the model throws.
  public func inspect(
    _ example: Example, _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    try check(example)
    switch self {
    case .translator(let translator):
      var options = TranslationOptions()
      options.maximumLength = example.maximumNewTokens
      options.beamSize = example.beamSize
      return try translator.inspect(example.text, GivenTarget(example), options, choice)
    case .generator(let generator):
      var options = generator.defaults
      if let count = example.maximumNewTokens {
        options.maximumNewTokens = count
        options.maximumLength = nil
      }
      if let size = example.beamSize {
        options.beamSize = size
        options.sampling = nil
      }
      return try generator.inspect(example.text, GivenTarget(example), options, choice)
    case .filler(let filler): return try filler.inspect(example.text, choice)
    case .classifier(let classifier):
      return try classifier.inspect(example.text, pair: example.pair, choice)
    case .labeler(let labeler): return try labeler.inspect(example.text, choice)
    case .answerer(let answerer):
      return try answerer.inspect(example.text, context: example.pair ?? "", choice)
    case .embedder(let embedder): return try embedder.inspect(example.text, choice)
    }
  }

  private func check(_ example: Example) throws(InspectionError) {
    if let count = example.maximumNewTokens, count < 1 {
      throw .option(name: "maximumNewTokens", reason: "must be at least 1, got \(count)")
    }
    if let size = example.beamSize, size < 1 {
      throw .option(name: "beamSize", reason: "must be at least 1, got \(size)")
    }
    switch self {
    case .translator, .generator:
      if example.pair != nil { throw .noPair }
    case .filler, .labeler, .embedder, .classifier, .answerer:
      if GivenTarget(example) != nil { throw .noTarget }
    }
    switch self {
    case .filler, .labeler, .embedder:
      if example.pair != nil { throw .noPair }
    case .answerer:
      if example.pair == nil { throw .contextMissing }
    case .translator, .generator, .classifier: break
    }
  }

  /// The same model without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws -> Inspector {
    switch self {
    case .translator(let model): .translator(try model.removingHeads(heads))
    case .generator(let model): .generator(try model.removingHeads(heads))
    case .filler(let model): .filler(try model.removingHeads(heads))
    case .classifier(let model): .classifier(try model.removingHeads(heads))
    case .labeler(let model): .labeler(try model.removingHeads(heads))
    case .answerer(let model): .answerer(try model.removingHeads(heads))
    case .embedder(let model): .embedder(try model.removingHeads(heads))
    }
  }
}

/// What a model is to have written.
enum GivenTarget {
  case text(String)
  case tokens([TokenID])

  /// What an example says; nil for what the model writes itself.
  init?(_ example: Inspector.Example) {
    if let tokens = example.targetTokens {
      self = .tokens(tokens)
    } else if let text = example.target {
      self = .text(text)
    } else {
      return nil
    }
  }
}
