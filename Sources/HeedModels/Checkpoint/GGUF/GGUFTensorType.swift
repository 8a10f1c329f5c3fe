/// How GGUF numbers the types of tensors: the published names of those numbers, and what can be read of them.
enum GGUFTensorType {
  /// The type of number `code`, or nil if it cannot be read.
  static func elementType(_ code: UInt32) -> ElementType? {
    switch code {
    case 0: .float32
    case 1: .float16
    case 2: .q4Scaled
    case 3: .q4Shifted
    case 6: .q5Scaled
    case 7: .q5Shifted
    case 8: .q8Scaled
    case 12: .q4Nested
    case 13: .q5Nested
    case 14: .q6Nested
    case 24: .int8
    case 25: .int16
    case 26: .int32
    case 27: .int64
    case 28: .float64
    case 30: .bfloat16
    default: nil
    }
  }

  /// The name of a type for a message.
  static func name(_ code: UInt32) -> String {
    elementType(code)?.rawValue ?? otherNames[code] ?? "number \(code)"
  }

  private static let otherNames: [UInt32: String] = [
    4: "Q4_2", 5: "Q4_3", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS",
    19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0",
    39: "MXFP4",
  ]

  /// The names of all types that can be read.
  static let readable = (0...UInt32(30)).compactMap(elementType).map(\.rawValue).joined(separator: ", ")
}
