extension ElementType {
  /// The types that safetensors files may hold.
  static let safetensors = allCases.filter { !$0.isQuantized }

  /// Place in a safetensors file: wider types first, so that every tensor is aligned; the order is that of the
  /// reference implementation, which makes equal contents equal files. Nil for a type that such a file cannot hold.
  var safetensorsOrder: Int? {
    switch self {
    case .int64: 0
    case .float64: 1
    case .float32: 2
    case .int32: 3
    case .bfloat16: 4
    case .float16: 5
    case .int16: 6
    case .int8: 7
    case .uint8: 8
    case .bool: 9
    case .q4Scaled, .q4Shifted, .q5Scaled, .q5Shifted, .q8Scaled, .q4Nested, .q5Nested, .q6Nested: nil
    }
  }
}
