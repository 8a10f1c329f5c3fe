import HeedLayers
import HeedTensor
import TestSupport
import Testing

/// The list of parameters, the arena, and what is made of it.
@Suite struct ParameterTests {
  static func block(_ placement: NormPlacement = .after) -> BlockConfiguration {
    BlockConfiguration(
      hiddenSize: 12, headCount: 3, feedForwardSize: 20, normPlacement: placement, dropout: 0)
  }

  static func stack(_ placement: NormPlacement = .after, seed: UInt64 = 1) -> TransformerStack {
    var initializer = ParameterInitializer(seed: seed)
    return TransformerStack(block(placement), .encoder, layerCount: 2, &initializer)
  }

  @Test func parametersAreNamedByTheirPlace() {
    let paths = Self.stack().parameters.map(\.path)
    #expect(
      paths.prefix(12) == [
        "blocks.0.attention.projection.weight", "blocks.0.attention.projection.bias",
        "blocks.0.attention.output.weight", "blocks.0.attention.output.bias", "blocks.0.attentionNorm.weight",
        "blocks.0.attentionNorm.bias", "blocks.0.feedForward.inner.weight", "blocks.0.feedForward.inner.bias",
        "blocks.0.feedForward.outer.weight", "blocks.0.feedForward.outer.bias",
        "blocks.0.feedForwardNorm.weight",
        "blocks.0.feedForwardNorm.bias",
      ])
    #expect(paths.count == 24)
    let preNorm = Self.stack(.before).parameters.map(\.path)
    #expect(preNorm.suffix(2) == ["finalNorm.weight", "finalNorm.bias"])
    // Of each layer: 4 h² + 4 h for attention, 2 h f + h + f for the network, 4 h for its norms.
    #expect(Self.stack().parameterCount == 2 * (4 * 144 + 48 + 2 * 240 + 32 + 48))
  }

  @Test func stackedProjectionsAreInitialisedForThemselves() {
    let weight = Self.stack().blocks[0].attention.projection.weight.scalars
    let limit = (6 / Float(24)).squareRoot()
    #expect(weight.count == 3 * 144)
    #expect(weight.allSatisfy { abs($0) <= limit } && weight.contains { abs($0) > 0.97 * limit })
    var initializer = ParameterInitializer(seed: 3)
    let single = Linear(inputs: 12, outputs: 36, &initializer)
    let narrow = (6 / Float(48)).squareRoot()
    #expect(single.weight.scalars.allSatisfy { abs($0) <= narrow })
    #expect(single.bias?.scalars == [Float](repeating: 0, count: 36))
    #expect(Linear(inputs: 2, outputs: 2, hasBias: false, &initializer).bias == nil)
  }

  @Test func seedsDecideTheFirstValues() {
    let (one, again, other) = (Self.stack(seed: 1), Self.stack(seed: 1), Self.stack(seed: 2))
    for ((a, b), c) in zip(zip(one.parameters, again.parameters), other.parameters) {
      #expect(sameBits(a.value, b.value), "\(a.path)")
      if a.path.hasSuffix("projection.weight") { #expect(!sameBits(a.value, c.value), "\(a.path)") }
    }
    var placeholder = ParameterInitializer.placeholder
    let hollow = placeholder.xavier([2, 2])
    #expect(hollow.shape == [2, 2] && !hollow.isUnpacked)
  }

  @Test func anArenaHoldsValuesAndGradients() throws {
    var model = Self.stack()
    let before = model.parameters.map(\.value.scalars)
    let arena = ParameterArena(adopting: &model)
    #expect(arena.entries.map(\.path) == model.parameters.map(\.path))
    #expect(arena.values.shape == arena.gradients.shape)
    var end = 0
    for ((entry, parameter), values) in zip(zip(arena.entries, model.parameters), before) {
      #expect(entry.offset >= end && entry.offset.isMultiple(of: 16), "\(entry.path)")
      end = entry.offset + entry.shape.count
      #expect(parameter.value.scalars == values, "\(entry.path)")
      #expect(parameter.value.requiresGradient && parameter.value.gradient?.shape == entry.shape)
      #expect(arena.view(entry, in: arena.values).scalars == values, "\(entry.path)")
    }
    #expect(end <= arena.values.count)

    // What is written into the block is what the model computes with, and its gradients arrive in the other block.
    arena.values.fill(0.25)
    arena.clearGradients()
    #expect(model.parameters.allSatisfy { $0.value.scalars.allSatisfy { $0 == 0.25 } })
    let last = try #require(arena.entries.last)
    let bias = try #require(model.blocks[1].feedForwardNorm.bias)
    (bias * 3).sum().backward()
    #expect(arena.view(last, in: arena.gradients).scalars == [Float](repeating: 3, count: 12))
    #expect(arena.gradients.scalars.reduce(0, +) == 36)
    arena.clearGradients()
    #expect(arena.gradients.scalars.allSatisfy { $0 == 0 })
  }

  @Test(arguments: NormPlacement.allCases)
  func anArenaChangesNoGradient(_ placement: NormPlacement) {
    var apart = Self.stack(placement)
    apart.forEachParameter { $1 = $1.asParameter() }
    var together = Self.stack(placement)
    let arena = ParameterArena(adopting: &together)
    let x = normalValues([9, 12], seed: 5)
    for model in [apart, together] {
      var context = ForwardContext.inference
      let output = model(x, [0..<4, 4..<9], &context)
      (output * normalValues([9, 12], seed: 6)).sum().backward()
    }
    for ((path, value), entry) in zip(apart.parameters, arena.entries) {
      #expect(value.gradient?.scalars == arena.view(entry, in: arena.gradients).scalars, "\(path)")
    }
  }

  @Test func preparedModelsComputeTheSame() {
    let model = Self.stack(.before)
    let x = normalValues([9, 12], seed: 5)
    var context = ForwardContext.inference
    let expected = model(x, [0..<4, 4..<9], &context)
    #expect(sameBits(model.preparedForInference(x, [0..<4, 4..<9], &context), expected))
    var trained = model
    _ = ParameterArena(adopting: &trained)
    let output = trained(x, [0..<4, 4..<9], &context)
    #expect(output.requiresGradient && sameBits(output, expected))
    #expect(!trained.detached(x, [0..<4, 4..<9], &context).requiresGradient)
  }
}
