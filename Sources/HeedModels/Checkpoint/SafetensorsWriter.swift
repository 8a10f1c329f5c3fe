import Foundation

/// A tensor to be written, its bytes asked for when their turn comes.
public struct SafetensorsTensor {
  /// Takes bytes and appends them to the file.
  public typealias Sink = (UnsafeRawBufferPointer) throws(FileError) -> Void

  /// Its name.
  public let name: String
  /// The type of its elements.
  public let elementType: ElementType
  /// Its extents, outermost first; a scalar has none.
  public let shape: [Int]
  let provide: (Sink) throws(FileError) -> Void

  /// A tensor whose bytes `provide` hands to the sink, little-endian and row-major, in as many pieces as it likes.
  public init(
    name: String, elementType: ElementType, shape: [Int], provide: @escaping (Sink) throws(FileError) -> Void
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.provide = provide
  }

  /// A tensor of single-precision numbers.
  public init(name: String, shape: [Int], floats: [Float]) {
    self.init(name: name, elementType: .float32, shape: shape, elements: floats.map(\.bitPattern))
  }

  /// A tensor of 64-bit integers.
  public init(name: String, shape: [Int], integers: [Int64]) {
    self.init(name: name, elementType: .int64, shape: shape, elements: integers)
  }

  private init(
    name: String, elementType: ElementType, shape: [Int], elements: [some FixedWidthInteger]
  ) {
    self.init(name: name, elementType: elementType, shape: shape) { (sink: Sink) throws(FileError) in
      let stored = elements.map(\.littleEndian)
      let result = stored.withUnsafeBytes { bytes in
        Result { () throws(FileError) in try sink(bytes) }
      }
      try result.get()
    }
  }
}

/// Writes safetensors files.
public enum SafetensorsWriter {
  /// Writes a file, tensor after tensor, beside the old one, which it then replaces.
  ///
  /// Tensors are stored by width, widest first, then by name, as the reference implementation does: the same contents
  /// give the same bytes whatever the order of `tensors`.
  ///
  /// - Parameters:
  ///   - tensors: What to write.
  ///   - metadata: What the file says about itself; transformers wants `format` to be `pt`.
  ///   - url: The file.
  /// - Throws: A `FileError`, for example if the disk is full; the old file, if any, is then as it was.
  /// - Precondition: Names differ, none is `__metadata__`, no tensor is quantised in blocks, and each provides as many
  ///   bytes as its shape says.
  public static func write(
    _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to url: URL
  ) throws(FileError) {
    let ordered = tensors.sorted {
      let (left, right) = (order($0), order($1))
      return left != right ? left < right : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    let header = header(ordered, metadata)
    try AtomicFile.write(to: url) { (output: borrowing AtomicFile.Output) throws(FileError) in
      try output.write(header)
      try write(ordered, output)
    }
  }

  private static func write(
    _ tensors: [SafetensorsTensor], _ output: borrowing AtomicFile.Output
  ) throws(FileError) {
    let descriptor = output.descriptor, path = output.path  // a closure cannot keep the borrowed output
    for tensor in tensors {
      var count = 0
      try tensor.provide { (bytes: UnsafeRawBufferPointer) throws(FileError) in
        count += bytes.count
        try AtomicFile.Output(descriptor: descriptor, path: path).write(bytes)
      }
      precondition(count == byteCount(tensor), "tensor \(tensor.name) provided \(count) bytes")
    }
  }

  private static func order(_ tensor: SafetensorsTensor) -> Int {
    guard let order = tensor.elementType.safetensorsOrder else {
      preconditionFailure(
        "tensor \(tensor.name) of type \(tensor.elementType.rawValue) for a safetensors file")
    }
    return order
  }

  private static func byteCount(_ tensor: SafetensorsTensor) -> Int {
    guard let size = tensor.elementType.size(of: tensor.shape) else {
      preconditionFailure("tensor \(tensor.name) cannot have shape \(shapeText(tensor.shape))")
    }
    return size.byteCount
  }

  /// The header with its length before it, padded with spaces so that the tensors start at a multiple of eight.
  private static func header(_ tensors: [SafetensorsTensor], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let texts = pairs.map { json($0.key) + ":" + json($0.value) }
      fields.append("\"__metadata__\":{" + texts.joined(separator: ",") + "}")
    }
    var names: Set<String> = ["__metadata__"]
    var offset = 0
    for tensor in tensors {
      precondition(names.insert(tensor.name).inserted, "two tensors named \(tensor.name)")
      let end = offset + byteCount(tensor)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        json(tensor.name) + ":{\"dtype\":\"\(tensor.elementType.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array(("{" + fields.joined(separator: ",") + "}").utf8)
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    return length + header
  }

  /// A JSON string, escaped as little as JSON allows.
  private static func json(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
