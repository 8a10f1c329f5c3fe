/// Sets special tokens round the tokens of a text, as a template says.
struct TemplatePostProcessor: PostProcessor {
  static let type = "TemplateProcessing"

  /// A part of a template.
  enum Part: Sendable {
    /// The tokens of the first text (or of the second, in a template for pairs).
    case sequence(isSecond: Bool, typeID: Int)
    case special(name: [UInt8], typeID: Int)
  }

  /// A special token of templates: what it is called in them and what stands for it.
  struct Special: Sendable {
    let name: [UInt8]
    let ids: [TokenID]
    let tokens: [[UInt8]]
  }

  let single: [Part]
  let pair: [Part]
  let specials: [Special]

  init(single: [Part], pair: [Part], specials: [Special]) {
    (self.single, self.pair, self.specials) = (single, pair, specials)
  }

  /// The template `$A token`, or for pairs `$A token $B token`.
  init(appending token: String, id: TokenID) {
    let name = Array(token.utf8)
    let end = Part.special(name: name, typeID: 0)
    self.init(
      single: [.sequence(isSecond: false, typeID: 0), end],
      pair: [.sequence(isSecond: false, typeID: 0), end, .sequence(isSecond: true, typeID: 0), end],
      specials: [Special(name: name, ids: [id], tokens: [name])])
  }

  init(json: JSONValue) throws(TokenizerError) {
    var specials: [Special] = []
    for (name, value) in try json.required("special_tokens").members() {
      var ids: [TokenID] = []
      for id in try value.required("ids").elements() { ids.append(try id.identifier()) }
      var tokens: [[UInt8]] = []
      for token in try value.required("tokens").elements() { tokens.append(Array(try token.bytes())) }
      guard ids.count == tokens.count else {
        throw value.invalid("\(ids.count) ids for \(tokens.count) tokens")
      }
      specials.append(Special(name: Array(name), ids: ids, tokens: tokens))
    }
    self.init(
      single: try Self.parts(try json.required("single"), specials),
      pair: try Self.parts(try json.required("pair"), specials), specials: specials)
  }

  private static func parts(_ json: JSONValue, _ specials: [Special]) throws(TokenizerError) -> [Part] {
    var parts: [Part] = []
    for piece in try json.elements() {
      if let sequence = try piece.optional("Sequence") {
        let name = try sequence.required("id").string()
        guard name == "A" || name == "B" else {
          throw sequence.invalid("expected the sequence A or B, found \(name)")
        }
        parts.append(.sequence(isSecond: name == "B", typeID: try typeID(sequence)))
      } else if let special = try piece.optional("SpecialToken") {
        let name = Array(try special.required("id").bytes())
        guard specials.contains(where: { $0.name == name }) else {
          throw special.invalid("the token is not among special_tokens")
        }
        parts.append(.special(name: name, typeID: try typeID(special)))
      } else {
        throw piece.invalid("expected {\"Sequence\": …} or {\"SpecialToken\": …}")
      }
    }
    return parts
  }

  private static func typeID(_ json: JSONValue) throws(TokenizerError) -> Int {
    try json.required("type_id").integer(in: 0...Int(Int32.max))
  }

  var json: JSONOutput {
    func template(_ parts: [Part]) -> JSONOutput {
      .array(
        parts.map { part in
          switch part {
          case .sequence(let isSecond, let typeID):
            .object([
              ("Sequence", .object([("id", .text(isSecond ? "B" : "A")), ("type_id", .integer(typeID))]))
            ])
          case .special(let name, let typeID):
            .object([("SpecialToken", .object([("id", .string(name)), ("type_id", .integer(typeID))]))])
          }
        })
    }
    let table = specials.map { special in
      (
        special.name,
        JSONOutput.object([
          ("id", .string(special.name)), ("ids", .array(special.ids.map { .integer(Int($0)) })),
          ("tokens", .array(special.tokens.map { .string($0) })),
        ])
      )
    }
    return .component(
      Self.type,
      [("single", template(single)), ("pair", template(pair)), ("special_tokens", .table(table))])
  }

  var layout: SequenceLayout { SequenceLayout(single: layout(single), pair: layout(pair)) }

  private func layout(_ parts: [Part]) -> [SequenceLayout.Part] {
    parts.map { part in
      switch part {
      case .sequence(let isSecond, let typeID):
        return .sequence(isSecond: isSecond, typeID: TokenID(truncatingIfNeeded: typeID))
      case .special(let name, let typeID):
        let special = specials.first { $0.name == name }
        return .special(
          special?.ids ?? [], spellings: special?.tokens ?? [], typeID: TokenID(truncatingIfNeeded: typeID))
      }
    }
  }
}
