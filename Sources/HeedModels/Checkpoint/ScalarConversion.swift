/// Conversions between the floating-point types of files, one number at a time.
///
/// Written with integers because `Float16` is not available on every machine that Swift runs on.
package enum ScalarConversion {
  /// IEEE half precision to single, exactly; a NaN stays one and keeps its payload.
  package static func halfToFloat(_ half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      // Zero or subnormal: fraction × 2⁻²⁴, which single precision holds exactly.
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// bfloat16 to single, exactly.
  package static func bfloat16ToFloat(_ value: UInt16) -> Float {
    Float(bitPattern: UInt32(value) << 16)
  }
}
