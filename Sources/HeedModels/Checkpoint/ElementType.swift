/// The type of a stored tensor's elements, named as safetensors and GGUF name it.
///
/// All are stored little-endian, without padding between elements.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  /// IEEE double precision.
  case float64 = "F64"
  /// IEEE single precision.
  case float32 = "F32"
  /// IEEE half precision.
  case float16 = "F16"
  /// The upper half of a single-precision number.
  case bfloat16 = "BF16"
  /// Signed, 64 bits.
  case int64 = "I64"
  /// Signed, 32 bits.
  case int32 = "I32"
  /// Signed, 16 bits.
  case int16 = "I16"
  /// Signed, 8 bits.
  case int8 = "I8"
  /// Unsigned, 8 bits.
  case uint8 = "U8"
  /// A byte that is 0 or 1.
  case bool = "BOOL"
  /// Blocks of 32 with a scale, 4 bits each.
  case q4Scaled = "Q4_0"
  /// Blocks of 32 with a scale and a minimum, 4 bits each.
  case q4Shifted = "Q4_1"
  /// Blocks of 32 with a scale, 5 bits each.
  case q5Scaled = "Q5_0"
  /// Blocks of 32 with a scale and a minimum, 5 bits each.
  case q5Shifted = "Q5_1"
  /// Blocks of 32 with a scale, 8 bits each.
  case q8Scaled = "Q8_0"
  /// Blocks of 256, whose parts of 32 have scales and minimums of 6 bits, 4 bits each.
  case q4Nested = "Q4_K"
  /// Blocks of 256, whose parts of 32 have scales and minimums of 6 bits, 5 bits each.
  case q5Nested = "Q5_K"
  /// Blocks of 256, whose parts of 16 have scales of 8 bits, 6 bits each.
  case q6Nested = "Q6_K"

  /// Elements that are stored together: those of a quantised block, which share a scale, or one.
  public var blockLength: Int {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .int64, .int32, .int16, .int8, .uint8, .bool: 1
    case .q4Scaled, .q4Shifted, .q5Scaled, .q5Shifted, .q8Scaled: 32
    case .q4Nested, .q5Nested, .q6Nested: 256
    }
  }

  /// Bytes that a block occupies: one element, where the type has no blocks.
  public var blockByteSize: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    case .q4Scaled: 18
    case .q4Shifted: 20
    case .q5Scaled: 22
    case .q5Shifted: 24
    case .q8Scaled: 34
    case .q4Nested: 144
    case .q5Nested: 176
    case .q6Nested: 210
    }
  }

  /// Whether the elements are quantised in blocks.
  public var isQuantized: Bool { blockLength > 1 }

  /// Whether the elements stand for floating-point numbers, as quantised ones do too.
  public var isFloatingPoint: Bool {
    switch self {
    case .int64, .int32, .int16, .int8, .uint8, .bool: false
    default: true
    }
  }

  /// The size of a tensor of that shape, or nil if it is beyond counting or its rows are not whole blocks.
  func size(of shape: [Int]) -> (elementCount: Int, byteCount: Int)? {
    var elementCount = 1
    for extent in shape {
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      elementCount = product
    }
    guard (shape.last ?? 1).isMultiple(of: blockLength) else { return nil }
    let (byteCount, overflow) = (elementCount / blockLength).multipliedReportingOverflow(by: blockByteSize)
    return overflow ? nil : (elementCount, byteCount)
  }
}
