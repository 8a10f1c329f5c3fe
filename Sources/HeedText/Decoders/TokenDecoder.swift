/// A step that turns the spellings of tokens into text, piece by piece.
protocol TokenDecoder: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  /// Rewrites the pieces, at first the spellings of the tokens; at the end they are joined.
  func decode(_ pieces: inout PieceBuffer)
}

/// The decoders that a `tokenizer.json` may name.
enum TokenDecoderRegistry {
  static let all: [any TokenDecoder.Type] = [
    DecoderSequence.self, MetaspaceDecoder.self, ByteLevelDecoder.self, ByteFallbackDecoder.self,
    FuseDecoder.self, ReplaceDecoder.self, StripDecoder.self, BPEDecoder.self, WordPieceDecoder.self,
    CTCDecoder.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any TokenDecoder {
    let type = try json.required("type").string()
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the decoder \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }
}

/// Decoders one after the other.
struct DecoderSequence: TokenDecoder {
  static let type = "Sequence"
  let steps: [any TokenDecoder]

  init(_ steps: [any TokenDecoder]) { self.steps = steps }

  init(json: JSONValue) throws(TokenizerError) {
    var steps: [any TokenDecoder] = []
    for step in try json.required("decoders").elements() { steps.append(try TokenDecoderRegistry.make(step)) }
    self.steps = steps
  }

  var json: JSONOutput { .component(Self.type, [("decoders", .array(steps.map { $0.json }))]) }

  func decode(_ pieces: inout PieceBuffer) {
    for step in steps { step.decode(&pieces) }
  }
}

/// Joins all pieces into one.
struct FuseDecoder: TokenDecoder {
  static let type = "Fuse"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func decode(_ pieces: inout PieceBuffer) { pieces = PieceBuffer(bytes: pieces.joined()) }
}

extension PieceBuffer {
  /// The bytes of all pieces in a row.
  func joined() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for piece in pieces { output += bytes[piece] }
    return output
  }
}
