import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// What must hold of every task: it can be learned, and a run that was stopped goes on as if it had not been.
@Suite struct TaskTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static func settings(steps: Int, rate: Double = 3e-3) -> TrainerSettings {
    var settings = TrainerSettings()
    settings.schedule = .linear(peak: rate, warmupSteps: 5, initial: 0, totalSteps: steps, floor: 0)
    settings.labelSmoothing = 0
    settings.clipNorm = 1
    settings.maximumSteps = steps
    settings.validationInterval = steps
    return settings
  }

  /// The losses of a run and its last validation.
  private func train<Task: TrainingTask>(
    _ run: inout TrainingRun<Task>, stopAfter: Int? = nil
  ) throws -> (losses: [Double], last: ValidationReport?) {
    var losses: [Double] = []
    var last: ValidationReport?
    let stop = StopFlag()
    let url = scratch.url.appending(path: "state.safetensors")
    _ = try run.train(stop: stop) { event, run in
      switch event {
      case .step(let report):
        losses.append(report.loss)
        if report.step == stopAfter { stop.raise() }
      case .validated(let report): last = report
      case .checkpoint: try run.save(to: url)
      case .skipped: Issue.record("a step was not finite")
      }
    }
    return (losses, last)
  }

  private func check<Task: TrainingTask>(
    _ model: Task.Model, _ task: Task, steps: Int = 60, rate: Double = 3e-3, tokenBudget: Int = 128,
    learnedWhen isLearned: (ValidationReport) -> Bool
  ) throws {
    let settings = Self.settings(steps: steps, rate: rate)
    var whole = try TrainingRun(model, task, tokenBudget: tokenBudget, settings)
    let expected = try train(&whole)
    let last = try #require(expected.last)
    #expect(isLearned(last), "\(last.loss) \(last.scores)")
    #expect(last.loss < expected.losses[0])

    var first = try TrainingRun(model, task, tokenBudget: tokenBudget, settings)
    var losses = try train(&first, stopAfter: 7).losses
    var second = try TrainingRun(model, task, tokenBudget: tokenBudget, settings)
    try second.resume(from: scratch.url.appending(path: "state.safetensors"))
    losses += try train(&second).losses
    #expect(losses.map(\.bitPattern) == expected.losses.map(\.bitPattern))
    #expect(second.session.arena.values.scalars == whole.session.arena.values.scalars)
  }

  // MARK: Text that follows a rule

  /// 0, 1, 2, …, 9, 0, 1, …
  private static func digits(_ count: Int, from first: Int = 0) -> [Int32] {
    (first..<first + count).map { Int32($0 % 10 + 5) }
  }

  /// One digit again and again: its neighbours tell a hidden one.
  private static func repeated(_ count: Int, _ texts: Range<Int>) -> [[Int32]] {
    texts.map { [Int32](repeating: Int32($0 % 10 + 5), count: count) }
  }

  private static func configuration(_ fields: String) throws -> TransformerConfiguration {
    try ModelReader.configuration(Data(fields.utf8), file: "config.json")
  }

  @Test func aLanguageModelLearnsToCount() throws {
    let configuration = try Self.configuration(
      #"{"model_type": "gpt2", "vocab_size": 20, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16}"#
    )
    var initializer = ParameterInitializer(seed: 1)
    let task = LanguageModelTask(
      training: Self.digits(500), validation: Self.digits(50, from: 3), contextLength: 12, seed: 1)
    try check(LanguageModel(configuration, &initializer), task, steps: 120) { $0.loss < 0.5 }
  }

  @Test func aLanguageModelIsJudgedByEachTokenOnce() throws {
    let configuration = try Self.configuration(
      #"{"model_type": "gpt2", "vocab_size": 20, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64}"#
    )
    var initializer = ParameterInitializer(seed: 1)
    let model = LanguageModel(configuration, &initializer)
    let text = Self.digits(31)
    let loss = try LanguageModelTask(training: text, validation: text, contextLength: 8, seed: 1).validate(
      model
    ).loss
    // The same windows, by hand: 30 labels.
    var sum = 0.0
    for start in stride(from: 0, to: 30, by: 8) {
      let window = text[start...min(start + 8, 30)]
      var context = ForwardContext.inference
      sum +=
        model.loss(
          TokenSequences([window.dropLast()]), labels: Array(window.dropFirst()), smoothing: 0, scale: 1,
          &context
        ).negativeLogLikelihoodSum
    }
    #expect(abs(loss - sum / 30) < 1e-9)
  }

  /// Wherever an epoch cuts the text, its windows lie in it, and other epochs cut elsewhere.
  @Test(arguments: [2, 9, 10, 11, 100, 101])
  func windowsLieInTheText(_ count: Int) {
    let task = LanguageModelTask(
      training: (0..<Int32(count)).map { $0 }, validation: [0, 1], contextLength: 9, seed: 5)
    var starts: Set<Int32> = []
    for epoch in 0..<20 {
      let batch = task.batch(Array(task.exampleSizes.indices), epoch: epoch)
      #expect(batch.labels == batch.sequences.ids.map { $0 + 1 })
      #expect(batch.labels.allSatisfy { $0 < count })
      starts.insert(batch.sequences.ids[0])
    }
    #expect(count < 20 || starts.count > 3)
  }

  private static func encoder(head: String) throws -> TextEncoder {
    let configuration = try configuration(
      """
      {"model_type": "bert", "architectures": ["\(head)"], "vocab_size": 20, "hidden_size": 16,
      "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 32,
      "id2label": {"0": "even", "1": "odd"}}
      """)
    var initializer = ParameterInitializer(seed: 3)
    return TextEncoder(configuration, &initializer)
  }

  @Test func anEncoderLearnsToFillIn() throws {
    func store(_ texts: Range<Int>) -> TokenStore {
      TokenStore(Self.repeated(8, texts).map { [2] + $0 + [3] })
    }
    let task = MaskedLanguageModelTask(
      training: .sequences(store(0..<60)), validation: .sequences(store(7..<17)),
      WordMasking(
        mask: 4, specialTokens: [0, 1, 2, 3], continuesWord: [Bool](repeating: false, count: 20),
        masksWholeWords: false),
      seed: 1, decode: { $0.map { String($0) }.joined(separator: " ") })
    try check(try Self.encoder(head: "BertForMaskedLM"), task, steps: 300, rate: 1e-2) { $0.loss < 1 }
  }

  @Test func anEncoderDecoderLearnsToWriteWhatIsMissing() throws {
    let configuration = try Self.configuration(
      """
      {"model_type": "t5", "vocab_size": 30, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2,
      "dropout_rate": 0.0}
      """)
    var initializer = ParameterInitializer(seed: 3)
    let model = EncoderDecoder(configuration, &initializer)
    let task = SpanCorruptionTask(
      training: TokenStore(Self.repeated(12, 0..<60)), validation: TokenStore(Self.repeated(12, 7..<17)),
      SpanCorruption(sentinels: [20, 21, 22, 23]),
      .init(configuration), seed: 1)
    for (index, size) in task.exampleSizes.enumerated() {
      let batch = task.batch([index], epoch: 0)
      #expect(batch.sourceTokenCount == Int(size.source) && batch.labelCount == Int(size.target))
    }
    try check(model, task, steps: 300, rate: 1e-2) { $0.loss < 1 }
  }

  @Test func anEncoderLearnsLabels() throws {
    func examples(_ count: Int, _ seed: UInt64) -> ClassificationTask.Examples {
      var random = SplitMix64(seed: seed)
      var examples = ClassificationTask.Examples()
      for _ in 0..<count {
        let token = Int32(5 + random.next(below: 10))
        examples.texts.append([2, token, 3])
        examples.labels.append(token % 2)
      }
      return examples
    }
    let task = ClassificationTask(
      training: examples(80, 1), validation: examples(20, 2), labels: ["even", "odd"], text: { "\($0)" })
    try check(try Self.encoder(head: "BertForSequenceClassification"), task, steps: 100) {
      $0.scores[.accuracy] == 100 && $0.scores[.f1] == 100
    }
  }

  @Test func anEncoderLearnsToPoint() throws {
    func examples(_ count: Int, _ seed: UInt64) -> QuestionAnsweringTask.Examples {
      var random = SplitMix64(seed: seed)
      var examples = QuestionAnsweringTask.Examples()
      for _ in 0..<count {
        // The answer is what stands between two marks.
        let (before, length) = (random.next(below: 4), 1 + random.next(below: 2))
        let filler = (0..<4 - before).map { _ in Int32(10) }
        let window: [Int32] =
          [2] + [Int32](repeating: 10, count: before) + [5] + [Int32](repeating: 12, count: length) + [6]
          + filler
        examples.windows.append(window)
        examples.ends += [Int32(before + 2), Int32(before + 1 + length)]
      }
      return examples
    }
    let task = QuestionAnsweringTask(training: examples(80, 1), validation: examples(20, 2))
    try check(try Self.encoder(head: "BertForQuestionAnswering"), task, steps: 150) { $0.loss < 0.3 }
  }

  @Test func anEncoderLearnsWhatBelongsTogether() throws {
    func pairs(_ seed: UInt64) -> SentenceEmbeddingTask.Pairs {
      var random = SplitMix64(seed: seed)
      var pairs = SentenceEmbeddingTask.Pairs()
      for token in 5..<12 {
        let (first, second) = (Int32(token), Int32(token + 7))
        let filler = (0..<random.next(below: 3)).map { _ in Int32(19) }
        pairs.first.append([2, first] + filler + [3])
        pairs.second.append([2] + filler + [second, 3])
      }
      return pairs
    }
    let task = SentenceEmbeddingTask(
      training: pairs(1), validation: pairs(2), temperature: 0.1, text: { ("\($0)", "\($0)") })
    try check(try Self.encoder(head: "BertModel"), task, steps: 300, rate: 1e-2) {
      ($0.scores[.accuracy] ?? 0) > 80
    }
  }
}
