/// `generation_config.json` as Heed writes it.
struct GenerationFields: Codable, Sendable {
  var padToken: Int
  var endToken: Int
  var startToken: Int
  var beginToken: Int?
  var badWords: [[Int]]?
  var beamCount: Int
  var maximumLength: Int

  enum CodingKeys: String, CodingKey {
    case padToken = "pad_token_id"
    case endToken = "eos_token_id"
    case startToken = "decoder_start_token_id"
    case beginToken = "bos_token_id"
    case badWords = "bad_words_ids"
    case beamCount = "num_beams"
    case maximumLength = "max_length"
  }

  /// Never generates the pad, which the paper's vocabulary does not have.
  init(_ configuration: TransformerConfiguration) {
    padToken = Int(configuration.padToken)
    endToken = Int(configuration.endToken)
    startToken = Int(configuration.startToken)
    beginToken = configuration.beginToken.map(Int.init)
    badWords = [[Int(configuration.padToken)]]
    beamCount = 4
    maximumLength = min(512, configuration.maximumPositions)
  }
}
