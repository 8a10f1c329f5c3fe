import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// Training some of a model's parameters, or matrices beside them.
@Suite struct ScopeTests {
  private static func batch(seed: UInt64 = 3) -> ClassificationBatch {
    var random = SplitMix64(seed: seed)
    let texts = (0..<6).map { _ in (0..<5).map { _ in Int32(4 + random.next(below: 90)) }[...] }
    return ClassificationBatch(input: EncoderInput(texts), labels: [0, 1, 2, 0, 1, 2])
  }

  private static func settings(_ change: (inout TrainingScope) -> Void) -> TrainerSettings {
    var settings = TrainerSettings()
    settings.schedule = .constant(rate: 1e-2, warmupSteps: 0, initial: 0)
    settings.labelSmoothing = 0
    change(&settings.scope)
    return settings
  }

  private static func model() throws -> TextEncoder {
    try CheckpointFixture.directory("bert-classification").loadEncoder()
  }

  private static func values(_ model: TextEncoder) -> [String: [Float]] {
    Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.path, $0.value.scalars) })
  }

  private static func loss(_ model: TextEncoder) -> Float {
    var context = ForwardContext.inference
    return batch().loss(of: model, smoothing: 0, scale: 1, &context).loss.scalar
  }

  @Test func whatIsFrozenStays() throws {
    let model = try Self.model()
    let before = Self.values(model)
    var session = TrainingSession(model, Self.settings { $0.frozen = ["embedding", "encoder.blocks.0"] })
    for _ in 0..<3 { #expect(session.take([Self.batch()]).isFinite) }
    let after = Self.values(session.snapshot)
    #expect(Set(after.keys) == Set(before.keys))
    for (path, values) in after {
      let isFrozen = path == "embedding" || path.hasPrefix("encoder.blocks.0.")
      // The key's bias has no gradient worth the name, but the parameter that it is part of has.
      #expect((values == before[path]) == isFrozen, "\(path)")
    }
  }

  /// What is not trained is in no checkpoint, so another model must not be taken for it.
  @Test(arguments: [false, true])
  func aRunOfPartsGoesOnWithTheSameModelAlone(_ hasAdapters: Bool) throws {
    let scratch = try ScratchDirectory()
    var settings = Self.settings {
      $0.frozen = ["encoder"]
      if hasAdapters { $0.adapters = .init(rank: 2, alpha: 4, targets: [.attention]) }
    }
    settings.maximumSteps = 6
    settings.validationInterval = 3
    var examples = ClassificationTask.Examples()
    for (index, range) in Self.batch().input.sequences.ranges.enumerated() {
      examples.texts.append(Self.batch().input.sequences.ids[range])
      examples.labels.append(Int32(index % 3))
    }
    let task = ClassificationTask(
      training: examples, validation: examples, labels: ["a", "b", "c"], text: { "\($0)" })
    let model = try Self.model()
    var whole = try TrainingRun(model, task, tokenBudget: 10, settings)
    let url = scratch.url.appending(path: "state.safetensors")
    _ = try whole.train { event, run in
      if case .checkpoint(let step) = event, step == 3 { try run.save(to: url) }
    }
    var second = try TrainingRun(model, task, tokenBudget: 10, settings)
    try second.resume(from: url)
    #expect(second.state.step == 3)
    _ = try second.train { _, _ in }
    #expect(Self.values(second.session.snapshot) == Self.values(whole.session.snapshot))

    var changed = model
    changed.encoder.blocks[0].feedForward.outer.weight =
      changed.encoder.blocks[0].feedForward.outer.weight * 1.001
    var other = try TrainingRun(changed, task, tokenBudget: 10, settings)
    #expect(throws: TrainingStateError.self) { try other.resume(from: url) }
  }

  @Test(arguments: [[AdapterTarget.attention], [.feedForward], [.attention, .feedForward]])
  func adaptersBeginWithTheModelAndEndMerged(_ targets: [AdapterTarget]) throws {
    let model = try Self.model()
    let before = Self.values(model)
    let settings = Self.settings {
      $0.adapters = .init(rank: 3, alpha: 6, targets: Set(targets))
    }
    var session = TrainingSession(model, settings)
    #expect(abs(Self.loss(session.model) - Self.loss(model)) < 1e-5)
    let first = session.take([Self.batch()]).report.loss
    for _ in 0..<20 { #expect(session.take([Self.batch()]).isFinite) }
    #expect(session.take([Self.batch()]).report.loss < 0.7 * first)

    // What is written computes what was trained, and has the parameters of the model.
    let merged = session.snapshot
    #expect(abs(Self.loss(merged) - Self.loss(session.model.detached)) < 1e-4)
    let after = Self.values(merged)
    #expect(Set(after.keys) == Set(before.keys))
    for (path, values) in after {
      let parts = path.split(separator: ".")
      let isTarget =
        path.hasSuffix(".weight")
        && (targets.contains(.attention) && parts.contains("attention")
          || targets.contains(.feedForward) && parts.contains("feedForward"))
      let isHead = parts.first == "classifier"
      #expect((values != before[path]) == (isTarget || isHead), "\(path)")
    }
    // A rank of 3 at 1 + 1 or 2 layers of each block is far less than the model.
    let trained = session.arena.entries.filter { $0.path.contains(".adapter.") }
    #expect(!trained.isEmpty && trained.allSatisfy { $0.shape.rows == 3 || $0.shape.columns == 3 })
  }

  @Test func lowerLayersLearnMoreSlowly() throws {
    let model = try Self.model()
    let before = Self.values(model)
    func steps(_ decay: Double) -> [String: Float] {
      var session = TrainingSession(model, Self.settings { $0.layerDecay = decay })
      _ = session.take([Self.batch()])
      return Self.values(session.snapshot).mapValues { $0 }.reduce(into: [:]) { steps, entry in
        let old = before[entry.key] ?? []
        steps[entry.key] = zip(entry.value, old).map { abs($0 - $1) }.max() ?? 0
      }
    }
    let (even, decayed) = (steps(1), steps(0.5))
    let layerCount = model.configuration.encoderLayerCount
    // Adam's first step is the rate, whatever the gradient.
    func ratio(_ path: String) throws -> Float { try #require(decayed[path]) / #require(even[path]) }
    #expect(try abs(ratio("classifier.output.weight") - 1) < 1e-3)
    for layer in 0..<layerCount {
      let expected = Float.power(0.5, layerCount - layer)
      #expect(try abs(ratio("encoder.blocks.\(layer).feedForward.outer.weight") - expected) < 1e-2)
    }
    #expect(try abs(ratio("embedding") - Float.power(0.5, layerCount + 1)) < 1e-2)
  }

  /// An adapter's gradients are those of the matrices that it is made of.
  @Test func anAdapterIsAProduct() throws {
    var initializer = ParameterInitializer(seed: 4)
    var linear = Linear(inputs: 6, outputs: 4, &initializer)
    var adapter = LowRankAdapter(linear, rank: 2, alpha: 3, &initializer)
    adapter.up = initializer.normal(deviation: 1, [4, 2])
    linear.adapter = adapter
    let x = initializer.normal(deviation: 1, [5, 6])
    let merged = Part(linear: linear).withAdaptersMerged.linear
    #expect(merged.adapter == nil)
    for activation in Activation.allCases {
      expectClose(linear(x, activation: activation), merged(x, activation: activation), absolute: 1e-5)
    }
  }
}

/// Something with a linear layer in it.
private struct Part: Module {
  var linear: Linear

  mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("linear", &linear)
  }
}

extension Float {
  fileprivate static func power(_ base: Float, _ exponent: Int) -> Float {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
