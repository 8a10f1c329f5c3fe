/// What a validation can measure, and what early stopping and the choice of the best checkpoint can look at.
public enum ValidationMetric: String, RecipeChoice, Sendable, CodingKeyRepresentable {
  /// Cross entropy for each label, in nats; lower is better.
  case loss
  /// BLEU of translations of the held-out text, 0 to 100.
  case bleu
  /// ROUGE-1 of summaries of the held-out text: F, 0 to 100.
  case rouge1 = "rouge_1"
  /// ROUGE-2 of summaries of the held-out text: F, 0 to 100.
  case rouge2 = "rouge_2"
  /// ROUGE-L of summaries of the held-out text: F, 0 to 100.
  case rougeL = "rouge_l"
  /// The share of outputs that equal what they should be, 0 to 100.
  case exactMatch = "exact_match"
  /// The share of labels that are right, 0 to 100.
  case accuracy
  /// The mean over the labels of F1, 0 to 100; for answers the mean F1 of their words.
  case f1
  /// The share of pairs of texts of which is known whether the second goes on from the first, 0 to 100.
  case nextSentenceAccuracy = "next_sentence_accuracy"

  /// Whether `value` is better than `other`.
  public func isBetter(_ value: Double, than other: Double) -> Bool {
    self == .loss ? value < other : value > other
  }

  /// What it is called in a sentence.
  public var title: String {
    switch self {
    case .loss: "loss"
    case .bleu: "BLEU"
    case .rouge1: "ROUGE-1"
    case .rouge2: "ROUGE-2"
    case .rougeL: "ROUGE-L"
    case .exactMatch: "exact match"
    case .accuracy: "accuracy"
    case .f1: "F1"
    case .nextSentenceAccuracy: "next sentence accuracy"
    }
  }
}
