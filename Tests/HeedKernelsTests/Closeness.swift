import CHeedKernels

/// The largest difference, relative to the expected value where that is above 1; infinite if a value is NaN or the
/// counts differ.
func worstError(_ found: [Float], _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var worst = 0.0
  for (value, wanted) in zip(found, expected) where Double(value) != wanted {
    let error = abs(Double(value) - wanted) / max(1, abs(wanted))
    guard error.isFinite else { return .infinity }
    worst = max(worst, error)
  }
  return worst
}

extension GuardedBuffer where Element == Float {
  /// A buffer of numbers between −scale and scale.
  static func random(_ count: Int, _ randomness: inout Randomness, scale: Float = 1, offset: Int = 1)
    -> GuardedBuffer
  {
    let buffer = GuardedBuffer(count: count, offset: offset)
    for index in 0..<count { buffer[index] = Float.random(in: -scale...scale, using: &randomness) }
    return buffer
  }
  /// A buffer of one value.
  static func filled(_ count: Int, _ value: Float, offset: Int = 1) -> GuardedBuffer {
    let buffer = GuardedBuffer(count: count, offset: offset)
    for index in 0..<count { buffer[index] = value }
    return buffer
  }
  var doubles: [Double] { elements.map(Double.init) }
  /// The bits, for comparisons that must be exact.
  var bits: [UInt32] { elements.map(\.bitPattern) }
}
