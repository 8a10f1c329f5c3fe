import HeedLayers
import HeedTensor

/// A kind of layer of the paper's Table 1, as Heed has it.
package enum LayerKind: String, Codable, CaseIterable, Sendable {
  /// Attention of 8 heads from the queries, keys and values on, as the table counts it: scores and weighted sums.
  case attention
  /// The same with the projections to queries, keys and values and from the heads: what a model has.
  case selfAttention = "self-attention"
  /// Long short-term memory, in one direction.
  case lstm
  /// Gated recurrent units, in one direction.
  case gru
  /// A convolution of three tokens with a gated linear unit.
  case convolution

  /// What it is called in a report.
  package var title: String {
    switch self {
    case .attention: "attention alone"
    case .selfAttention: "self-attention with projections"
    case .lstm: "LSTM"
    case .gru: "GRU"
    case .convolution: "convolution of \(Self.kernelSize)"
    }
  }

  /// The kernel of the convolution.
  package static let kernelSize = 3
  /// The heads of attention.
  package static let headCount = 8

  /// What the multiply-adds of a forward pass are made of, without those of biases, softmax and gates: the factors of n²·d
  /// and of n·d², n being the tokens of the sequence and d the width.
  package var workFactors: (quadratic: Int, linear: Int) {
    switch self {
    case .attention: (2, 0)
    case .selfAttention: (2, 4)
    case .lstm: (0, 2 * RecurrentCell.lstm.gateCount)
    case .gru: (0, 2 * RecurrentCell.gru.gateCount)
    case .convolution: (0, 2 * Self.kernelSize)
    }
  }

  /// The multiply-adds of a forward pass over a sequence.
  ///
  /// - Parameters:
  ///   - length: Its tokens, n.
  ///   - width: The width of the layer, d.
  /// - Returns: Their number.
  package func multiplyAdds(length: Int, width: Int) -> Int {
    let factors = workFactors
    return (factors.quadratic * length + factors.linear * width) * length * width
  }

  /// The complexity for each layer, the sequential operations and the greatest path length, as Table 1 has them.
  package var published: (complexity: String, sequential: String, path: String) {
    switch self {
    case .attention, .selfAttention: ("O(n²·d)", "O(1)", "O(1)")
    case .lstm, .gru: ("O(n·d²)", "O(n)", "O(n)")
    case .convolution: ("O(k·n·d²)", "O(1)", "O(log_k(n))")
    }
  }
}

/// What a layer took for one sequence.
package struct LayerTime: Codable, Hashable, Sendable {
  /// The tokens of the sequence.
  package var length: Int
  /// Seconds of a forward pass as when a model runs, with its weights packed; the median.
  package var forward: Double
  /// Seconds of a forward pass and the backward pass after it, with gradients of input and weights; the median.
  package var both: Double

  /// Times at a length.
  package init(length: Int, forward: Double, both: Double) {
    self.length = length
    self.forward = forward
    self.both = both
  }
}

/// The times of one kind of layer at one width.
package struct LayerTimes: Codable, Hashable, Sendable {
  /// The kind.
  package var kind: LayerKind
  /// The width of input and result.
  package var width: Int
  /// The times by length.
  package var times: [LayerTime]

  /// Times of a kind of layer.
  package init(kind: LayerKind, width: Int, times: [LayerTime]) {
    self.kind = kind
    self.width = width
    self.times = times
  }
}

/// What is measured of layers.
package struct LayerTimeOptions: Codable, Hashable, Sendable {
  /// The widths; multiples of the number of heads, and even.
  package var widths = [128, 512]
  /// The lengths of the sequence.
  package var lengths = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096]
  /// The least number of repetitions that a median is taken of.
  package var repetitions = 3
  /// Repetitions go on until they have taken so many seconds.
  package var seconds = 0.2

  /// The usual ones.
  package init() {}
}

