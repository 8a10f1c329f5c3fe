/// A JSON value to be written; objects keep their order and strings their bytes.
indirect enum JSONOutput: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case string([UInt8])
  case array([JSONOutput])
  case object([(String, JSONOutput)])
  /// An object whose names are bytes, such as a vocabulary.
  case table([([UInt8], JSONOutput)])

  static func text(_ text: String) -> JSONOutput { .string(Array(text.utf8)) }

  /// A component: an object whose first member is its type.
  static func component(_ type: String, _ members: [(String, JSONOutput)] = []) -> JSONOutput {
    .object([("type", .text(type))] + members)
  }

  /// A value as it was read, to be written back.
  init(_ value: JSONValue) throws(TokenizerError) {
    switch value.kind {
    case .null: self = .null
    case .yes: self = .bool(true)
    case .no: self = .bool(false)
    case .string: self = .string(Array(try value.bytes()))
    case .number:
      let number = try value.double()
      self = Int(exactly: number).map { .integer($0) } ?? .double(number)
    case .array:
      var elements: [JSONOutput] = []
      for element in try value.elements() { elements.append(try JSONOutput(element)) }
      self = .array(elements)
    case .object:
      var members: [([UInt8], JSONOutput)] = []
      for member in try value.members() { members.append((Array(member.name), try JSONOutput(member.value))) }
      self = .table(members)
    }
  }

  /// The text, a line for each member or element, with a line feed at its end.
  func encoded() -> [UInt8] {
    var output: [UInt8] = []
    write(to: &output, indentation: 0)
    output.append(0x0A)
    return output
  }

  private func write(to output: inout [UInt8], indentation: Int) {
    switch self {
    case .null: output += Array("null".utf8)
    case .bool(let value): output += Array((value ? "true" : "false").utf8)
    case .integer(let value): output += Array(String(value).utf8)
    case .double(let value): output += Array(String(value).utf8)
    case .string(let bytes): Self.write(bytes, to: &output)
    case .array(let elements):
      Self.writeList(elements, "[", "]", to: &output, indentation) {
        $0.write(to: &$1, indentation: indentation + 2)
      }
    case .object(let members):
      Self.writeList(members, "{", "}", to: &output, indentation) { member, output in
        Self.write(Array(member.0.utf8), to: &output)
        output += [UInt8(ascii: ":"), 0x20]
        member.1.write(to: &output, indentation: indentation + 2)
      }
    case .table(let members):
      Self.writeList(members, "{", "}", to: &output, indentation) { member, output in
        Self.write(member.0, to: &output)
        output += [UInt8(ascii: ":"), 0x20]
        member.1.write(to: &output, indentation: indentation + 2)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], _ open: Unicode.Scalar, _ close: Unicode.Scalar, to output: inout [UInt8],
    _ indentation: Int, _ write: (Element, inout [UInt8]) -> Void
  ) {
    output.append(UInt8(truncatingIfNeeded: open.value))
    for (position, element) in elements.enumerated() {
      if position > 0 { output.append(UInt8(ascii: ",")) }
      output.append(0x0A)
      output.append(contentsOf: repeatElement(0x20, count: indentation + 2))
      write(element, &output)
    }
    if !elements.isEmpty {
      output.append(0x0A)
      output.append(contentsOf: repeatElement(0x20, count: indentation))
    }
    output.append(UInt8(truncatingIfNeeded: close.value))
  }

  private static func write(_ bytes: [UInt8], to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): output += [UInt8(ascii: "\\"), byte]
      case 0x0A: output += Array("\\n".utf8)
      case 0x0D: output += Array("\\r".utf8)
      case 0x09: output += Array("\\t".utf8)
      case ..<0x20, 0x7F:
        let digits = Array("0123456789abcdef".utf8)
        output += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
