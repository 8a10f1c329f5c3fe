import HeedLayers
import HeedTensor

/// How configurations of all times describe rotary positions: `rope_parameters`, or `rope_theta` with `rope_scaling`.
enum RotaryFields {
  static func positions(
    _ fields: ConfigurationFields, headSize: Int
  ) throws(ConfigurationError) -> RotaryPositions {
    var parameters = try fields.object("rope_parameters")
    if parameters == nil { parameters = try fields.object("rope_scaling") }
    let base = try number("rope_theta", parameters, fields) ?? 10_000
    guard base > 1, Float(base).isFinite else {
      throw fields.error("rope_theta", "must be above 1, found \(base)")
    }
    let share = try number("partial_rotary_factor", parameters, fields) ?? 1
    guard share > 0, share <= 1, Int(Double(headSize) * share) >= 2 else {
      throw fields.error("partial_rotary_factor", "must be above 0 and at most 1, found \(share)")
    }
    let dimension = Int(Double(headSize) * share) / 2 * 2
    return RotaryPositions(base: base, dimension: dimension, scaling: try scaling(parameters))
  }

  private static func scaling(
    _ parameters: ConfigurationFields?
  ) throws(ConfigurationError) -> RotaryPositions.Scaling {
    guard let parameters else { return .none }
    var kind = try parameters.string("rope_type")
    if kind == nil { kind = try parameters.string("type") }
    switch kind ?? "default" {
    case "default": return .none
    case "linear": return .linear(factor: try factor(parameters, "factor"))
    case "llama3":
      let low = try factor(parameters, "low_freq_factor")
      let high = try factor(parameters, "high_freq_factor")
      guard high > low else {
        throw parameters.error("high_freq_factor", "must be above low_freq_factor \(low), found \(high)")
      }
      return .llama3(
        factor: try factor(parameters, "factor"), low: low, high: high,
        originalLength: try parameters.required(
          "original_max_position_embeddings", in: ConfigurationFields.counts))
    case let kind:
      throw parameters.error(
        "rope_type", "'\(kind)' is not supported; supported are default, linear and llama3")
    }
  }

  /// A number that stands inside the object, or beside it.
  private static func number(
    _ name: String, _ parameters: ConfigurationFields?, _ fields: ConfigurationFields
  ) throws(ConfigurationError) -> Double? {
    if let value = try parameters?.double(name) { return value }
    return try fields.double(name)
  }

  private static func factor(
    _ parameters: ConfigurationFields, _ name: String
  ) throws(ConfigurationError) -> Float {
    guard let value = try parameters.double(name) else { throw parameters.error(name, "is missing") }
    let number = Float(value)
    guard number.isNormal, number > 0 else {
      throw parameters.error(name, "must be above 0 and no more than a float32 holds, found \(value)")
    }
    return number
  }

  /// Written as transformers 5 does, and as 4 does: each reads the one and ignores the other.
  static func fields(of positions: RotaryPositions, headSize: Int) -> [String: ConfigurationValue] {
    var parameters: [String: ConfigurationValue] = ["rope_theta": .double(positions.base)]
    switch positions.scaling {
    case .none:
      parameters["rope_type"] = .string("default")
    case .linear(let factor):
      parameters["rope_type"] = .string("linear")
      parameters["factor"] = ConfigurationValue(factor)
    case .llama3(let factor, let low, let high, let originalLength):
      parameters["rope_type"] = .string("llama3")
      parameters["factor"] = ConfigurationValue(factor)
      parameters["low_freq_factor"] = ConfigurationValue(low)
      parameters["high_freq_factor"] = ConfigurationValue(high)
      parameters["original_max_position_embeddings"] = .int(originalLength)
    case .divisors:
      preconditionFailure("frequencies with divisors of their own have no form in config.json")
    }
    if positions.dimension != headSize {
      parameters["partial_rotary_factor"] = .double(Double(positions.dimension) / Double(headSize))
    }
    var fields: [String: ConfigurationValue] = [
      "rope_parameters": .object(parameters), "rope_theta": .double(positions.base),
    ]
    if positions.scaling != .none {
      parameters["rope_theta"] = nil
      fields["rope_scaling"] = .object(parameters)
    }
    return fields
  }
}
