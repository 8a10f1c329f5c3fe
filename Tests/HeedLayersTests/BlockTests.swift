import HeedLayers
import HeedTensor
import TestSupport
import Testing

/// Blocks against what they are made of.
@Suite struct BlockTests {
  let sequences: [Range<Int>] = [0..<4, 4..<5, 5..<11]
  let x = normalValues([11, 12], seed: 1)
  let memory = normalValues([7, 12], seed: 2)
  let sources: [Range<Int>] = [0..<2, 2..<6, 6..<7]

  /// Parameters that are all random, gains and biases too.
  static func randomised<Part: Module>(_ module: Part) -> Part {
    var copy = module
    var seed: UInt64 = 100
    copy.forEachParameter { _, parameter in
      seed += 1
      parameter = normalValues(parameter.shape, seed: seed, deviation: 0.5)
    }
    return copy
  }

  @Test(arguments: NormPlacement.allCases)
  func anEncoderBlockIsTwoResidualSublayers(_ placement: NormPlacement) {
    var initializer = ParameterInitializer(seed: 1)
    let stack = Self.randomised(
      TransformerStack(ParameterTests.block(placement), .encoder, layerCount: 1, &initializer))
    let block = stack.blocks[0]
    var context = ForwardContext.inference
    func attend(_ input: Tensor) -> Tensor { block.attention(input, sequences, &context) }
    func feedForward(_ input: Tensor) -> Tensor {
      block.feedForward.outer(block.feedForward.inner(input).activated(.relu))
    }
    let expected: Tensor
    switch placement {
    case .after:
      let attended = block.attentionNorm(x + attend(x))
      expected = block.feedForwardNorm(attended + feedForward(attended))
    case .before:
      let attended = x + attend(block.attentionNorm(x))
      expected = attended + feedForward(block.feedForwardNorm(attended))
    }
    var inference = ForwardContext.inference
    let normed = stack.finalNorm?(expected) ?? expected
    expectClose(stack(x, sequences, &inference), normed, absolute: 1e-5)
  }

  @Test(arguments: NormPlacement.allCases)
  func aDecoderBlockIsThreeResidualSublayers(_ placement: NormPlacement) throws {
    var initializer = ParameterInitializer(seed: 1)
    let stack = Self.randomised(
      TransformerStack(ParameterTests.block(placement), .decoderWithMemory, layerCount: 1, &initializer))
    let block = stack.blocks[0]
    let crossAttention = try #require(block.crossAttention)
    let crossAttentionNorm = try #require(block.crossAttentionNorm)
    var context = ForwardContext.inference
    func attend(_ input: Tensor) -> Tensor { block.attention(input, sequences, &context) }
    func ask(_ input: Tensor) -> Tensor {
      crossAttention(input, sequences, projectedMemory: crossAttention.memory(memory), sources, &context)
    }
    func feedForward(_ input: Tensor) -> Tensor { block.feedForward(input, &context) }
    let expected: Tensor
    switch placement {
    case .after:
      let attended = block.attentionNorm(x + attend(x))
      let informed = crossAttentionNorm(attended + ask(attended))
      expected = block.feedForwardNorm(informed + feedForward(informed))
    case .before:
      let attended = x + attend(block.attentionNorm(x))
      let informed = attended + ask(crossAttentionNorm(attended))
      expected = informed + feedForward(block.feedForwardNorm(informed))
    }
    var inference = ForwardContext.inference
    let normed = stack.finalNorm?(expected) ?? expected
    expectClose(stack(x, sequences, memory: memory, sources, &inference), normed, absolute: 1e-5)
  }

  @Test func dropoutIsOnWhileTrainingOnly() {
    var initializer = ParameterInitializer(seed: 1)
    var configuration = ParameterTests.block()
    configuration.dropout = 0.2
    configuration.attentionDropout = 0.2
    configuration.activationDropout = 0.2
    let stack = TransformerStack(configuration, .encoder, layerCount: 1, &initializer)
    func output(_ context: ForwardContext) -> Tensor {
      var context = context
      return stack(x, sequences, &context)
    }
    #expect(sameBits(output(.inference), output(.inference)))
    #expect(sameBits(output(.training(seed: 1)), output(.training(seed: 1))))
    #expect(!sameBits(output(.training(seed: 1)), output(.training(seed: 2))))
    #expect(!sameBits(output(.training(seed: 1)), output(.inference)))
    var context = ForwardContext.training(seed: 1)
    let (first, second) = (context.dropout(0.5), context.dropout(0.5))
    #expect(first.seed != second.seed)
    #expect(context.dropout(0).probability == 0)
  }

  @Test func aRecorderShowsTheWeightsOfEachHead() throws {
    var initializer = ParameterInitializer(seed: 1)
    let stack = Self.randomised(
      TransformerStack(ParameterTests.block(), .decoderWithMemory, layerCount: 5, &initializer))
    let recorder = AttentionRecorder()
    var context = ForwardContext.recording(recorder)
    _ = stack(x, sequences, memory: memory, sources, &context)
    #expect(recorder.layerCount(.decoder) == 5 && recorder.layerCount(.encoder) == 0)
    #expect(recorder.headCount(.cross, layer: 4) == 3 && recorder.headCount(.cross, layer: 5) == 0)
    #expect(recorder.weights(.encoder, layer: 4, head: 0, sequence: 0) == nil)
    for sequence in 0..<3 {
      for head in 0..<3 {
        let causal = try #require(recorder.weights(.decoder, layer: 4, head: head, sequence: sequence))
        let cross = try #require(recorder.weights(.cross, layer: 4, head: head, sequence: sequence))
        #expect(causal.shape == [sequences[sequence].count, sequences[sequence].count])
        #expect(cross.shape == [sequences[sequence].count, sources[sequence].count])
        for weights in [causal, cross] {
          for row in 0..<weights.shape.rows {
            let values = weights.scalars[row * weights.shape.columns..<(row + 1) * weights.shape.columns]
            #expect(abs(values.reduce(0, +) - 1) < 1e-5 && values.allSatisfy { $0 >= 0 })
          }
        }
        for row in 0..<causal.shape.rows {
          for column in row + 1..<max(row + 1, causal.shape.columns) {
            #expect(causal.scalars[row * causal.shape.columns + column] == 0)
          }
        }
      }
    }
  }
}
