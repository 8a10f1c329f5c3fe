extension Recipe: Encodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Writes every key with its value, in sections as they are in YAML.
  public func encode(to encoder: any Encoder) throws {
    var top = encoder.container(keyedBy: Key.self)
    for section in [""] + RecipeTable.sections {
      var keys = section.isEmpty ? top : top.nestedContainer(keyedBy: Key.self, forKey: Key(section))
      for entry in RecipeTable.keys where entry.section == section {
        let key = Key(entry.key)
        guard let text = entry.get(self) else {
          try keys.encodeNil(forKey: key)
          continue
        }
        let items = entry.isList ? RecipeList.items(text) : []
        if items.count > 1 {
          try keys.encode(items, forKey: key)
        } else if entry.isText {
          try keys.encode(items.first ?? text, forKey: key)
        } else if let value = UInt64(text) {
          try keys.encode(value, forKey: key)
        } else if let value = Double(text) {
          try keys.encode(value, forKey: key)
        } else if let value = Bool(text) {
          try keys.encode(value, forKey: key)
        } else {
          try keys.encode(text, forKey: key)
        }
      }
    }
  }
}
