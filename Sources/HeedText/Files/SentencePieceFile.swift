#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a SentencePiece model holds: pieces with their scores, and how text is brought into the form that they spell.
///
/// Source: Kudo and Richardson, "SentencePiece: A simple and language independent subword tokenizer and detokenizer for
/// Neural Text Processing" (2018); field numbers and defaults are those of its `sentencepiece_model.proto`.
struct SentencePieceFile: Sendable {
  /// How pieces are chosen.
  enum Algorithm: Int32, Sendable {
    case unigram = 1
    case bpe = 2
    case word = 3
    case character = 4
  }

  /// What a piece is.
  enum PieceType: Int32, Sendable {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  /// An entry of the vocabulary; its identifier is its place.
  struct Piece: Sendable {
    var text: [UInt8] = []
    var score: Float = 0
    var type = PieceType.normal
  }

  var pieces: [Piece] = []

  // The trainer's part.
  var algorithm = Algorithm.unigram
  var fallsBackToBytes = false
  var treatsWhitespaceAsSuffix = false
  var unknownID: Int32 = 0
  var beginningID: Int32 = 1
  var endID: Int32 = 2
  var paddingID: Int32 = -1

  // The normalizer's part.
  /// Rules compiled into a double array, empty where text stays as it is.
  var characterMap: [UInt8] = []
  var addsDummyPrefix = true
  var removesExtraWhitespace = true
  var escapesWhitespace = true

  init() {}

  /// Reads a file.
  init(contentsOf url: URL) throws(TokenizerError) {
    let bytes = try TokenizerFile.bytes(url)
    do throws(TokenizerError) {
      try self.init(bytes)
    } catch {
      throw error.located(in: url)
    }
  }

  /// Reads the bytes of a file.
  init(_ bytes: [UInt8]) throws(TokenizerError) {
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      switch field.number {
      case 1:
        var message = try reader.message(field)
        pieces.append(try Self.piece(&message, position: pieces.count))
      case 2:
        var message = try reader.message(field)
        try readTrainer(&message)
      case 3:
        var message = try reader.message(field)
        try readNormalizer(&message)
      default: try reader.skip(field)
      }
    }
    try check()
  }

  private static func piece(_ reader: inout ProtobufReader, position: Int) throws(TokenizerError) -> Piece {
    var piece = Piece()
    while let field = try reader.next() {
      switch field.number {
      case 1: piece.text = Array(try reader.data(field))
      case 2: piece.score = try reader.float(field)
      case 3:
        let value = try reader.int32(field)
        guard let type = PieceType(rawValue: value) else {
          throw .invalid("pieces[\(position)].type", "expected a type from 1 to 6, found \(value)")
        }
        piece.type = type
      default: try reader.skip(field)
      }
    }
    return piece
  }

  private mutating func readTrainer(_ reader: inout ProtobufReader) throws(TokenizerError) {
    while let field = try reader.next() {
      switch field.number {
      case 3:
        let value = try reader.int32(field)
        guard let known = Algorithm(rawValue: value) else {
          throw .invalid("trainer_spec.model_type", "expected a type from 1 to 4, found \(value)")
        }
        algorithm = known
      case 24: treatsWhitespaceAsSuffix = try reader.bool(field)
      case 35: fallsBackToBytes = try reader.bool(field)
      case 40: unknownID = try reader.int32(field)
      case 41: beginningID = try reader.int32(field)
      case 42: endID = try reader.int32(field)
      case 43: paddingID = try reader.int32(field)
      default: try reader.skip(field)
      }
    }
  }

  private mutating func readNormalizer(_ reader: inout ProtobufReader) throws(TokenizerError) {
    while let field = try reader.next() {
      switch field.number {
      case 2: characterMap = Array(try reader.data(field))
      case 3: addsDummyPrefix = try reader.bool(field)
      case 4: removesExtraWhitespace = try reader.bool(field)
      case 5: escapesWhitespace = try reader.bool(field)
      default: try reader.skip(field)
      }
    }
  }

  /// Checks what encoding takes for granted, so that it cannot fail.
  mutating func check() throws(TokenizerError) {
    guard algorithm == .unigram || algorithm == .bpe else {
      throw .unsupported(
        "trainer_spec.model_type", "a SentencePiece model of type \(algorithm)", supported: ["unigram", "bpe"])
    }
    guard !pieces.isEmpty else {
      throw .invalid("pieces", "the file holds no pieces; is it a SentencePiece model?")
    }
    guard escapesWhitespace else {
      throw .unsupported(
        "normalizer_spec.escape_whitespaces", "a SentencePiece model that leaves spaces as they are",
        supported: ["models that write spaces as ▁"])
    }
    var unknown: Int?
    for (position, piece) in pieces.enumerated() {
      let field = "pieces[\(position)]"
      guard !piece.text.isEmpty else { throw .invalid(field, "the piece is empty") }
      let invalid = piece.text.withUnsafeBufferPointer { UTF8Scanning.firstInvalidByte($0) }
      guard invalid == nil else { throw .invalid(field, "the piece is not UTF-8") }
      guard piece.score.isFinite else { throw .invalid(field, "the score is \(piece.score)") }
      switch piece.type {
      case .unknown:
        guard unknown == nil else { throw .invalid(field, "a second piece stands for unknown text") }
        unknown = position
      case .byte:
        guard BPEModel.byte(ofToken: piece.text) != nil else {
          throw .invalid(field, "expected the spelling of a byte such as <0x0A>, found \(piece.name)")
        }
      default: break
      }
    }
    guard let unknown else { throw .invalid("pieces", "no piece stands for unknown text") }
    unknownID = Int32(truncatingIfNeeded: unknown)
  }

  /// The piece at an identifier, or nil if there is none.
  subscript(id: Int32) -> Piece? { pieces.indices.contains(Int(id)) ? pieces[Int(id)] : nil }
}

extension SentencePieceFile.Piece {
  var name: String { String(decoding: text, as: UTF8.self) }
}

extension BPEModel {
  /// The byte that a token such as `<0x0A>` stands for.
  static func byte(ofToken token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">"),
      let high = hexadecimalDigit(token[3]), let low = hexadecimalDigit(token[4])
    else { return nil }
    return high << 4 | low
  }
}
