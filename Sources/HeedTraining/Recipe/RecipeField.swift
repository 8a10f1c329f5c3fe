/// A value that a recipe can hold, with its spelling.
public protocol RecipeValue: Sendable, Equatable {
  /// Reads a value from its spelling; nil if it is none.
  init?(recipeText: String)
  /// The spelling, which `init(recipeText:)` reads back as an equal value.
  var recipeText: String { get }
  /// What a value looks like, for error messages: "a whole number".
  static var recipeExpectation: String { get }
  /// Whether the absence of a value is a value.
  static var allowsNull: Bool { get }
}

extension RecipeValue {
  /// Absence is no value unless a type says so.
  public static var allowsNull: Bool { false }
}

extension Int: RecipeValue {
  /// Reads a whole number; `100_000` is one as well.
  public init?(recipeText: String) { self.init(recipeText.filter { $0 != "_" }) }
  /// The digits.
  public var recipeText: String { String(self) }
  /// A whole number.
  public static var recipeExpectation: String { "a whole number" }
}

extension UInt64: RecipeValue {
  /// Reads a whole number; `100_000` is one as well.
  public init?(recipeText: String) { self.init(recipeText.filter { $0 != "_" }) }
  /// The digits.
  public var recipeText: String { String(self) }
  /// A whole number, not negative.
  public static var recipeExpectation: String { "a whole number, 0 or more" }
}

extension Double: RecipeValue {
  /// Reads a finite number.
  public init?(recipeText: String) {
    guard let value = Double(recipeText), value.isFinite else { return nil }
    self = value
  }
  /// The shortest spelling that reads back as the same number.
  public var recipeText: String { Int(exactly: self).map(String.init) ?? description }
  /// A number.
  public static var recipeExpectation: String { "a number" }
}

extension Bool: RecipeValue {
  /// Reads a truth value in any of YAML's spellings.
  public init?(recipeText: String) {
    switch recipeText.lowercased() {
    case "true", "yes", "on": self = true
    case "false", "no", "off": self = false
    default: return nil
    }
  }
  /// The spelling.
  public var recipeText: String { description }
  /// True or false.
  public static var recipeExpectation: String { "true or false" }
}

extension String: RecipeValue {
  /// Takes the text as it is.
  public init?(recipeText: String) { self = recipeText }
  /// The text itself.
  public var recipeText: String { self }
  /// Text.
  public static var recipeExpectation: String { "text" }
}

extension Optional: RecipeValue where Wrapped: RecipeValue {
  /// Reads a value; its absence is not spelled as text.
  public init?(recipeText: String) {
    guard let value = Wrapped(recipeText: recipeText) else { return nil }
    self = .some(value)
  }
  /// The value's spelling, or `null`.
  public var recipeText: String { self?.recipeText ?? "null" }
  /// The value's, or null.
  public static var recipeExpectation: String { "\(Wrapped.recipeExpectation), or null" }
  /// Absence is a value.
  public static var allowsNull: Bool { true }
}

/// One of a few words.
public protocol RecipeChoice: RecipeValue, CaseIterable, RawRepresentable, Codable, Hashable
where RawValue == String {
  /// Other spellings that are understood.
  static var aliases: [String: Self] { get }
}

extension RecipeChoice {
  /// None, unless a type says so.
  public static var aliases: [String: Self] { [:] }
  /// Reads one of the words.
  public init?(recipeText: String) {
    guard let value = Self(rawValue: recipeText) ?? Self.aliases[recipeText] else { return nil }
    self = value
  }
  /// The word.
  public var recipeText: String { rawValue }
  /// All words.
  public static var recipeExpectation: String {
    let words = allCases.map(\.rawValue)
    guard words.count > 1, let last = words.last else { return words.joined() }
    return "\(words.dropLast().joined(separator: ", ")) or \(last)"
  }
}

/// A length of time, spelled as seconds (`5400`) or with units (`1h30m`, `90m`, `45s`).
public struct RecipeDuration: RecipeValue, Hashable, Codable {
  /// The length in seconds.
  public var seconds: Double

  /// Creates a length of time.
  public init(seconds: Double) { self.seconds = seconds }

  /// Reads seconds, or hours, minutes and seconds with their letters, in that order.
  public init?(recipeText: String) {
    if let seconds = Double(recipeText: recipeText) {
      self.seconds = seconds
      return
    }
    var total = 0.0
    var digits = ""
    var units: [Character] = ["h", "m", "s"]
    for character in recipeText where character != " " {
      if character.isASCII, character.isNumber || character == "." {
        digits.append(character)
      } else {
        guard let place = units.firstIndex(of: character), let value = Double(digits) else { return nil }
        total += value * (character == "h" ? 3600 : character == "m" ? 60 : 1)
        units.removeFirst(place + 1)
        digits = ""
      }
    }
    guard digits.isEmpty, units.count < 3, total.isFinite else { return nil }
    seconds = total
  }

  /// The length in seconds.
  public var recipeText: String { seconds.recipeText }
  /// A length of time.
  public static var recipeExpectation: String { "a length of time such as 90m, 1h30m or a number of seconds" }
}

/// A key of a section: how it is spelled, and how its value is read and set.
package struct RecipeField<Section: Sendable>: Sendable {
  /// The key as it stands in the file.
  package let key: String
  /// What its value looks like.
  package let expectation: String
  /// Whether the value may be null.
  package let allowsNull: Bool
  /// Whether the value is free text, which may need quotes in YAML.
  package let isText: Bool
  /// Whether it may be several, which then stand in the text as YAML writes a list in a line.
  package let isList: Bool
  /// Sets the value from its spelling (nil for null); false if it is none.
  package let set: @Sendable (inout Section, String?) -> Bool
  /// The value's spelling, nil for null.
  package let get: @Sendable (Section) -> String?

  /// Describes a key whose value lies at a path.
  package init<Value: RecipeValue>(
    _ key: String, _ path: any WritableKeyPath<Section, Value> & Sendable, isList: Bool = false
  ) {
    self.key = key
    self.isList = isList
    expectation = isList ? "\(Value.recipeExpectation), or a list of it" : Value.recipeExpectation
    allowsNull = Value.allowsNull
    isText = Value.self == String.self || Value.self == String?.self
    set = { section, text in
      guard let text else {
        guard let null = Value.null else { return false }
        section[keyPath: path] = null
        return true
      }
      guard let value = Value(recipeText: text) else { return false }
      section[keyPath: path] = value
      return true
    }
    get = { section in section[keyPath: path].textOrNull }
  }
}

extension RecipeValue {
  /// The value that stands for absence, where there is one.
  fileprivate static var null: Self? { (Self.self as? any NullableRecipeValue.Type)?.absent as? Self }
  /// The spelling, nil for absence.
  fileprivate var textOrNull: String? {
    if let nullable = self as? any NullableRecipeValue, nullable.isAbsent { return nil }
    return recipeText
  }
}

private protocol NullableRecipeValue {
  static var absent: Self { get }
  var isAbsent: Bool { get }
}

extension Optional: NullableRecipeValue where Wrapped: RecipeValue {
  fileprivate static var absent: Self { .none }
  fileprivate var isAbsent: Bool { self == nil }
}

/// A section of the recipe: a struct with a table of its keys.
package protocol RecipeSection: Sendable, Equatable {
  /// The section's name in the file.
  static var name: String { get }
  /// Its keys, in the order in which they are written.
  static var fields: [RecipeField<Self>] { get }
}
