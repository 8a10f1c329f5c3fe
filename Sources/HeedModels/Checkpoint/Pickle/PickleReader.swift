/// Reads a pickle that holds nothing but tensors and containers, and refuses all others.
///
/// A pickle is a program for a machine with a stack, which in Python can call anything. This one knows a handful of
/// names, builds only ``PickleValue``s, and runs each instruction once: its work and memory are in proportion to the
/// pickle's length, which is limited. Source: the instructions as `pickletools` in Python's library describes them.
struct PickleReader {
  /// Where reading failed and why.
  struct SyntaxError: Error {
    let offset: Int
    let reason: String
  }

  /// The length of the longest pickle that is read, in bytes; those of large models have some hundred kilobytes.
  static let maximumLength = 1 << 24

  private var cursor: ByteCursor
  /// The longest pickle was cut to its limit.
  private let isLimited: Bool
  var document = PickleDocument()
  private var stack: [PickleValue] = []
  /// Heights of the stack where groups of values begin.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// Where the current instruction is.
  private var start = 0
  /// Pairs that may still be copied from lists to dictionaries: a pickle of some length has no use for more.
  var copyableCount: Int

  /// Reads the pickle that starts at `position`, which is within the bytes.
  static func read(
    _ bytes: UnsafeRawBufferPointer, at position: Int = 0
  ) throws(SyntaxError) -> PickleDocument {
    var reader = PickleReader(bytes, at: position)
    while try reader.runInstruction() {}
    reader.document.end = reader.cursor.position
    return reader.document
  }

