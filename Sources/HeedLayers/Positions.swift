import HeedTensor

/// The sinusoids of section 3.5 of the paper, as the families lay them out.
///
/// All hold the sines in the first half of the columns and the cosines in the second; that is the paper's table with its
/// columns in another order.
public enum SinusoidalPositions: String, Sendable, Codable, CaseIterable {
  /// Wavelengths 10000^(2i/d), as in the paper; positions count from 0. Marian.
  case paper
  /// Wavelengths 10000^(i/(d/2 − 1)), as tensor2tensor and fairseq have it; an odd width ends with a zero. M2M100.
  case inclusive

  /// Rows `0..<length` of the table, `[length, hiddenSize]`.
  public func table(length: Int, hiddenSize: Int) -> Tensor {
    let half = hiddenSize / 2
    let sines = self == .paper ? hiddenSize - half : half
    var values = [Float](repeating: 0, count: length * hiddenSize)
    let wavelengths = (0..<sines).map { index -> Double in
      let exponent =
        switch self {
        case .paper: 2 * Double(index) / Double(hiddenSize)
        case .inclusive: Double(index) / Double(max(1, half - 1))
        }
      return Double.power(10_000, exponent)
    }
    for position in 0..<length {
      for index in 0..<sines {
        let angle = Double(position) / wavelengths[index]
        values[position * hiddenSize + index] = Float(Double.sine(angle))
        if index < half { values[position * hiddenSize + sines + index] = Float(Double.cosine(angle)) }
      }
    }
    return Tensor(values, [length, hiddenSize])
  }
}
