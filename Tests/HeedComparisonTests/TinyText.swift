import HeedTraining

/// A few dozen invented sentence pairs: subject, verb and object, of which the translation turns the last two round.
enum TinyText {
  private static let words = [
    ("the cat", "la kato"), ("a dog", "hundo"), ("my friend", "mia amiko"), ("the old man", "la maljunulo"),
    ("a bird", "birdo"),
  ]
  private static let verbs = [("sees", "vidas"), ("loves", "amas"), ("seeks", "serĉas")]

  /// What models learn from, and what they are measured on.
  static var text: TrainingText {
    var pairs: [SentencePair] = []
    for subject in words {
      for verb in verbs {
        for object in words where object.0 != subject.0 {
          pairs.append(
            SentencePair(
              source: "\(subject.0) \(verb.0) \(object.0) today",
              target: "hodiaŭ \(subject.1) \(object.1)n \(verb.1)", line: pairs.count + 1))
        }
      }
    }
    let heldOut = pairs.indices.filter { $0 % 6 == 2 }
    return TrainingText(
      training: .inMemory(pairs.indices.filter { $0 % 6 != 2 }.map { pairs[$0] }),
      validation: .inMemory(heldOut.map { pairs[$0] }))
  }

  /// A Transformer that takes a moment.
  static func recipe(_ changes: [String: String] = [:]) throws -> Recipe {
    var recipe = Recipe()
    let values = [
      "vocabulary.size": "120", "vocabulary.byte_fallback": "false", "model.preset": "tiny",
      "model.encoder_layers": "1", "model.decoder_layers": "1", "model.hidden_size": "16",
      "model.feed_forward_size": "32", "model.heads": "2", "data.max_length": "40",
      "training.batch_tokens": "200", "training.max_steps": "6", "training.schedule": "linear",
      "training.learning_rate": "0.01", "training.warmup_steps": "2", "validation.every_steps": "3",
      "validation.max_sentences": "4", "checkpoints.keep_last": "1",
    ].merging(changes) { $1 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { try recipe.override(key: key, value: value) }
    return recipe
  }
}
