/// What a restricted pickle can hold.
///
/// Containers are places in the tables of a ``PickleDocument``: so sharing and cycles cost nothing, and no nesting,
/// however deep, is ever walked down or taken apart by recursion.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer beyond 64 bits: its bytes, little-endian.
  case longInteger(Range<Int>)
  case float(Double)
  case string(String)
  /// Where the bytes are in the pickle.
  case bytes(Range<Int>)
  /// Where its elements are in the document's table of them.
  case tuple(Range<Int>)
  case list(Int)
  case dictionary(Int)
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)

  /// What the value is, for a message.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer, .longInteger: "an integer"
    case .float: "a floating-point number"
    case .string: "a text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .dictionary: "a dictionary"
    case .global: "a type or function"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// The only names that a pickle may mention.
enum PickleGlobal {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case storageType(ElementType)

  /// The one of that module and name, or nil if it is none that weights need.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "DoubleStorage"): self = .storageType(.float64)
    case ("torch", "FloatStorage"): self = .storageType(.float32)
    case ("torch", "HalfStorage"): self = .storageType(.float16)
    case ("torch", "BFloat16Storage"): self = .storageType(.bfloat16)
    case ("torch", "LongStorage"): self = .storageType(.int64)
    case ("torch", "IntStorage"): self = .storageType(.int32)
    case ("torch", "ShortStorage"): self = .storageType(.int16)
    case ("torch", "CharStorage"): self = .storageType(.int8)
    case ("torch", "ByteStorage"): self = .storageType(.uint8)
    case ("torch", "BoolStorage"): self = .storageType(.bool)
    default: return nil
    }
  }
}

/// Numbers in a file, of which tensors are views.
struct PickleStorage {
  /// Its name in the file.
  let key: String
  let elementType: ElementType
  /// Elements that it is said to have.
  let count: Int
}

/// A view of a storage, as a pickle describes it: nothing of it is checked but that no number is negative.
struct PickleTensor {
  /// The number of its storage in the document.
  let storage: Int
  /// Elements of the storage before its first.
  let offset: Int
  /// Its extents, outermost first.
  let shape: [Int]
  /// Elements of the storage from one to the next, for each axis.
  let strides: [Int]
}

/// A pickle that has been read.
struct PickleDocument {
  var root = PickleValue.none
  /// The elements of all tuples, one tuple after the other.
  var tupleElements: [PickleValue] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickleStorage] = []
  var tensors: [PickleTensor] = []
  /// Where the pickle ended.
  var end = 0
}
