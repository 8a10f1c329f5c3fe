/// The special tokens of a tokenizer, by what they are for.
public struct SpecialTokens: Sendable, Hashable {
  /// What a special token is for; the raw value is its name in `tokenizer_config.json`.
  public enum Role: String, CaseIterable, Sendable {
    /// Begins a text.
    case beginning = "bos_token"
    /// Ends a text.
    case end = "eos_token"
    /// Stands for what nothing else stands for.
    case unknown = "unk_token"
    /// Stands between two texts.
    case separator = "sep_token"
    /// Fills rows up; no text has it.
    case padding = "pad_token"
    /// Stands for a whole text.
    case classification = "cls_token"
    /// Hides a token that a model is to guess.
    case mask = "mask_token"
  }

  /// The spelling of each token that there is.
  public internal(set) var tokens: [Role: String] = [:]
  /// Special tokens without such a part, such as T5's `<extra_id_0>`, in the order of the files.
  public internal(set) var additional: [String] = []

  init() {}

  /// The spelling of the token for `role`, or nil if there is none.
  public subscript(role: Role) -> String? { tokens[role] }

  /// The spellings by the names of `tokenizer_config.json`, as chat templates want them.
  public var byName: [String: String] {
    Dictionary(uniqueKeysWithValues: tokens.map { ($0.key.rawValue, $0.value) })
  }
}
