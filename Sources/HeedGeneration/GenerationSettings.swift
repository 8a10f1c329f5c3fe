import HeedText

/// The parameters of transformers' `generate` that have a counterpart here, by their names there.
package struct GenerationSettings: Sendable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case beamSize = "num_beams"
    case returnedCount = "num_return_sequences"
    case lengthPenalty = "length_penalty"
    case earlyStopping = "early_stopping"
    case maximumNewTokens = "max_new_tokens"
    case minimumNewTokens = "min_new_tokens"
    case noRepeatNgramSize = "no_repeat_ngram_size"
    case repetitionPenalty = "repetition_penalty"
    case forcedBeginningToken = "forced_bos_token_id"
    case forcedEndToken = "forced_eos_token_id"
    case badWords = "bad_words_ids"
    case suppressedTokens = "suppress_tokens"
    case endTokens = "eos_token_id"
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let beamSize, returnedCount, maximumNewTokens, minimumNewTokens, noRepeatNgramSize: Int?
  private let lengthPenalty, repetitionPenalty: Float?
  private let earlyStopping: EarlyStopping?
  private let forcedBeginningToken, forcedEndToken: TokenID?
  private let badWords: [[TokenID]]?
  private let suppressedTokens, endTokens: [TokenID]?

  /// Reads an object's settings. Keys that are neither known here nor among `others` are an error, because results
  /// would depend on them.
  package init(from decoder: any Decoder, besides others: Set<String>) throws {
    let known = others.union(CodingKeys.allCases.map(\.rawValue))
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      let message = "the setting \"\(key.stringValue)\" is not supported"
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: message))
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    beamSize = try values.decodeIfPresent(Int.self, forKey: .beamSize)
    returnedCount = try values.decodeIfPresent(Int.self, forKey: .returnedCount)
    maximumNewTokens = try values.decodeIfPresent(Int.self, forKey: .maximumNewTokens)
    minimumNewTokens = try values.decodeIfPresent(Int.self, forKey: .minimumNewTokens)
    noRepeatNgramSize = try values.decodeIfPresent(Int.self, forKey: .noRepeatNgramSize)
    lengthPenalty = try values.decodeIfPresent(Float.self, forKey: .lengthPenalty)
    repetitionPenalty = try values.decodeIfPresent(Float.self, forKey: .repetitionPenalty)
    forcedBeginningToken = try values.decodeIfPresent(TokenID.self, forKey: .forcedBeginningToken)
    forcedEndToken = try values.decodeIfPresent(TokenID.self, forKey: .forcedEndToken)
    badWords = try values.decodeIfPresent([[TokenID]].self, forKey: .badWords)
    suppressedTokens = try values.decodeIfPresent([TokenID].self, forKey: .suppressedTokens)
    if let one = try? values.decodeIfPresent(TokenID.self, forKey: .endTokens) {
      endTokens = [one]
    } else {
      endTokens = try values.decodeIfPresent([TokenID].self, forKey: .endTokens)
    }
    if let stops = try? values.decodeIfPresent(Bool.self, forKey: .earlyStopping) {
      earlyStopping = stops ? .atBeamCount : .heuristic
    } else if let text = try values.decodeIfPresent(String.self, forKey: .earlyStopping) {
      guard text == "never" else {
        throw DecodingError.dataCorruptedError(
          forKey: .earlyStopping, in: values,
          debugDescription: "expected true, false or \"never\", found \"\(text)\"")
      }
      earlyStopping = .never
    } else {
      earlyStopping = nil
    }
  }

  /// Changes the options that the settings name.
  package func apply(to options: inout GenerationOptions) {
    func set<Value>(_ path: WritableKeyPath<GenerationOptions, Value>, _ value: Value?) {
      if let value { options[keyPath: path] = value }
    }
    set(\.beamSize, beamSize)
    set(\.returnedCount, returnedCount)
    set(\.maximumNewTokens, maximumNewTokens)
    set(\.minimumNewTokens, minimumNewTokens)
    set(\.noRepeatNgramSize, noRepeatNgramSize)
    set(\.lengthPenalty, lengthPenalty.map { .huggingFace($0) })
    set(\.repetitionPenalty, repetitionPenalty)
    set(\.earlyStopping, earlyStopping)
    if let forcedBeginningToken { options.forcedBeginningToken = forcedBeginningToken }
    if let forcedEndToken { options.forcedEndToken = forcedEndToken }
    set(\.badWords, badWords)
    set(\.suppressedTokens, suppressedTokens)
    set(\.endTokens, endTokens)
  }
}