extension LayerTimes {
  /// Measures one kind of layer.
  ///
  /// - Parameters:
  ///   - kind: The kind.
  ///   - width: The width.
  ///   - options: At which lengths, and how often.
  ///   - isInterrupted: Whether to stop.
  /// - Returns: The times.
  /// - Throws: `RecallInterruption`.
  static func measure(
    _ kind: LayerKind, width: Int, _ options: LayerTimeOptions, isInterrupted: () -> Bool
  ) throws -> LayerTimes {
    let layer = TimedLayer(kind, width: width)
    let times = try options.lengths.map { length in
      var random = SplitMix64(seed: UInt64(length))
      let input = Tensor.normal(deviation: 1, [length, layer.inputWidth], using: &random)
      let forward = try median(options, isInterrupted) { withExtendedLifetime(layer.run(input)) {} }
      // The input needs a gradient too: a layer stands on others.
      let both = try median(options, isInterrupted) { layer.train(input.asParameter()) }
      return LayerTime(length: length, forward: forward, both: both)
    }
    return LayerTimes(kind: kind, width: width, times: times)
  }

  private static func median(
    _ options: LayerTimeOptions, _ isInterrupted: () -> Bool, _ body: () -> Void
  ) throws -> Double {
    // Once without a clock: memory is fresh, and threads are asleep.
    body()
    var found: [Double] = []
    var total = 0.0
    while found.count < max(1, options.repetitions) || total < options.seconds {
      guard !isInterrupted() else { throw RecallInterruption() }
      let start = ContinuousClock.now
      body()
      let time = (ContinuousClock.now - start).components
      let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
      found.append(seconds)
      total += seconds
      if found.count >= mostRepetitions { break }
    }
    return found.median
  }

  /// More do not make a median better.
  private static let mostRepetitions = 1000
}

extension [Double] {
  /// The value in the middle, or the mean of the two; 0 without values.
  package var median: Double {
    guard !isEmpty else { return 0 }
    let sorted = sorted()
    let middle = count / 2
    return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}

/// A layer to be timed, once as it runs and once as it is trained.
private struct TimedLayer {
  /// What a kind of layer is made of.
  private enum Parts {
    case attention
    case selfAttention(SelfAttention)
    case recurrent(RecurrentLayer)
    case convolution(ConvolutionBlock)
  }

  let inputWidth: Int
  private let block: BlockConfiguration
  private let running: Parts
  private let trained: Parts

  init(_ kind: LayerKind, width: Int) {
    block = BlockConfiguration(
      hiddenSize: width, headCount: LayerKind.headCount, feedForwardSize: width, dropout: 0)
    inputWidth = kind == .attention ? 3 * width : width
    var initializer = ParameterInitializer(seed: 1)
    switch kind {
    case .attention: (running, trained) = (.attention, .attention)
    case .selfAttention:
      let layer = SelfAttention(block, .encoder, layer: 0, &initializer)
      (running, trained) = (
        .selfAttention(layer.preparedForInference), .selfAttention(Self.trainable(layer))
      )
    case .lstm, .gru:
      let cell: RecurrentCell = kind == .lstm ? .lstm : .gru
      let layer = RecurrentLayer(cell, inputs: width, hiddenSize: width, &initializer)
      (running, trained) = (.recurrent(layer.preparedForInference), .recurrent(Self.trainable(layer)))
    case .convolution:
      let layer = ConvolutionBlock(
        hiddenSize: width, width: LayerKind.kernelSize, isCausal: false, dropout: 0, &initializer)
      (running, trained) = (.convolution(layer.preparedForInference), .convolution(Self.trainable(layer)))
    }
  }

  private static func trainable<Part: Module>(_ part: Part) -> Part {
    var part = part
    part.forEachParameter { $1 = $1.asParameter() }
    return part
  }

  func run(_ input: Tensor) -> Tensor { output(running, input) }

  func train(_ input: Tensor) { output(trained, input).sum().backward() }

  private func output(_ parts: Parts, _ input: Tensor) -> Tensor {
    let sequences = [0..<input.shape.rows]
    var context = ForwardContext.inference
    switch parts {
    case .attention:
      let width = block.hiddenSize
      let layout = AttentionLayout(
        queryRanges: sequences, keyRanges: sequences, headCount: block.headCount, headSize: block.headSize,
        isCausal: false)
      return HeedTensor.attention(
        queries: input.columns(from: 0), keys: input.columns(from: width),
        values: input.columns(from: 2 * width), layout, scale: block.attentionScale)
    case .selfAttention(let layer): return layer(input, sequences, &context)
    case .recurrent(let layer): return layer.hidden(layer(input, sequences))
    case .convolution(let layer): return layer(input, sequences, &context)
    }
  }
}
