import Foundation

extension TransformerConfiguration {
  /// The same with other dropout.
  ///
  /// T5 has one probability for all places, so `dropout` is that of all of them there.
  ///
  /// - Parameters:
  ///   - dropout: Of embeddings and of each sublayer's output; nil to keep it.
  ///   - attention: Of attention weights; nil to keep it.
  ///   - activation: Inside the feed-forward layers; nil to keep it.
  /// - Returns: The configuration.
  /// - Throws: `ConfigurationError` where the family has no such dropout.
  public func withDropout(
    _ dropout: Float?, attention: Float? = nil, activation: Float? = nil
  ) throws -> TransformerConfiguration {
    var changed = self
    let isOne = family == .t5
    for block in [\TransformerConfiguration.encoder, \.decoder] {
      if let dropout {
        changed[keyPath: block].dropout = dropout
        if isOne {
          changed[keyPath: block].attentionDropout = dropout
          changed[keyPath: block].activationDropout = dropout
        }
      }
      if let attention { changed[keyPath: block].attentionDropout = attention }
      if let activation { changed[keyPath: block].activationDropout = activation }
    }
    // What config.json cannot say would be lost when the model is read again.
    var fields = family.table.fields(of: changed).filter { $0.value != .null }
    fields["model_type"] = .string(family.rawValue)
    let read = try ModelReader.configuration(try JSONEncoder().encode(fields), file: "the model")
    for (name, path) in [
      ("dropout", \TransformerConfiguration.decoder.dropout),
      ("attention_dropout", \.decoder.attentionDropout),
      ("activation_dropout", \.decoder.activationDropout),
    ] where read[keyPath: path] != changed[keyPath: path] {
      throw ConfigurationError(
        name,
        "cannot be \(changed[keyPath: path]) for a model of the family \(family.rawValue), which has no "
          + "such dropout")
    }
    return changed
  }
}
