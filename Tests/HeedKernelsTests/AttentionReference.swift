import CHeedKernels
import Foundation

/// One attention call with all its buffers: strided as in the packed `[tokens, 3 × hidden]` projection, with guard
/// words in the gaps.
final class AttentionCase {
  typealias Buffer = GuardedBuffer<Float>
  static let gap = 3
  let queryCount, keyCount, headSize: Int
  let causal: Bool
  let probability: Float
  let scale: Float
  let hasBias: Bool
  let queries, keys, values, output, logSums, dOutput, dQueries, dKeys, dValues: Buffer
  /// By distance, no more than there are.
  let bias, dBias: Buffer
  /// What is in the gradients before; they are added to.
  static let before: Float = 0.25

  init(
    _ queryCount: Int, _ keyCount: Int, headSize: Int, causal: Bool = false, probability: Float = 0,
    scale: Float? = nil, amplitude: Float = 1, hasBias: Bool = false, seed: UInt64 = 1
  ) {
    self.queryCount = queryCount
    self.keyCount = keyCount
    self.headSize = headSize
    self.causal = causal
    self.probability = probability
    self.hasBias = hasBias
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    var randomness = Randomness(seed: seed)
    let stride = headSize + Self.gap
    keys = .random(keyCount * stride, &randomness, scale: amplitude, offset: 2)
    values = .random(keyCount * stride, &randomness, offset: 3)
    queries = .random(queryCount * stride, &randomness, scale: amplitude)
    dOutput = .random(queryCount * stride, &randomness)
    output = .init(count: queryCount * stride)
    logSums = .init(count: queryCount)
    dQueries = .filled(queryCount * stride, Self.before)
    dKeys = .filled(keyCount * stride, Self.before, offset: 2)
    dValues = .filled(keyCount * stride, Self.before)
    let distanceCount = causal ? keyCount : max(0, queryCount + keyCount - 1)
    bias = .random(distanceCount, &randomness, scale: amplitude, offset: 3)
    dBias = .filled(distanceCount, Self.before)
  }
  /// The index of distance 0 in `bias`.
  var zeroDistance: Int { (causal ? keyCount : queryCount) - 1 }
  /// The index in `bias` for a query and a key that it sees.
  func biasIndex(_ i: Int, _ j: Int) -> Int {
    zeroDistance + j - i - (causal ? keyCount - queryCount : 0)
  }
  var stride: Int { headSize + Self.gap }
  var job: heed_attention_job {
    heed_attention_job(
      queries: queries.pointer, keys: keys.pointer, values: values.pointer, query_stride: stride,
      key_stride: stride, value_stride: stride, query_count: queryCount, key_count: keyCount,
      head_size: headSize, scale: scale, causal: causal,
      bias: hasBias ? UnsafePointer(bias.pointer + zeroDistance) : nil, dropout_probability: probability,
      dropout_seed: 99)
  }
  func forward() {
    var job = job
    heed_attention(&job, output.pointer, stride, logSums.pointer)
  }
  func backward() {
    var job = job
    heed_attention_gradient(
      &job, output.pointer, dOutput.pointer, stride, logSums.pointer, dQueries.pointer, dKeys.pointer,
      dValues.pointer, hasBias ? dBias.pointer + zeroDistance : nil)
  }
  /// The rows of a buffer without the gaps.
  func rows(_ buffer: Buffer) -> [Float] {
    let elements = buffer.elements
    return (0..<buffer.count / stride).flatMap { elements[$0 * stride..<$0 * stride + headSize] }
  }
  /// Whether the gaps between rows hold `value`, and nothing was written outside of the buffer.
  func gapsHold(_ value: Float, _ buffer: Buffer) -> Bool {
    buffer.guardsAreIntact
      && (0..<buffer.count).allSatisfy { $0 % stride < headSize || buffer[$0] == value }
  }
  var nothingElseIsWritten: Bool {
    gapsHold(Buffer.floatGuard, output) && logSums.guardsAreIntact && dBias.guardsAreIntact
      && [dQueries, dKeys, dValues].allSatisfy { gapsHold(Self.before, $0) }
  }
}

/// The same in double precision, by the formulas.
struct AttentionReference {
  var output, logSums, dQueries, dKeys, dValues, dBias, weights: [Double]

  init(_ test: AttentionCase) {
    let size = test.headSize
    let queries = test.rows(test.queries).map(Double.init)
    let keys = test.rows(test.keys).map(Double.init)
    let values = test.rows(test.values).map(Double.init)
    let gradients = test.rows(test.dOutput).map(Double.init)
    let mask = GuardedBuffer<Float>.filled(test.queryCount * test.keyCount, 1)
    heed_dropout(mask.pointer, mask.pointer, mask.count, test.probability, 99, 0)
    let scale = Double(test.scale)
    output = .init(repeating: 0, count: queries.count)
    logSums = []
    weights = .init(repeating: 0, count: mask.count)
    dQueries = .init(repeating: Double(AttentionCase.before), count: queries.count)
    dKeys = .init(repeating: Double(AttentionCase.before), count: keys.count)
    dValues = dKeys
    dBias = .init(repeating: Double(AttentionCase.before), count: test.bias.count)
    for i in 0..<test.queryCount {
      let visible = test.causal ? max(0, i + 1 + test.keyCount - test.queryCount) : test.keyCount
      var scores = (0..<visible).map { j in
        (0..<size).reduce(0) { $0 + queries[i * size + $1] * keys[j * size + $1] } * scale
          + (test.hasBias ? Double(test.bias[test.biasIndex(i, j)]) : 0)
      }
      let largest = scores.max() ?? 0
      for j in 0..<visible { scores[j] = exp(scores[j] - largest) }
      let sum = scores.reduce(0, +)
      logSums.append(visible > 0 ? largest + log(sum) : -.infinity)
      var slopes: [Double] = []
      var dot = 0.0
      for j in 0..<visible {
        let weight = scores[j] / sum
        let factor = Double(mask[i * test.keyCount + j])
        weights[i * test.keyCount + j] = weight
        var slope = 0.0
        for k in 0..<size {
          output[i * size + k] += weight * factor * values[j * size + k]
          dValues[j * size + k] += weight * factor * gradients[i * size + k]
          slope += gradients[i * size + k] * values[j * size + k]
        }
        slopes.append(slope * factor)
        dot += weight * slope * factor
      }
      for j in 0..<visible {
        let biasSlope = scores[j] / sum * (slopes[j] - dot)
        let slope = scale * biasSlope
        if test.hasBias { dBias[test.biasIndex(i, j)] += biasSlope }
        for k in 0..<size {
          dQueries[i * size + k] += slope * keys[j * size + k]
          dKeys[j * size + k] += slope * queries[i * size + k]
        }
      }
    }
  }
}
