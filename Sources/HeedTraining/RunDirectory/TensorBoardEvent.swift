/// One event of a TensorBoard file: figures at a step.
///
/// Its protocol buffer form is written here by hand, field by field, from the published `event.proto` and
/// `summary.proto` of TensorFlow; docs/decisions/0001-tensorboard-events-by-hand.md says why.
public struct TensorBoardEvent: Sendable, Equatable {
  /// A figure with its name.
  public struct Scalar: Sendable, Equatable {
    /// The name; what stands before a slash groups figures.
    public var tag: String
    /// The figure.
    public var value: Float

    /// Creates a figure.
    public init(tag: String, value: Float) {
      self.tag = tag
      self.value = value
    }
  }

  /// When it happened, in seconds since 1970.
  public var wallTime: Double
  /// The step.
  public var step: Int
  /// The version of the format; only in a file's first event.
  public var fileVersion: String?
  /// The figures.
  public var scalars: [Scalar]
  /// Whether a run (re)starts at this step: TensorBoard then forgets what it has seen of later steps.
  public var isSessionStart: Bool

  /// Creates an event.
  public init(
    wallTime: Double, step: Int, fileVersion: String? = nil, scalars: [Scalar] = [],
    isSessionStart: Bool = false
  ) {
    self.wallTime = wallTime
    self.step = step
    self.fileVersion = fileVersion
    self.scalars = scalars
    self.isSessionStart = isSessionStart
  }
}

extension TensorBoardEvent {
  // Event: 1 double wall_time, 2 int64 step, 3 string file_version, 5 Summary summary, 7 SessionLog session_log.
  // Summary: 1 repeated Value value. Value: 1 string tag, 2 float simple_value. SessionLog: 1 enum status.
  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
  }
  private static let sessionStartStatus: UInt64 = 1

  /// The event as a protocol buffer message.
  var encoded: [UInt8] {
    var message: [UInt8] = []
    Self.appendKey(1, .fixed64, to: &message)
    message += wallTime.bitPattern.littleEndianBytes
    if step != 0 {
      Self.appendKey(2, .varint, to: &message)
      Self.appendVarint(UInt64(bitPattern: Int64(step)), to: &message)
    }
    if let fileVersion { Self.append(3, Array(fileVersion.utf8), to: &message) }
    if !scalars.isEmpty {
      var summary: [UInt8] = []
      for scalar in scalars {
        var value: [UInt8] = []
        Self.append(1, Array(scalar.tag.utf8), to: &value)
        Self.appendKey(2, .fixed32, to: &value)
        value += scalar.value.bitPattern.littleEndianBytes
        Self.append(1, value, to: &summary)
      }
      Self.append(5, summary, to: &message)
    }
    if isSessionStart { Self.append(7, [0x08, UInt8(Self.sessionStartStatus)], to: &message) }
    return message
  }

  private static func appendKey(_ field: UInt64, _ type: WireType, to bytes: inout [UInt8]) {
    appendVarint(field << 3 | type.rawValue, to: &bytes)
  }

  private static func append(_ field: UInt64, _ content: [UInt8], to bytes: inout [UInt8]) {
    appendKey(field, .delimited, to: &bytes)
    appendVarint(UInt64(content.count), to: &bytes)
    bytes += content
  }

  private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Reads a message; nil if it is none. Fields that Heed does not write are passed over.
  init?(encoded bytes: ArraySlice<UInt8>) {
    self.init(wallTime: 0, step: 0)
    var fields = FieldReader(bytes)
    while let field = fields.next() {
      switch (field.number, field.content) {
      case (1, .number(let bits)): wallTime = Double(bitPattern: bits)
      case (2, .number(let bits)): step = Int(truncatingIfNeeded: Int64(bitPattern: bits))
      case (3, .bytes(let text)): fileVersion = String(decoding: text, as: UTF8.self)
      case (5, .bytes(let summary)):
        guard let values = Self.scalars(summary) else { return nil }
        scalars += values
      case (7, .bytes(let log)): isSessionStart = log.elementsEqual([0x08, UInt8(Self.sessionStartStatus)])
      default: break
      }
    }
    guard fields.isAtEnd else { return nil }
  }

  private static func scalars(_ summary: ArraySlice<UInt8>) -> [Scalar]? {
    var scalars: [Scalar] = []
    var values = FieldReader(summary)
    while let value = values.next() {
      guard value.number == 1, case .bytes(let content) = value.content else { continue }
      var scalar = Scalar(tag: "", value: 0)
      var fields = FieldReader(content)
      while let field = fields.next() {
        switch (field.number, field.content) {
        case (1, .bytes(let tag)): scalar.tag = String(decoding: tag, as: UTF8.self)
        case (2, .number(let bits)): scalar.value = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
        default: break
        }
      }
      guard fields.isAtEnd else { return nil }
      scalars.append(scalar)
    }
    return values.isAtEnd ? scalars : nil
  }

  /// Goes through the fields of a message, and stops before the first that is malformed.
  private struct FieldReader {
    enum Content {
      case number(UInt64)
      case bytes(ArraySlice<UInt8>)
    }
    private var rest: ArraySlice<UInt8>
    var isAtEnd: Bool { rest.isEmpty }

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func next() -> (number: UInt64, content: Content)? {
      let start = rest
      guard let key = varint(), let type = WireType(rawValue: key & 7), let content = content(type) else {
        rest = start
        return nil
      }
      return (key >> 3, content)
    }

    private mutating func content(_ type: WireType) -> Content? {
      switch type {
      case .varint: return varint().map { .number($0) }
      case .fixed64: return take(8).map { .number(UInt64(littleEndianBytes: $0)) }
      case .fixed32: return take(4).map { .number(UInt64(littleEndianBytes: $0)) }
      case .delimited:
        guard let length = varint(), length <= UInt64(rest.count) else { return nil }
        return take(Int(length)).map { .bytes($0) }
      }
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard count <= rest.count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    private mutating func varint() -> UInt64? {
      var value: UInt64 = 0
      for (index, byte) in rest.prefix(10).enumerated() {
        value |= UInt64(byte & 0x7F) << UInt64(7 * index)
        if byte < 0x80 {
          rest = rest.dropFirst(index + 1)
          return value
        }
      }
      return nil
    }
  }
}
