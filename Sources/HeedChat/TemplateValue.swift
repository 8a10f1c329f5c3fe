/// A value that is given to a template: what JSON can say, with the order of an object's fields kept.
public enum TemplateValue: Sendable, Hashable {
  /// JSON's null, which templates call `none`.
  case null
  /// True or false.
  case boolean(Bool)
  /// A whole number.
  case integer(Int)
  /// A number with a fraction.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case list([TemplateValue])
  /// An object; of two fields with one name the later counts.
  case object([Field])

  /// A field of an object.
  public struct Field: Sendable, Hashable {
    /// The key.
    public var name: String
    /// What it stands for.
    public var value: TemplateValue

    /// A field.
    public init(_ name: String, _ value: TemplateValue) {
      self.name = name
      self.value = value
    }
  }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// True or false.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Null.
  public init(nilLiteral: ()) { self = .null }
  /// A list.
  public init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
  /// An object with its fields in the order of the source.
  public init(dictionaryLiteral elements: (String, TemplateValue)...) {
    self = .object(elements.map { Field($0.0, $0.1) })
  }
}
