#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `value` with `width` decimals, correctly rounded from the exact binary value as C and Python do.
///
/// - Precondition: `width` is not negative.
func decimal(_ value: Double, _ width: Int) -> String {
  precondition(width >= 0, "A number cannot be printed with \(width) decimals.")
  // More decimals than a Double has would only print zeros.
  let digits = Int32(min(width, 1_100))
  let length = withVaList([digits, value]) { vsnprintf(nil, 0, "%.*f", $0) }
  guard length >= 0 else { return "\(value)" }
  var buffer = [CChar](repeating: 0, count: Int(length) + 1)
  _ = withVaList([digits, value]) { vsnprintf(&buffer, buffer.count, "%.*f", $0) }
  return String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The natural logarithm, with a huge negative number at zero so that a geometric mean with a zero in it is zero.
func flooredLogarithm(_ value: Double) -> Double { value == 0 ? -9_999_999_999 : log(value) }

/// The natural logarithm of 2.
let naturalLogarithmOf2 = log(2.0)

/// e to the power of `value`.
func exponential(_ value: Double) -> Double { exp(value) }
