import HeedTraining

/// How models are measured when they are trained.
package struct MeasurementSettings: Sendable, Hashable, Codable {
  /// Hypotheses that are kept when the held-out text is translated.
  package var beamSize: Int
  /// The power of the length that a score is divided by.
  package var lengthPenalty: Double
  /// How many held-out sentences are translated, from the first; 0 for all.
  package var maximumSentences: Int
  /// Whether the speed of translation is measured.
  package var measuresSpeed: Bool

  /// Settings of a measurement.
  package init(
    beamSize: Int = 4, lengthPenalty: Double = 1, maximumSentences: Int = 0, measuresSpeed: Bool = true
  ) {
    self.beamSize = beamSize
    self.lengthPenalty = lengthPenalty
    self.maximumSentences = maximumSentences
    self.measuresSpeed = measuresSpeed
  }
}

/// What was measured of a run and its model.
package struct RunFigures: Sendable, Hashable, Codable {
  /// How many numbers the model has learned.
  package var parameters: Int
  /// Why training ended.
  package var end: TrainingEnd
  /// Steps that were taken.
  package var steps: Int
  /// Target tokens that were trained on.
  package var trainingTokens: Int
  /// Seconds of training, without validation.
  package var trainingSeconds: Double
  /// The most bytes that tensors had while the model was trained (the last part of it, if it was resumed):
  /// parameters, gradients, optimiser and whatever a step keeps for the way back.
  package var trainingMemoryBytes: Int
  /// The threads that computed (in the last part of it, if it was resumed); nil where an earlier version measured.
  package var threads: Int?
  /// The held-out loss on the way.
  package var curve: [CurvePoint]
  /// What the model is worth; nil where a run that diverged has left none.
  package var quality: Quality?
  /// Target tokens a second that are written greedily for one sentence at a time.
  package var tokensPerSecondAlone: Double?
  /// The same for 32 sentences together.
  package var tokensPerSecondTogether: Double?

  /// Target tokens a second of training.
  package var trainingTokensPerSecond: Double {
    trainingSeconds > 0 ? Double(trainingTokens) / trainingSeconds : 0
  }

  /// A validation.
  package struct CurvePoint: Sendable, Hashable, Codable {
    /// The step after which it was made.
    package var step: Int
    /// Target tokens that had been trained on.
    package var tokens: Int
    /// Seconds of training until then, without validation.
    package var seconds: Double
    /// −log p for each label, in nats.
    package var loss: Double
    /// BLEU of what was translated at the validation, where it was measured.
    package var bleu: Double?
  }

  /// What a model is worth on held-out text.
  package struct Quality: Sendable, Hashable, Codable {
    /// Sentences that were translated.
    package var sentenceCount: Int
    /// Sentences that were left out because they are longer than the recipe allows.
    package var leftOutCount: Int
    /// −log p for each label, in nats, without smoothing.
    package var loss: Double
    /// BLEU as sacreBLEU counts it.
    package var bleu: Double
    /// What BLEU was counted with.
    package var bleuSignature: String
    /// chrF as sacreBLEU counts it.
    package var chrf: Double
    /// Some sentences, with what the model makes of them.
    package var examples: [MetricsRecord.Sample]
    /// The same by the length of the source, shorter ones first.
    package var byLength: [LengthBucket]
  }

  /// What a model is worth on sources of about one length.
  package struct LengthBucket: Sendable, Hashable, Codable {
    /// The fewest tokens of a source, its end of sentence included.
    package var shortest: Int
    /// The most.
    package var longest: Int
    /// How many sentences there are.
    package var sentenceCount: Int
    /// The mean number of tokens of a source.
    package var meanLength: Double
    /// −log p for each label, in nats.
    package var loss: Double
    /// BLEU of these sentences.
    package var bleu: Double
    /// chrF of these sentences.
    package var chrf: Double
  }
}

extension [RunFigures.CurvePoint] {
  /// The validations of a log, with the tokens and seconds of the steps before them.
  init(_ records: [MetricsRecord]) {
    self = []
    var (tokens, seconds) = (0.0, 0.0)
    for record in records {
      tokens += record.kind == .train ? record.values["tokens"] ?? 0 : 0
      seconds += record.kind == .train ? record.values["seconds"] ?? 0 : 0
      guard record.kind == .validation, let loss = record.values["loss"] else { continue }
      append(
        RunFigures.CurvePoint(
          step: record.step, tokens: Int(tokens), seconds: seconds, loss: loss,
          bleu: record.values[ValidationMetric.bleu.rawValue]))
    }
  }
}
