import Foundation
import HeedTensor

/// The fields of a config.json, each checked when it is asked for.
///
/// A field that is absent or null takes its family's default.
struct ConfigurationFields: Sendable {
  private let values: [String: ConfigurationValue]
  private let path: String

  /// The fields of a JSON object.
  init(_ data: Data, file: String) throws(ConfigurationError) {
    do {
      values = try JSONDecoder().decode([String: ConfigurationValue].self, from: data)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file, decoding: error, in: data)
    } catch {
      throw ConfigurationError(file: file, nil, "cannot be decoded")
    }
    path = ""
  }

  /// The fields of an object; errors begin with `path`.
  init(_ values: [String: ConfigurationValue], path: String = "") {
    self.values = values
    self.path = path
  }

  subscript(name: String) -> ConfigurationValue? {
    guard let value = values[name], value != .null else { return nil }
    return value
  }

  func has(_ name: String) -> Bool { self[name] != nil }

  /// The fields of an object inside.
  func object(_ name: String) throws(ConfigurationError) -> ConfigurationFields? {
    guard let value = self[name] else { return nil }
    guard case .object(let fields) = value else { throw wrong(name, "an object", value) }
    return ConfigurationFields(fields, path: path + name + ".")
  }

  func string(_ name: String) throws(ConfigurationError) -> String? {
    guard let value = self[name] else { return nil }
    guard case .string(let text) = value else { throw wrong(name, "a string", value) }
    return text
  }

  func strings(_ name: String) throws(ConfigurationError) -> [String]? {
    guard let value = self[name] else { return nil }
    guard case .array(let elements) = value else { throw wrong(name, "a list of strings", value) }
    var texts: [String] = []
    for element in elements {
      guard case .string(let text) = element else { throw wrong(name, "a list of strings", element) }
      texts.append(text)
    }
    return texts
  }

  func bool(_ name: String) throws(ConfigurationError) -> Bool? {
    guard let value = self[name] else { return nil }
    guard case .bool(let answer) = value else { throw wrong(name, "true or false", value) }
    return answer
  }

  func bool(_ name: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
    try bool(name) ?? fallback
  }

  func int(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
    guard let value = self[name] else { return nil }
    guard case .int(let number) = value else { throw wrong(name, "an integer", value) }
    guard range.contains(number) else {
      throw error(name, "must be from \(range.lowerBound) to \(range.upperBound), found \(number)")
    }
    return number
  }

  func int(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(ConfigurationError)
    -> Int
  {
    try int(name, in: range) ?? fallback
  }

  func required(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    guard let number = try int(name, in: range) else { throw error(name, "is missing") }
    return number
  }

  func double(_ name: String) throws(ConfigurationError) -> Double? {
    guard let value = self[name] else { return nil }
    switch value {
    case .double(let number): return number
    case .int(let number): return Double(number)
    default: throw wrong(name, "a number", value)
    }
  }

  func float(_ name: String, default fallback: Float) throws(ConfigurationError) -> Float {
    try double(name).map { Float($0) } ?? fallback
  }

  func probability(_ name: String, default fallback: Float) throws(ConfigurationError) -> Float {
    let value = try float(name, default: fallback)
    guard (0..<1).contains(value) else { throw error(name, "must be in 0..<1, found \(value)") }
    return value
  }

  /// At least one token, for a model that could not stop without.
  func endTokens(default fallback: Int, _ size: Int) throws(ConfigurationError) -> [Int32] {
    let found = try tokens("eos_token_id", default: [fallback], size)
    guard !found.isEmpty else {
      throw error("eos_token_id", "must be a token: an encoder-decoder needs one that ends a sequence")
    }
    return found
  }

  /// What is added to a variance: above 0.
  func epsilon(_ name: String, default fallback: Float) throws(ConfigurationError) -> Float {
    let value = try float(name, default: fallback)
    guard value > 0, value < 1 else { throw error(name, "must be above 0 and below 1, found \(value)") }
    return value
  }

  /// A token of a vocabulary.
  func token(_ name: String, default fallback: Int?, _ size: Int) throws(ConfigurationError) -> Int32? {
    if case .array = self[name] { return try tokens(name, default: [], size).first }
    // A token that is null is none; one that is not mentioned is the family's.
    if values[name] == .null { return nil }
    guard let value = try int(name, in: Int.min...Int.max) ?? fallback else { return nil }
    return try checked(name, value, size)
  }

  /// A token, or a list of them.
  func tokens(_ name: String, default fallback: [Int], _ size: Int) throws(ConfigurationError) -> [Int32] {
    var found = fallback
    switch self[name] {
    case nil: if values[name] == .null { found = [] }
    case .int(let value): found = [value]
    case .array(let elements):
      found = []
      for element in elements {
        guard case .int(let value) = element else {
          throw wrong(name, "a token or a list of tokens", element)
        }
        found.append(value)
      }
    case .some(let value): throw wrong(name, "a token or a list of tokens", value)
    }
    var tokens: [Int32] = []
    for value in found { tokens.append(try checked(name, value, size)) }
    return tokens
  }

  func activation(_ name: String, default fallback: Activation) throws(ConfigurationError) -> Activation {
    guard let text = try string(name) else { return fallback }
    guard let known = Activation(checkpointName: text) else {
      let names = Activation.allCases.flatMap(\.checkpointNames).joined(separator: ", ")
      throw error(name, "'\(text)' is not one of \(names)")
    }
    return known
  }

  /// The one value that can be computed with, where the field is there at all.
  func require(_ name: String, _ expected: ConfigurationValue, _ reason: String) throws(ConfigurationError) {
    guard let value = self[name], value != expected else { return }
    throw error(name, "must be \(expected.description), found \(value.description): \(reason)")
  }

  func error(_ name: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(path + name, reason)
  }

  private func wrong(_ name: String, _ expected: String, _ value: ConfigurationValue) -> ConfigurationError {
    error(name, "must be \(expected), found \(value.description)")
  }

  private func checked(_ name: String, _ value: Int, _ size: Int) throws(ConfigurationError) -> Int32 {
    guard (0..<size).contains(value), let token = Int32(exactly: value) else {
      throw error(name, "must be a token of the vocabulary of \(size), found \(value)")
    }
    return token
  }
}

extension ConfigurationFields {
  /// The limits of extents, beyond which a file is damaged rather than large.
  static let extents = 1...1_000_000
  /// The limits of vocabularies and positions.
  static let counts = 1...10_000_000
  /// The limits of layers and heads.
  static let layers = 1...1024

  /// A width that must be divided among heads.
  func check(_ name: String, _ hiddenSize: Int, dividedBy heads: Int, _ hiddenName: String)
    throws(ConfigurationError)
  {
    guard hiddenSize.isMultiple(of: heads) else {
      throw error(name, "\(hiddenName) \(hiddenSize) is not divisible by \(heads) heads")
    }
  }
}

extension Activation {
  /// What configurations call it, the first being what is written.
  var checkpointNames: [String] {
    switch self {
    case .none: ["linear"]
    case .relu: ["relu"]
    case .gelu: ["gelu"]
    case .geluTanh: ["gelu_new", "gelu_pytorch_tanh", "gelu_fast"]
    case .silu: ["silu", "swish"]
    case .tanh: ["tanh"]
    }
  }

  /// The activation that a configuration names.
  init?(checkpointName: String) {
    guard let found = Self.allCases.first(where: { $0.checkpointNames.contains(checkpointName) }) else {
      return nil
    }
    self = found
  }

  var checkpointName: String { checkpointNames[0] }
}
