/// Brings text into the form that SentencePiece's pieces spell, exactly as SentencePiece does.
///
/// `Precompiled`, by which `tokenizer.json` names the map of characters, takes the first rule that matches, where this
/// takes the longest; and spaces at the ends and in runs are removed here after the map has made them.
///
/// Source: Kudo and Richardson, "SentencePiece" (2018), section 3.2, and the behaviour of its encoder.
struct SentencePieceNormalizer: Normalizer {
  static let type = "SentencePiece"

  /// How spaces are treated.
  struct Spaces: Sendable {
    /// Whether a space is put before the text, or after it.
    var addsDummyPrefix = true
    /// Whether spaces at the ends go, and runs of spaces become one.
    var removesExtra = true
    /// Whether the space that is put to the text comes after it.
    var isSuffix = false
  }

  private let map: CharacterMap?
  private let spaces: Spaces
  /// Spellings that stay as they are, whatever the map says.
  private let literals: [[UInt8]]
  private let literalTrie: ByteTrie?
  /// Whether a text may begin with the code of a language, such as `>>fr<<`, which stays as it is.
  private let readsLanguageCode: Bool
  /// For each ASCII character whether no rule begins with it, but for one that goes on with other characters.
  private let isPlain: [Bool]

  init(map: CharacterMap?, spaces: Spaces, literals: [[UInt8]], readsLanguageCode: Bool = false) {
    (self.map, self.spaces, self.literals) = (map, spaces, literals)
    self.readsLanguageCode = readsLanguageCode
    literalTrie = literals.isEmpty ? nil : ByteTrie(places: literals)
    isPlain = (0..<128).map { first in
      guard literals.isEmpty else { return false }
      guard let map else { return true }
      let byte = UInt8(truncatingIfNeeded: first)
      let isReplaced = [byte].withUnsafeBufferPointer { map.findLongest($0, at: 0) != nil }
      return !isReplaced && !(0..<128).contains { map.begins(with: [byte, UInt8(truncatingIfNeeded: $0)]) }
    }
  }

  init(json: JSONValue) throws(TokenizerError) {
    var map: CharacterMap?
    if let value = try json.optional("precompiled_charsmap") { map = try CharacterMap(json: value) }
    var literals: [[UInt8]] = []
    for value in try json.required("user_defined_symbols").elements() {
      literals.append(Array(try value.bytes()))
    }
    self.init(
      map: map,
      spaces: Spaces(
        addsDummyPrefix: try json.required("add_dummy_prefix").bool(),
        removesExtra: try json.required("remove_extra_whitespaces").bool(),
        isSuffix: try json.required("treat_whitespace_as_suffix").bool()),
      literals: literals, readsLanguageCode: try json.bool("language_codes", default: false))
  }

  /// The standard components where they do the same, or else a component that only Heed reads.
  var json: JSONOutput {
    if map == nil, literals.isEmpty, !spaces.removesExtra, !spaces.isSuffix, !readsLanguageCode {
      let space = ReplaceNormalizer(" ", with: "▁")
      return spaces.addsDummyPrefix ? NormalizerSequence([PrependNormalizer("▁"), space]).json : space.json
    }
    return .component(
      Self.type,
      [
        ("precompiled_charsmap", map.map { .base64($0.bytes) } ?? .null),
        ("add_dummy_prefix", .bool(spaces.addsDummyPrefix)),
        ("remove_extra_whitespaces", .bool(spaces.removesExtra)),
        ("treat_whitespace_as_suffix", .bool(spaces.isSuffix)),
        ("user_defined_symbols", .array(literals.map { .string($0) })),
        ("language_codes", .bool(readsLanguageCode)),
      ])
  }

  static let mark: UInt32 = 0x2581

  func normalize(_ text: inout NormalizedText) {
    text.rewrite { buffer, output in
      let codeEnd = readsLanguageCode ? LanguageCode.end(in: buffer) : 0
      output.copy(buffer, 0..<codeEnd)
      normalize(buffer, from: codeEnd, &output)
    }
  }

  /// Writes what follows `start`: a text of its own.
  private func normalize(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int, _ output: inout TextBuilder) {
    guard !isBlank(buffer, from: start) else { return }
    var scalars: [(value: UInt32, source: Int)] = []
    scalars.reserveCapacity(buffer.count - start)
    var isAfterSpace = spaces.removesExtra
    var index = start
    while index < buffer.count {
      let isPlain = isPlain(buffer, at: index)
      if !isPlain, let rule = rule(buffer, at: index) {
        for value in rule.content where value != 0x20 || !isAfterSpace {
          isAfterSpace = false
          scalars.append((value == 0x20 ? Self.mark : value, index))
        }
        if let last = rule.content.last { isAfterSpace = spaces.removesExtra && last == 0x20 }
        index = rule.end
      } else {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        if value != 0x20 || !isAfterSpace { scalars.append((value == 0x20 ? Self.mark : value, index)) }
        isAfterSpace = spaces.removesExtra && value == 0x20
        index += length
      }
    }
    if spaces.removesExtra {
      while scalars.last?.value == Self.mark { scalars.removeLast() }
      // The space put before a text of which nothing is left is at its end.
      if scalars.isEmpty, !spaces.isSuffix { return }
    }
    let first = scalars.first?.source ?? start
    if spaces.addsDummyPrefix, !spaces.isSuffix { output.append(scalar: Self.mark, from: first) }
    for (value, source) in scalars { output.append(scalar: value, from: source) }
    if spaces.addsDummyPrefix, spaces.isSuffix {
      output.append(scalar: Self.mark, from: scalars.last?.source ?? start)
    }
  }

  /// Whether nothing is left once spaces at the beginning are removed, if they are.
  private func isBlank(_ buffer: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
    var index = start
    while spaces.removesExtra, index < buffer.count {
      if !isPlain(buffer, at: index), let rule = rule(buffer, at: index) {
        guard rule.content == [0x20] else { break }
        index = rule.end
      } else {
        guard buffer[index] == 0x20 else { break }
        index += 1
      }
    }
    return index >= buffer.count
  }

  /// Whether the character at `index` is ASCII and certainly stays as it is.
  @inline(__always) private func isPlain(_ buffer: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    let byte = buffer[index]
    return byte < 0x80 && isPlain[Int(byte)] && (index + 1 == buffer.count || buffer[index + 1] < 0x80)
  }

  /// What takes the place of the text at `index`, and where that text ends; nil where the scalar there stays.
  @inline(__always) private func rule(
    _ buffer: UnsafeBufferPointer<UInt8>, at index: Int
  ) -> (content: [UInt32], end: Int)? {
    if let literal = literalTrie?.longestMatch(in: buffer, at: index) {
      return (UTF8Scanning.scalars(Array(buffer[index..<literal.end])), literal.end)
    }
    return map?.findLongest(buffer, at: index)
  }
}

/// The code of a language at the beginning of a text, as Marian's models want it: `>>fr<<`.
enum LanguageCode {
  /// Where the code ends; 0 if the text does not begin with one.
  static func end(in text: UnsafeBufferPointer<UInt8>) -> Int {
    let open = UInt8(ascii: ">"), close = UInt8(ascii: "<")
    guard text.count >= 4, text[0] == open, text[1] == open else { return 0 }
    for index in 2..<text.count - 1 where text[index] == close && text[index + 1] == close {
      return index + 2
    }
    return 0
  }
}
