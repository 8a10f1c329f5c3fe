import HeedModels
import HeedText

/// The parameters of transformers' `generate`, by their names there.
///
/// A parameter that would change results and has no counterpart here is an error that names it; one that is there with
/// the value that changes nothing is not.
package struct GenerationSettings: Sendable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case beamSize = "num_beams"
    case returnedCount = "num_return_sequences"
    case lengthPenalty = "length_penalty"
    case earlyStopping = "early_stopping"
    case maximumLength = "max_length"
    case maximumNewTokens = "max_new_tokens"
    case minimumLength = "min_length"
    case minimumNewTokens = "min_new_tokens"
    case noRepeatNgramSize = "no_repeat_ngram_size"
    case repetitionPenalty = "repetition_penalty"
    case forcedBeginningToken = "forced_bos_token_id"
    case forcedEndToken = "forced_eos_token_id"
    case badWords = "bad_words_ids"
    case suppressedTokens = "suppress_tokens"
    case endTokens = "eos_token_id"
    case samples = "do_sample"
    case temperature = "temperature"
    case topK = "top_k"
    case topP = "top_p"
    case minP = "min_p"
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Keys that change nothing here: what the architecture says already, outputs that are asked for elsewhere, versions.
  private static let neutralKeys: Set<String> = [
    "_from_model_config", "pad_token_id", "bos_token_id", "decoder_start_token_id", "transformers_version",
    "use_cache", "cache_implementation", "output_attentions", "output_hidden_states", "output_scores",
    "output_logits", "return_dict_in_generate", "renormalize_logits", "remove_invalid_values", "max_time",
    "chat_template", "transformers.js_config", "max_position_embeddings", "disable_compile", "compile_config",
    "return_timestamps", "trust_remote_code", "num_assistant_tokens", "num_assistant_tokens_schedule",
    "max_matching_ngram_size", "prompt_lookup_num_tokens", "use_model_defaults", "cache_config",
    "dola_layers",
    "return_legacy_cache", "assistant_early_exit", "assistant_lookbehind", "target_lookbehind",
  ]

  /// Parameters without a counterpart, with the values that change nothing.
  private static let neutralValues: [String: [ConfigurationValue]] = [
    "num_beam_groups": [.int(1)], "diversity_penalty": [.double(0), .int(0)],
    "encoder_no_repeat_ngram_size": [.int(0)],
    "encoder_repetition_penalty": [.double(1), .int(1)], "typical_p": [.double(1), .int(1)],
    "epsilon_cutoff": [.double(0), .int(0)], "eta_cutoff": [.double(0), .int(0)],
    "penalty_alpha": [.double(0), .int(0)], "guidance_scale": [.double(1), .int(1)],
    "begin_suppress_tokens": [.array([])], "token_healing": [.bool(false)],
    "exponential_decay_length_penalty": [], "sequence_bias": [], "constraints": [], "force_words_ids": [],
    "stop_strings": [], "watermarking_config": [], "low_memory": [.bool(false)], "prefill_chunk_size": [],
    "top_h": [], "assistant_confidence_threshold": [], "is_assistant": [.bool(false)],
  ]

  private let beamSize, returnedCount, maximumLength, maximumNewTokens, minimumLength, minimumNewTokens: Int?
  private let noRepeatNgramSize, topK: Int?
  private let lengthPenalty, repetitionPenalty, temperature, topP, minP: Float?
  private let earlyStopping: EarlyStopping?
  private let forcedBeginningToken, forcedEndToken: TokenID?
  private let badWords: [[TokenID]]?
  private let suppressedTokens, endTokens: [TokenID]?
  private let samples: Bool?

  /// Which keys may stand beside those that are known.
  package enum Strictness: Sendable {
    /// These only, and those that change nothing.
    case others(Set<String>)
    /// Any: the object is about more than search, as `config.json` is.
    case any
  }

  /// Reads an object's settings.
  package init(from decoder: any Decoder, besides strictness: Strictness) throws {
    try Self.checkKeys(decoder, strictness)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func int(_ key: CodingKeys) throws -> Int? { try values.decodeIfPresent(Int.self, forKey: key) }
    func float(_ key: CodingKeys) throws -> Float? { try values.decodeIfPresent(Float.self, forKey: key) }
    func tokens(_ key: CodingKeys) throws -> [TokenID]? {
      if let one = try? values.decodeIfPresent(TokenID.self, forKey: key) { return [one] }
      return try values.decodeIfPresent([TokenID].self, forKey: key)
    }
    beamSize = try int(.beamSize)
    returnedCount = try int(.returnedCount)
    maximumLength = try int(.maximumLength)
    maximumNewTokens = try int(.maximumNewTokens)
    minimumLength = try int(.minimumLength)
    minimumNewTokens = try int(.minimumNewTokens)
    noRepeatNgramSize = try int(.noRepeatNgramSize)
    topK = try int(.topK)
    lengthPenalty = try float(.lengthPenalty)
    repetitionPenalty = try float(.repetitionPenalty)
    temperature = try float(.temperature)
    topP = try float(.topP)
    minP = try float(.minP)
    samples = try values.decodeIfPresent(Bool.self, forKey: .samples)
    // Some files hold a list of one.
    forcedBeginningToken = try tokens(.forcedBeginningToken)?.first
    forcedEndToken = try tokens(.forcedEndToken)?.first
    badWords = try values.decodeIfPresent([[TokenID]].self, forKey: .badWords)
    suppressedTokens = try values.decodeIfPresent([TokenID].self, forKey: .suppressedTokens)
    endTokens = try tokens(.endTokens)
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

  private static func checkKeys(_ decoder: any Decoder, _ strictness: Strictness) throws {
    let known = neutralKeys.union(CodingKeys.allCases.map(\.rawValue))
    let container = try decoder.container(keyedBy: AnyKey.self)
    for key in container.allKeys where !known.contains(key.stringValue) {
      switch strictness {
      case .others(let others): if others.contains(key.stringValue) { continue }
      case .any: if neutralValues[key.stringValue] == nil { continue }
      }
      let value = try container.decode(ConfigurationValue.self, forKey: key)
      if value == .null || neutralValues[key.stringValue]?.contains(value) ?? false { continue }
      throw ConfigurationError(
        key.stringValue,
        "is a setting of search that is not supported, and changes results; --ignore-generation-config goes on without"
      )
    }
  }

  /// What the files call an option.
  static func name(ofOption option: String) -> String {
    let names: [String: CodingKeys] = [
      "beamSize": .beamSize, "returnedCount": .returnedCount, "lengthPenalty": .lengthPenalty,
      "maximumLength": .maximumLength, "maximumNewTokens": .maximumNewTokens, "minimumLength": .minimumLength,
      "minimumNewTokens": .minimumNewTokens, "noRepeatNgramSize": .noRepeatNgramSize,
      "repetitionPenalty": .repetitionPenalty, "forcedBeginningToken": .forcedBeginningToken,
      "forcedEndToken": .forcedEndToken, "badWords": .badWords, "suppressedTokens": .suppressedTokens,
      "endTokens": .endTokens, "temperature": .temperature, "topK": .topK, "topP": .topP, "minP": .minP,
    ]
    return names[option]?.rawValue ?? option
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
    // Lengths that count the prompt give way to those that do not.
    if maximumNewTokens == nil, let maximumLength {
      options.maximumLength = maximumLength
      options.maximumNewTokens = max(1, maximumLength)
    }
    if minimumNewTokens == nil { set(\.minimumLength, minimumLength) }
    set(\.noRepeatNgramSize, noRepeatNgramSize)
    set(\.lengthPenalty, lengthPenalty.map { .huggingFace($0) })
    set(\.repetitionPenalty, repetitionPenalty)
    set(\.earlyStopping, earlyStopping)
    if let forcedBeginningToken { options.forcedBeginningToken = forcedBeginningToken }
    if let forcedEndToken { options.forcedEndToken = forcedEndToken }
    set(\.badWords, badWords)
    set(\.suppressedTokens, suppressedTokens)
    set(\.endTokens, endTokens)
    guard let samples else { return }
    guard samples else {
      options.sampling = nil
      return
    }
    var sampling = SamplingOptions()
    if let temperature { sampling.temperature = temperature }
    // Where nothing is said, transformers draws from the fifty likeliest; 0 draws from all.
    let limit = topK ?? 50
    sampling.topK = limit > 0 ? limit : nil
    sampling.topP = topP
    sampling.minP = minP
    options.sampling = sampling
  }
}
