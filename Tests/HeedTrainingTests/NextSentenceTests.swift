import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// Pairs of texts of which the second goes on from the first, or does not.
@Suite struct NextSentenceTests {
  private static let frame: PairFrame = {
    var frame = PairFrame()
    frame.before = .init(tokens: [1], segments: [0])
    frame.between = .init(tokens: [2], segments: [0])
    frame.after = .init(tokens: [2], segments: [1])
    return frame
  }()

  /// Documents whose tokens count upwards, so that each tells its document and its place.
  private static func pairs(_ lengths: [[Int]], length: Int) -> NextSentencePairs {
    var pairs = NextSentencePairs(length: length, frame: frame)
    for (document, lengths) in lengths.enumerated() {
      var next = Int32(1000 * (document + 1))
      pairs.append(
        lengths.map { length in
          defer { next += Int32(length) }
          return (0..<Int32(length)).map { next + $0 }
        })
    }
    return pairs
  }

  @Test(arguments: [
    [[3, 4, 2, 5, 1, 1, 6], [2, 2], [9]], [[30, 1], [1, 30], [1, 1, 1, 1, 1, 1, 1, 1]],
  ])
  func pairsAreStretchesOfDocuments(_ lengths: [[Int]]) {
    let pairs = Self.pairs(lengths, length: 15)
    #expect(pairs.documentCount == lengths.count)
    var next = 0
    let drawn = 4000
    for number in 0..<drawn {
      var random = SplitMix64(seed: UInt64(number))
      let index = number % pairs.count
      let pair = pairs.pair(index, &random)
      #expect(pair.tokens.count == pair.segments.count)
      #expect(pair.tokens.count <= Int(pairs.exampleSizes[index].source) && pair.tokens.count <= 15)
      if pair.isNext { #expect(pair.tokens.count == Int(pairs.exampleSizes[index].source)) }
      // [1] A [2] B [2]
      let first = pair.tokens.dropFirst().prefix { $0 > 2 }
      let second = pair.tokens.dropFirst(first.count + 2).dropLast()
      #expect(pair.tokens == [1] + first + [2] + second + [2])
      #expect(pair.segments == first.map { _ in 0 } + [0, 0] + second.map { _ in 1 } + [1])
      #expect(!first.isEmpty && !second.isEmpty)
      for text in [first, second] {
        #expect(zip(text, text.dropFirst()).allSatisfy { $1 == $0 + 1 }, "a text is torn")
      }
      guard let last = first.last, let start = second.first else { continue }
      #expect((last / 1000 == start / 1000) == pair.isNext, "another document, unless it goes on")
      if pair.isNext {
        #expect(start > last)
        next += 1
      }
    }
    #expect(abs(Double(next) / Double(drawn) - 0.5) < 0.03)
  }

  /// Every sentence of a document that has two belongs to an example.
  @Test func nothingIsLeftOut() {
    let pairs = Self.pairs([[3, 4, 2, 5, 1, 1, 6, 20, 1], [2, 2, 40], [7]], length: 203)
    let whole = Self.pairs([[3, 4, 2, 5, 1, 1, 6, 20, 1], [2, 2, 40], [7]], length: 13)
    #expect(pairs.count == 2 && pairs.exampleSizes.map { Int($0.source) - 3 } == [43, 44])
    // Cut at ten tokens: 3 + 4 + 2 + 5, 1 + 1 + 6 + 20 with the last one, and the second document.
    #expect(whole.exampleSizes.map { Int($0.source) - 3 } == [10, 10, 10])
    #expect(whole.tokenCount == pairs.tokenCount && pairs.tokenCount == 43 + 44 + 7)
  }

  private static func model() throws -> TextEncoder {
    let configuration = try ModelReader.configuration(
      Data(
        """
        {"model_type": "bert", "architectures": ["BertForPreTraining"], "vocab_size": 40, "hidden_size": 16,
        "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 32,
        "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        """.utf8), file: "a test")
    var initializer = ParameterInitializer(seed: 3)
    return TextEncoder(configuration, &initializer)
  }

  private static func task(_ documentCount: Int) -> MaskedLanguageModelTask {
    // Each document keeps to tokens of its own, which gives away what goes on from what.
    func documents(_ seed: UInt64) -> NextSentencePairs {
      var random = SplitMix64(seed: seed)
      var pairs = NextSentencePairs(length: 13, frame: frame)
      for document in 0..<documentCount {
        pairs.append(
          (0..<30).map { _ in (0..<4).map { _ in Int32(5 + document * 5 + random.next(below: 5)) } })
      }
      return pairs
    }
    return MaskedLanguageModelTask(
      training: .pairs(documents(1)), validation: .pairs(documents(2)),
      WordMasking(
        mask: 4, specialTokens: [0, 1, 2, 3], continuesWord: [Bool](repeating: false, count: 40),
        masksWholeWords: false),
      seed: 1, decode: { $0.map { String($0) }.joined(separator: " ") })
  }

  @Test func anEncoderLearnsWhatGoesOn() throws {
    let task = Self.task(7)
    var settings = TrainerSettings()
    settings.schedule = .linear(peak: 1e-2, warmupSteps: 10, initial: 0, totalSteps: 300, floor: 0)
    settings.labelSmoothing = 0
    settings.clipNorm = 1
    settings.maximumSteps = 300
    settings.validationInterval = 300
    var run = try TrainingRun(try Self.model(), task, tokenBudget: 256, settings)
    var last: ValidationReport?
    _ = try run.train { event, _ in if case .validated(let report) = event { last = report } }
    let report = try #require(last)
    #expect(report.scores[.nextSentenceAccuracy] ?? 0 > 85, "\(report.scores)")
  }

  /// The loss of a step is the sum of the mean over the words and the mean over the pairs.
  @Test func theLossIsTheSumOfBothMeans() throws {
    let (task, model) = (Self.task(6), try Self.model())
    let batch = task.batch([0, 1, 2, 5, 6], epoch: 0)
    let next = try #require(batch.nextLabels)
    var context = ForwardContext.inference
    let whole = batch.loss(of: model, smoothing: 0, scale: 1 / Float(batch.labelCount), &context)
    let states = model(batch.input.sequences, segmentIDs: batch.input.segmentIDs, &context)
    let words = model.maskedLoss(
      states: states, labels: batch.labels, smoothing: 0, scale: 1 / Float(batch.labelCount))
    let logits = model.nextSentenceLogits(states, batch.input.sequences).softmax().scalars
    let pairs = next.indices.reduce(Float(0)) { $0 - Float.logarithm(logits[2 * $1 + Int(next[$1])]) }
    let expected = words.loss.scalar + pairs / Float(next.count)
    #expect(abs(whole.loss.scalar - expected) < 1e-5)
    #expect(abs(whole.lossSum / Double(whole.labelCount) - Double(expected)) < 1e-5)
  }
}
