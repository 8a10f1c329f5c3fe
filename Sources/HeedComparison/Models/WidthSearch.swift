/// Finds the width that makes a model about as large as another.
package enum WidthSearch {
  /// The most that widths are tried up to.
  private static var largestWidth: Int { 1 << 16 }

  /// The width, a multiple of `step`, whose number of parameters is nearest to a goal; the smaller one of two that are
  /// equally near.
  ///
  /// - Parameters:
  ///   - goal: The number of parameters.
  ///   - step: What the width is a multiple of.
  ///   - count: The number for a width; it grows with it.
  /// - Returns: The width.
  /// - Throws: What `count` throws.
  package static func width(nearest goal: Int, step: Int, _ count: (Int) throws -> Int) rethrows -> Int {
    // More width is more parameters, so that the place between too few and too many can be halved.
    var (low, high) = (1, 2)
    while high * step < largestWidth, try count(high * step) < goal { (low, high) = (high, 2 * high) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if try count(middle * step) < goal { low = middle } else { high = middle }
    }
    let (below, above) = (try count(low * step), try count(high * step))
    return (abs(above - goal) < abs(below - goal) ? high : low) * step
  }
}
