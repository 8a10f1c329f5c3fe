import Foundation

/// config.json of the models that the Transformer replaced.
enum SequenceFields {
  static func read<Configuration>(
    _ data: Data, _ file: String, _ modelType: String,
    _ body: (ConfigurationFields) throws(ConfigurationError) -> Configuration
  ) throws(ConfigurationError) -> Configuration {
    let fields = try ConfigurationFields(data, file: file)
    do throws(ConfigurationError) {
      let found = try fields.string("model_type") ?? ""
      guard found == modelType else {
        throw ConfigurationError("model_type", "'\(found)' is not \(modelType), which this needs")
      }
      try fields.checkQuantization()
      return try body(fields)
    } catch {
      var error = error
      error.file = file
      throw error
    }
  }

  static func write(
    _ own: [String: ConfigurationValue], _ vocabulary: SequenceVocabulary, _ modelType: String,
    _ precision: WeightPrecision
  ) throws -> Data {
    var fields = vocabulary.fields.merging(own) { $1 }
    fields["model_type"] = .string(modelType)
    fields.merge(ConfigurationValue.fields(of: precision)) { $1 }
    return try ModelDirectory.encode(fields)
  }
}

extension ConfigurationFields {
  /// One of a few words, which must be there.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ type: Choice.Type
  ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
    let text = try string(name) ?? ""
    guard let found = Choice(rawValue: text) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw error(name, "must be one of \(known), found '\(text)'")
    }
    return found
  }
}
