/// A value of a GGUF file's metadata, its texts and arrays still in the file.
enum GGUFValue {
  case unsigned(UInt64)
  case signed(Int64)
  case float(Double)
  case bool(Bool)
  /// Where the text's bytes are.
  case string(Range<Int>)
  case array(GGUFArray)

  /// What the value is, for a message.
  var kind: String {
    switch self {
    case .unsigned, .signed: "an integer"
    case .float: "a floating-point number"
    case .bool: "a truth value"
    case .string: "a text"
    case .array(let array): "an array of \(array.elementType.plural)"
    }
  }
}

/// An array in the metadata, whose elements were found to be in the file.
struct GGUFArray {
  let elementType: GGUFValueType
  let count: Int
  /// Where its elements are.
  let range: Range<Int>
}

/// The types of metadata values, as GGUF numbers them.
enum GGUFValueType: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of a value, or nil if that depends on the value.
  var byteSize: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  var plural: String {
    switch self {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: "integers"
    case .float32, .float64: "floating-point numbers"
    case .bool: "truth values"
    case .string: "texts"
    case .array: "arrays"
    }
  }
}
