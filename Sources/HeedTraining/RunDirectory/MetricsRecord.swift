#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One line of `metrics.jsonl`: what was measured at a step.
///
/// As JSON it is one flat object, so that it can be read with any tool:
///
///     {"kind":"train","step":100,"epoch":0,"time":1763812345.5,"gradient_norm":1.2,"learning_rate":0.0001,"loss":5.4}
public struct MetricsRecord: Sendable, Equatable {
  /// What a record is about.
  public enum Kind: String, Sendable, CaseIterable, Codable {
    /// The start or the resumption of a run: facts about it.
    case run
    /// One or more training steps.
    case train
    /// A validation.
    case validation
    /// Something that happened, told in `facts["message"]`.
    case event
  }

  /// A held-out sentence and what the model makes of it.
  public struct Sample: Sendable, Hashable, Codable {
    /// The source text.
    public var source: String
    /// The corpus's translation.
    public var reference: String
    /// The model's translation.
    public var hypothesis: String

    /// Creates a sample.
    public init(source: String, reference: String, hypothesis: String) {
      self.source = source
      self.reference = reference
      self.hypothesis = hypothesis
    }
  }

  /// What the record is about.
  public var kind: Kind
  /// The last step that it covers, from 1; 0 before the first.
  public var step: Int
  /// The pass over the data, from 0.
  public var epoch: Int?
  /// When it was written, in seconds since 1970.
  public var time: Double
  /// Figures by name. The report knows `loss` (nats a token), `bleu`, `learning_rate`, `gradient_norm`,
  /// `tokens_per_second` and `elapsed` (seconds of training so far). Records of training also have the `tokens` and
  /// `seconds` of the steps that they cover.
  public var values: [String: Double]
  /// Short texts by name.
  public var facts: [String: String]
  /// Translations of some held-out sentences.
  public var samples: [Sample]

  /// Creates a record.
  ///
  /// - Precondition: no name in `values` or `facts` is that of another key (`kind`, `step`, `epoch`, `time`,
  ///   `samples`), and none is in both.
  public init(
    _ kind: Kind, step: Int, epoch: Int? = nil, time: Double, values: [String: Double] = [:],
    facts: [String: String] = [:], samples: [Sample] = []
  ) {
    let names = Array(values.keys) + Array(facts.keys)
    precondition(
      Set(names).count == names.count && Key.reserved.isDisjoint(with: names),
      "MetricsRecord: a name is used twice or reserved")
    self.kind = kind
    self.step = step
    self.epoch = epoch
    self.time = time
    self.values = values
    self.facts = facts
    self.samples = samples
  }

  /// The record as one line of JSON, without its end. Figures that are not finite are written as null.
  public var json: String {
    var parts = ["\"kind\":\(Self.quoted(kind.rawValue))", "\"step\":\(step)"]
    if let epoch { parts.append("\"epoch\":\(epoch)") }
    parts.append("\"time\":\(Self.number(time))")
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      parts.append("\(Self.quoted(name)):\(Self.number(value))")
    }
    for (name, text) in facts.sorted(by: { $0.key < $1.key }) {
      parts.append("\(Self.quoted(name)):\(Self.quoted(text))")
    }
    if !samples.isEmpty {
      let list = samples.map { sample in
        "{\"source\":\(Self.quoted(sample.source)),\"reference\":\(Self.quoted(sample.reference)),"
          + "\"hypothesis\":\(Self.quoted(sample.hypothesis))}"
      }
      parts.append("\"samples\":[\(list.joined(separator: ","))]")
    }
    return "{\(parts.joined(separator: ","))}"
  }

  private static func number(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // A whole number without a fraction, as JSON writers do; others in the shortest form that reads back.
    return Int(exactly: value).map(String.init) ?? value.description
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\u{0}"..."\u{1F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension MetricsRecord: Decodable {
  private struct Key: CodingKey {
    static let reserved: Set<String> = ["kind", "step", "epoch", "time", "samples"]
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a record from JSON. Keys whose value is neither a number nor text are left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    kind = try container.decode(Kind.self, forKey: Key(stringValue: "kind"))
    step = try container.decode(Int.self, forKey: Key(stringValue: "step"))
    epoch = try container.decodeIfPresent(Int.self, forKey: Key(stringValue: "epoch"))
    time = try container.decodeIfPresent(Double.self, forKey: Key(stringValue: "time")) ?? 0
    samples = try container.decodeIfPresent([Sample].self, forKey: Key(stringValue: "samples")) ?? []
    values = [:]
    facts = [:]
    for key in container.allKeys where !Key.reserved.contains(key.stringValue) {
      if let value = try? container.decode(Double.self, forKey: key) {
        values[key.stringValue] = value
      } else if let text = try? container.decode(String.self, forKey: key) {
        facts[key.stringValue] = text
      }
    }
  }
}
