/// The bytes of the text given to the tokenizer for which a byte of a rewritten text stands.
///
/// All bytes of a scalar share one range; where scalars were joined, split, inserted or taken away, the ranges say what
/// the reference says.
struct SourceRange: Sendable, Hashable {
  var start: Int
  var end: Int

  /// The ranges of text that nobody has changed: for each byte its scalar, counted from `offset`.
  static func identity(_ bytes: UnsafeBufferPointer<UInt8>, offset: Int = 0) -> [SourceRange] {
    var result: [SourceRange] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let length = min(UTF8Scanning.length(lead: bytes[index]), bytes.count - index)
      let range = SourceRange(start: offset + index, end: offset + index + length)
      for _ in 0..<length { result.append(range) }
      index += length
    }
    return result
  }
}

/// Text as it is written anew, with or without a record of where it comes from.
///
/// Without the record, which plain encoding does not need, it costs one branch.
struct TextBuilder {
  private(set) var bytes: [UInt8] = []
  private(set) var sources: [SourceRange]?
  /// The sources of the text that is read.
  private let origin: [SourceRange]?

  init(rewriting origin: [SourceRange]?, capacity: Int) {
    self.origin = origin
    sources = origin == nil ? nil : []
    bytes.reserveCapacity(capacity)
  }

  /// Appends bytes of the text that is read, as they are.
  @inline(__always) mutating func copy(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[range]))
    if let origin { sources?.append(contentsOf: origin[range]) }
  }

  /// Appends a scalar that stands for what the byte at `index` of the text that is read stands for.
  @inline(__always) mutating func append(scalar: UInt32, from index: Int) {
    bytes.append(scalar: scalar)
    if origin != nil { trackTail(from: index) }
  }

  /// Appends text that stands for what the byte at `index` of the text that is read stands for.
  @inline(__always) mutating func append(_ text: [UInt8], from index: Int) {
    bytes += text
    if origin != nil { trackTail(from: index) }
  }

  /// Appends text that was put in before the first byte of the text that is read.
  mutating func insertAtStart(_ text: [UInt8]) {
    bytes += text
    guard let origin else { return }
    let start = origin.first?.start ?? 0
    for _ in text { sources?.append(SourceRange(start: start, end: start)) }
  }

  private mutating func trackTail(from index: Int) {
    guard let origin, let tracked = sources?.count else { return }
    let source = origin.indices.contains(index) ? origin[index] : SourceRange(start: 0, end: 0)
    for _ in tracked..<bytes.count { sources?.append(source) }
  }
}
