import HeedTensor

/// How self-attention itself knows where tokens stand; the paper's attention does not, and learns it from embeddings.
public enum AttentionPositions: Sendable, Hashable {
  /// It does not.
  case none
  /// Queries and keys are rotated by angles that grow with the position.
  case rotary(RotaryPositions)
  /// A learned number is added to each score, by the distance of the two tokens.
  case relative(RelativePositions)
}

/// Rotary positions: the pairs of columns of a head turn by position × frequency (Su et al. 2021, section 3.2).
public struct RotaryPositions: Sendable, Hashable {
  /// Pair i turns by base^(−2i/dimension) radians a position; the paper takes 10000.
  public var base: Double
  /// How many columns of a head turn; the others stay as they are.
  public var dimension: Int
  /// How a model was stretched to longer texts.
  public var scaling: Scaling
  /// Which columns form a pair.
  public var layout: RotaryLayout

  /// How the frequencies of a model change that was stretched to longer texts.
  public enum Scaling: Sendable, Hashable {
    /// They do not.
    case none
    /// All are divided.
    case linear(factor: Float)
    /// Those of long waves are divided, those of short ones kept, those between blended (Llama 3.1).
    case llama3(factor: Float, low: Float, high: Float, originalLength: Int)
    /// Each is divided by a number of its own.
    case divisors([Float])
  }

  /// Describes rotations.
  public init(
    base: Double, dimension: Int, scaling: Scaling = .none, layout: RotaryLayout = .halves
  ) {
    precondition(dimension > 0 && dimension.isMultiple(of: 2), "pairs of \(dimension) columns")
    self.base = base
    self.dimension = dimension
    self.scaling = scaling
    self.layout = layout
  }

  /// The radians of each pair at position 1, `[dimension / 2]`.
  public var frequencies: [Float] {
    // In float32, as the reference computes them: the last bits of a frequency count at far positions.
    let frequencies = stride(from: 0, to: dimension, by: 2).map { index in
      1 / Float(Double.power(base, Double(Float(index) / Float(dimension))))
    }
    switch scaling {
    case .none: return frequencies
    case .linear(let factor): return frequencies.map { $0 / factor }
    case .divisors(let divisors): return zip(frequencies, divisors).map { $0 / $1 }
    case .llama3(let factor, let low, let high, let originalLength):
      let length = Float(originalLength)
      return frequencies.map { frequency in
        let wavelength = 2 * Float.pi / frequency
        if wavelength < length / high { return frequency }
        if wavelength > length / low { return frequency / factor }
        let smooth = (length / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    }
  }
}

/// Relative positions: a number for each head and bucket of distances, added to the scores (Raffel et al. 2020, section
/// 2.1).
///
/// The numbers are shared by all layers of a stack.
public struct RelativePositions: Sendable, Hashable {
  /// How many buckets there are.
  public var bucketCount: Int
  /// From this distance on there is one bucket.
  public var maximumDistance: Int

  /// Describes buckets.
  public init(bucketCount: Int, maximumDistance: Int) {
    self.bucketCount = bucketCount
    self.maximumDistance = maximumDistance
  }

  /// The bucket of a key that stands `distance` positions behind its query (before it, where negative).
  ///
  /// Half of the buckets are for one distance each, the others for ranges that grow with the logarithm. Where attention
  /// looks both ways, half of all are for keys behind the query.
  public func bucket(of distance: Int, isCausal: Bool) -> Int32 {
    let count = isCausal ? bucketCount : bucketCount / 2
    let start = !isCausal && distance > 0 ? count : 0
    let length = isCausal ? max(0, -distance) : abs(distance)
    let exact = count / 2
    guard length >= exact else { return Int32(start + length) }
    // In float32, as the reference computes it: buckets end at the same distances.
    let ratio = Float.logarithm(Float(length) / Float(max(1, exact)))
    let span = Float(Double.logarithm(Double(maximumDistance) / Double(max(1, exact))))
    let large = exact + Int(ratio / span * Float(count - exact))
    return Int32(start + min(large, count - 1))
  }

  /// The buckets of the distances `first...last`.
  func buckets(_ distances: ClosedRange<Int>, isCausal: Bool) -> [Int32] {
    distances.map { bucket(of: $0, isCausal: isCausal) }
  }
}
