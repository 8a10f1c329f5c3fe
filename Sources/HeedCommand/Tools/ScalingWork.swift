import Heed
import HeedLayers
import HeedTensor

/// What `heed benchmark scaling` measures.
struct ScalingWork {
  private static let headCount = 8
  private static let layerCount = 2
  private static let vocabularySize = 8000
  private static let threadsLength = 1024
  private static let threadsBatch = 16
  private static let stepCount = 16

  private let block: BlockConfiguration
  /// Seconds for a figure, where two repetitions do not take longer.
  private let budget: Double
  private let encoderLayer: TransformerStack
  private let translator: SequenceGenerator<EncoderDecoder>
  private let languageModel: LanguageModel

  /// The widths that its heads can share.
  static func isWidth(_ hiddenSize: Int) -> Bool { hiddenSize.isMultiple(of: 2 * headCount) }

  /// Makes the models, of this width and four times that in their feed-forward networks.
  init(hiddenSize: Int, budget: Double) throws {
    self.budget = budget
    block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: Self.headCount, feedForwardSize: 4 * hiddenSize)
    var initializer = ParameterInitializer(seed: 1)
    encoderLayer = TransformerStack(block, .encoder, layerCount: 1, &initializer).preparedForInference
    translator = try Self.translator(block, vocabularySize: Self.vocabularySize)
    // The decoder of the paper without its encoder; a small vocabulary, so that attention is what grows.
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 0, decoderLayerCount: Self.layerCount, vocabularySize: 1000)
    languageModel = LanguageModel(configuration, &initializer).preparedForInference
  }

  private static func translator(
    _ block: BlockConfiguration, vocabularySize: Int
  ) throws -> SequenceGenerator<EncoderDecoder> {
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: layerCount, decoderLayerCount: layerCount, vocabularySize: vocabularySize)
    var initializer = ParameterInitializer(seed: 1)
    return try SequenceGenerator([EncoderDecoder(configuration, &initializer)])
  }

  /// Attention, and a layer of the encoder, on one sequence.
  struct LengthRow: ScalingRow {
    let attentionBytes: Int
    let attentionSeconds: Double
    let layerBytes: Int
    let layerSeconds: Double
    let length: Int

    static let header = ["length", "attention ms", "MB", "layer ms", "MB", "layer µs/token"]
    var cells: [String] {
      [
        "\(length)", attentionSeconds.milliseconds, attentionBytes.megabytes, layerSeconds.milliseconds,
        layerBytes.megabytes, (layerSeconds / Double(length) * 1e6).fixed(1),
      ]
    }
  }

  func length(_ length: Int) -> LengthRow {
    let width = block.hiddenSize
    var random = SplitMix64(seed: 1)
    let projected = Tensor.normal(deviation: 1, [length, 3 * width], using: &random)
    let layout = AttentionLayout(
      queryRanges: [0..<length], keyRanges: [0..<length], headCount: block.headCount,
      headSize: block.headSize, isCausal: false)
    let attention = Measurement.cost(atLeast: 2, spending: budget) {
      let attended = HeedTensor.attention(
        queries: projected.columns(from: 0), keys: projected.columns(from: width),
        values: projected.columns(from: 2 * width), layout, scale: block.attentionScale)
      withExtendedLifetime(attended) {}
    }
    let hidden = Tensor.normal(deviation: 1, [length, width], using: &random)
    let layer = layerCost(hidden)
    return LengthRow(
      attentionBytes: attention.allocatedBytes, attentionSeconds: attention.seconds,
      layerBytes: layer.allocatedBytes, layerSeconds: layer.seconds, length: length)
  }

  private func layerCost(_ hidden: Tensor) -> Measurement.Cost {
    Measurement.cost(atLeast: 2, spending: budget) {
      var context = ForwardContext.inference
      withExtendedLifetime(encoderLayer(hidden, [0..<hidden.shape.rows], &context)) {}
    }
  }

  /// Greedy translation of so many sentences together.
  struct BatchRow: ScalingRow {
    let batch: Int
    let bytes: Int
    let secondsPerStep: Double
    let targetTokensPerSecond: Double

    static let header = ["batch", "ms/step", "target tokens/s", "MB"]
    var cells: [String] {
      ["\(batch)", secondsPerStep.milliseconds, targetTokensPerSecond.fixed(0), bytes.megabytes]
    }
  }

  func batch(_ batch: Int) throws -> BatchRow {
    let extents = TranslationExtents(batch: batch)
    let cost = try cost(of: translator, extents)
    return BatchRow(
      batch: batch, bytes: cost.allocatedBytes, secondsPerStep: cost.seconds / Double(extents.newTokens),
      targetTokensPerSecond: Double(batch * extents.newTokens) / cost.seconds)
  }

  private func cost(
    of generator: SequenceGenerator<EncoderDecoder>, _ extents: TranslationExtents
  ) throws -> Measurement.Cost {
    let work = try TranslationWork(generator, name: "the model", extents)
    return try Measurement.cost(atLeast: 2, spending: budget) { try work.run() }
  }

  /// Greedy translation of one sentence with so large a vocabulary.
  struct VocabularyRow: ScalingRow {
    let bytes: Int
    /// The model's: weights lie packed alone, once.
    let modelBytes: Int
    let secondsPerStep: Double
    let vocabulary: Int

    static let header = ["vocabulary", "ms/step", "MB", "model MB"]
    var cells: [String] {
      ["\(vocabulary)", secondsPerStep.milliseconds, bytes.megabytes, modelBytes.megabytes]
    }
  }

  func vocabulary(_ vocabulary: Int) throws -> VocabularyRow {
    let before = StoragePool.shared.usedByteCount
    let generator = try Self.translator(block, vocabularySize: vocabulary)
    let modelBytes = StoragePool.shared.usedByteCount - before
    let extents = TranslationExtents()
    let cost = try cost(of: generator, extents)
    return VocabularyRow(
      bytes: cost.allocatedBytes, modelBytes: modelBytes,
      secondsPerStep: cost.seconds / Double(extents.newTokens), vocabulary: vocabulary)
  }

  /// One more token behind so many.
  struct PositionRow: ScalingRow {
    let position: Int
    let secondsPerToken: Double

    static let header = ["position", "ms/token"]
    var cells: [String] { ["\(position)", secondsPerToken.milliseconds] }
  }

  func position(_ position: Int) throws -> PositionRow {
    var session = LanguageModelSession(languageModel, prompts: [(0..<position).map { TokenID($0 % 1000) }])
    func step() throws { try session.step(tokens: [0], parents: [0]) { _ in } }
    try step()
    return PositionRow(
      position: position, secondsPerToken: try Measurement.best(of: Self.stepCount) { try step() })
  }

  /// A layer of the encoder, and greedy translation, on so many threads.
  struct ThreadRow: ScalingRow {
    let layerSeconds: Double
    let targetTokensPerSecond: Double
    let threads: Int

    static let header = ["threads", "layer ms", "target tokens/s"]
    var cells: [String] { ["\(threads)", layerSeconds.milliseconds, targetTokensPerSecond.fixed(0)] }
  }

  func threads(_ threads: Int) throws -> ThreadRow {
    let pool = ThreadPool.shared
    let before = pool.threadCount
    pool.setThreadCount(threads)
    defer { pool.setThreadCount(before) }
    var random = SplitMix64(seed: 1)
    let hidden = Tensor.normal(deviation: 1, [Self.threadsLength, block.hiddenSize], using: &random)
    return ThreadRow(
      layerSeconds: layerCost(hidden).seconds,
      targetTokensPerSecond: try batch(Self.threadsBatch).targetTokensPerSecond, threads: threads)
  }
}

extension Double {
  /// Seconds as milliseconds.
  fileprivate var milliseconds: String { (self * 1e3).fixed(2) }
}