  private init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
    isLimited = bytes.count - position > Self.maximumLength
    let end = isLimited ? position + Self.maximumLength : bytes.count
    cursor = ByteCursor(UnsafeRawBufferPointer(rebasing: bytes[..<end]), at: position)
    copyableCount = end - position
  }

  func error(_ reason: String) -> SyntaxError { SyntaxError(offset: start, reason: reason) }

  /// Runs one instruction; false after the one that ends the pickle.
  private mutating func runInstruction() throws(SyntaxError) -> Bool {
    start = cursor.position
    let code = try integer(UInt8.self)
    switch Unicode.Scalar(code) {
    case ".":
      document.root = try pop()
      return false
    case "\u{80}":
      let version = try integer(UInt8.self)
      guard (2...5).contains(version) else { throw error("its protocol is \(version), expected 2 to 5") }
    case "\u{95}": _ = try take(8)  // the length of a frame, which only helps to read ahead

    case "(": marks.append(stack.count)
    case "0": _ = try pop()
    case "1": _ = try popGroup()
    case "2":
      let top = try pop()
      stack += [top, top]

    case "N": stack.append(.none)
    case "\u{88}": stack.append(.bool(true))
    case "\u{89}": stack.append(.bool(false))
    case "J": stack.append(.integer(Int(try integer(Int32.self))))
    case "K": stack.append(.integer(Int(try integer(UInt8.self))))
    case "M": stack.append(.integer(Int(try integer(UInt16.self))))
    case "\u{8A}": try pushLong(length: UInt64(try integer(UInt8.self)))
    case "\u{8B}": try pushLong(length: UInt64(try integer(UInt32.self)))
    case "G": stack.append(.float(Double(bitPattern: try integer(UInt64.self).byteSwapped)))  // big-endian
    case "X", "T": try pushString(length: UInt64(try integer(UInt32.self)))
    case "\u{8C}", "U": try pushString(length: UInt64(try integer(UInt8.self)))
    case "\u{8D}": try pushString(length: try integer(UInt64.self))
    case "C": stack.append(.bytes(try take(UInt64(try integer(UInt8.self)))))
    case "B": stack.append(.bytes(try take(UInt64(try integer(UInt32.self)))))
    case "\u{8E}": stack.append(.bytes(try take(try integer(UInt64.self))))

    case ")": pushTuple([])
    case "\u{85}": pushTuple(try popLast(1))
    case "\u{86}": pushTuple(try popLast(2))
    case "\u{87}": pushTuple(try popLast(3))
    case "t": pushTuple(try popGroup())
    case "]": pushList([])
    case "l": pushList(try popGroup())
    case "a": try append(try popLast(1))
    case "e": try append(try popGroup())
    case "}": pushDictionary()
    case "d":
      let items = try popGroup()
      pushDictionary()
      try setItems(items)
    case "s": try setItems(try popLast(2))
    case "u": try setItems(try popGroup())

    case "q": memo[Int(try integer(UInt8.self))] = try top()
    case "r": memo[Int(try integer(UInt32.self))] = try top()
    case "\u{94}": memo[memo.count] = try top()
    case "h": try pushMemo(Int(try integer(UInt8.self)))
    case "j": try pushMemo(Int(try integer(UInt32.self)))

    case "c":
      let module = try line()
      try pushGlobal(module: module, name: try line())
    case "\u{93}":
      let names = try popLast(2)
      guard case .string(let module) = names[0], case .string(let name) = names[1] else {
        throw error("a name is \(names[0].kind) and \(names[1].kind), not two texts")
      }
      try pushGlobal(module: module, name: name)
    case "Q": stack.append(try storage(try pop()))
    case "R":
      let operands = try popLast(2)
      stack.append(try call(operands[0], operands[1]))
    case "b": try build()
    default:
      let name = Unicode.Scalar(code).isASCII ? " (\(Unicode.Scalar(code).escaped(asASCII: true)))" : ""
      throw error("instruction \(code)\(name) is none that files of weights need")
    }
    return true
  }

  // MARK: Reading

  private mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(SyntaxError) -> Value {
    do throws(ByteCursor.EndOfBytes) {
      return try cursor.integer(type)
    } catch {
      throw cutOff
    }
  }

  private mutating func take(_ count: UInt64) throws(SyntaxError) -> Range<Int> {
    do throws(ByteCursor.EndOfBytes) {
      return try cursor.take(count)
    } catch {
      throw cutOff
    }
  }

  private var cutOff: SyntaxError {
    error(isLimited ? "the pickle is longer than \(Self.maximumLength) bytes" : "the pickle is cut off")
  }

  /// The text up to the end of the line.
  private mutating func line() throws(SyntaxError) -> String {
    let rest = cursor.bytes[cursor.position...].prefix(1_000)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { throw error("a name has no end") }
    let range = try take(UInt64(end - cursor.position))
    _ = try take(1)
    return String(decoding: cursor.bytes[range], as: UTF8.self)
  }

  private mutating func pushString(length: UInt64) throws(SyntaxError) {
    guard let text = cursor.text(try take(length)) else { throw error("a text is not UTF-8") }
    stack.append(.string(text))
  }

  /// An integer of any length in two's complement.
  private mutating func pushLong(length: UInt64) throws(SyntaxError) {
    let range = try take(length)
    guard range.count <= 8 else { return stack.append(.longInteger(range)) }
    var value: UInt64 = 0
    for (i, byte) in cursor.bytes[range].enumerated() { value |= UInt64(byte) << (8 * i) }
    let unused = 64 - 8 * range.count
    // Shifted up and down, the sign fills what was not there.
    stack.append(
      .integer(unused == 64 ? 0 : Int(truncatingIfNeeded: Int64(bitPattern: value << unused) >> unused)))
  }

  // MARK: The stack

  private func top() throws(SyntaxError) -> PickleValue {
    guard stack.count > marks.last ?? 0, let top = stack.last else { throw error("the stack is empty") }
    return top
  }

  private mutating func pop() throws(SyntaxError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  /// Takes the topmost values, the lowest first.
  private mutating func popLast(_ count: Int) throws(SyntaxError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("the stack is empty") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  /// Takes the values above the last mark, and the mark.
  private mutating func popGroup() throws(SyntaxError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("there is no mark on the stack") }
    let values = Array(stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  private mutating func pushMemo(_ index: Int) throws(SyntaxError) {
    guard let value = memo[index] else { throw error("nothing was remembered as number \(index)") }
    stack.append(value)
  }

  private mutating func pushTuple(_ values: [PickleValue]) {
    let start = document.tupleElements.count
    document.tupleElements += values
    stack.append(.tuple(start..<start + values.count))
  }

  private mutating func pushList(_ values: [PickleValue]) {
    stack.append(.list(document.lists.count))
    document.lists.append(values)
  }

  private mutating func pushDictionary() {
    stack.append(document.addDictionary())
  }

  private mutating func pushGlobal(module: String, name: String) throws(SyntaxError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw error(
        "it uses \(quoted("\(module).\(name)")), and of files of weights only tensors and containers are read"
      )
    }
    stack.append(.global(global))
  }

  // MARK: Containers

  private mutating func append(_ values: [PickleValue]) throws(SyntaxError) {
    guard case .list(let list) = try top() else { throw error("a value is appended to \(try top().kind)") }
    document.lists[list] += values
  }

  private mutating func setItems(_ items: [PickleValue]) throws(SyntaxError) {
    guard case .dictionary(let dictionary) = try top() else {
      throw error("a key is set in \(try top().kind)")
    }
    guard items.count.isMultiple(of: 2) else { throw error("a key has no value") }
    for i in stride(from: 0, to: items.count, by: 2) {
      document.dictionaries[dictionary].append((items[i], items[i + 1]))
    }
  }

  /// Gives an object its attributes; those of dictionaries (the versions of modules) mean nothing here.
  private mutating func build() throws(SyntaxError) {
    _ = try pop()
    guard case .dictionary = try top() else { throw error("attributes are set on \(try top().kind)") }
  }
}
