/// BERT's `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`.
struct BERTPostProcessor: PostProcessor {
  static let type = "BertProcessing"
  let separator: EndToken
  let classifier: EndToken

  init(separator: EndToken, classifier: EndToken) {
    (self.separator, self.classifier) = (separator, classifier)
  }

  init(json: JSONValue) throws(TokenizerError) {
    separator = try EndToken(json: try json.required("sep"))
    classifier = try EndToken(json: try json.required("cls"))
  }

  var json: JSONOutput { .component(Self.type, [("sep", separator.json), ("cls", classifier.json)]) }

  var layout: SequenceLayout {
    let first: [SequenceLayout.Part] = [
      classifier.part(typeID: 0), .sequence(isSecond: false, typeID: 0), separator.part(typeID: 0),
    ]
    return SequenceLayout(
      single: first, pair: first + [.sequence(isSecond: true, typeID: 1), separator.part(typeID: 1)])
  }
}

/// RoBERTa's `<s> A </s>` and `<s> A </s> </s> B </s>`, all of one type.
struct RoBERTaPostProcessor: PostProcessor {
  static let type = "RobertaProcessing"
  let separator: EndToken
  let classifier: EndToken
  let trimsOffsets: Bool
  let addsPrefixSpace: Bool

  init(json: JSONValue) throws(TokenizerError) {
    separator = try EndToken(json: try json.required("sep"))
    classifier = try EndToken(json: try json.required("cls"))
    trimsOffsets = try json.required("trim_offsets").bool()
    addsPrefixSpace = try json.required("add_prefix_space").bool()
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("sep", separator.json), ("cls", classifier.json), ("trim_offsets", .bool(trimsOffsets)),
        ("add_prefix_space", .bool(addsPrefixSpace)),
      ])
  }

  var layout: SequenceLayout {
    let separator = separator.part(typeID: 0)
    let first: [SequenceLayout.Part] = [
      classifier.part(typeID: 0), .sequence(isSecond: false, typeID: 0), separator,
    ]
    return SequenceLayout(
      single: first, pair: first + [separator, .sequence(isSecond: true, typeID: 0), separator],
      trimmings: trimsOffsets ? [SequenceLayout.Trimming(addsPrefixSpace: addsPrefixSpace)] : [])
  }
}

/// A token that BERT's and RoBERTa's post-processors set at the ends of texts: `["[SEP]", 102]`.
struct EndToken: Sendable {
  let spelling: [UInt8]
  let id: TokenID

  init(_ spelling: String, id: TokenID) { (self.spelling, self.id) = (Array(spelling.utf8), id) }

  init(json: JSONValue) throws(TokenizerError) {
    let parts = try json.elements()
    guard parts.count == 2 else {
      throw json.invalid("expected a token and its identifier, found \(parts.count) values")
    }
    spelling = Array(try parts[0].bytes())
    id = try parts[1].identifier()
  }

  var json: JSONOutput { .array([.string(spelling), .integer(Int(id))]) }

  func part(typeID: TokenID) -> SequenceLayout.Part { .special([id], spellings: [spelling], typeID: typeID) }
}
