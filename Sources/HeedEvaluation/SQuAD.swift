/// Exact match and F1 of answers to the questions of a data set, as the official scripts of SQuAD count them.
public struct SQuAD: Sendable {
  /// The version of SQuAD whose official script is followed.
  public enum Rules: String, CaseIterable, Sendable {
    /// Version 1.1: every question has an answer.
    case v1 = "1"
    /// Version 2.0: some questions have none, and the right answer to them is empty.
    case v2 = "2"
  }

  /// A question with its right answers.
  public struct Question: Hashable, Sendable {
    /// What predictions call the question.
    public let id: String
    /// All answers that are right; none if the text does not answer the question.
    public let answers: [String]

    /// A question.
    public init(id: String, answers: [String]) {
      self.id = id
      self.answers = answers
    }
  }

  /// Whose rules hold.
  public var rules: Rules
  /// An answer counts as empty where the probability that there is none is greater.
  public var noAnswerThreshold: Double

  /// Settings of the metric; the threshold is that of the official script, which no probability exceeds.
  public init(rules: Rules, noAnswerThreshold: Double = 1) {
    self.rules = rules
    self.noAnswerThreshold = noAnswerThreshold
  }

  /// Scores the answers to all questions.
  ///
  /// A question without a prediction counts as answered wrongly. So it does in the official script of version 1.1; that of
  /// version 2.0 stops with an error where a prediction is missing.
  ///
  /// - Parameters:
  ///   - questions: The questions, each with an id of its own.
  ///   - predictions: The answers by the ids of the questions; those to other questions do not count.
  ///   - noAnswerProbabilities: By id, how probable it is that there is no answer; a question that is missing has 0. They
  ///     are for the rules of version 2.
  /// - Returns: Means over all questions.
  /// - Precondition: Under the rules of version 1 every question has an answer.
  public func score(
    _ questions: [Question], predictions: [String: String], noAnswerProbabilities: [String: Double]? = nil
  ) -> SQuADScore {
    var (all, withAnswer, withoutAnswer) = (Sum(), Sum(), Sum())
    var missing: [String] = []
    var answered: [ThresholdSearch.Answer] = []
    for question in questions {
      var score = AnswerScore(exactMatch: 0, f1: 0)
      if let prediction = predictions[question.id] {
        score = AnswerScore(answer: prediction, references: question.answers, rules: rules)
        let probability = noAnswerProbabilities?[question.id] ?? 0
        answered.append(
          .init(
            score: score, probability: probability, hasReference: !question.answers.isEmpty,
            isEmpty: prediction.isEmpty))
        if rules == .v2, probability > noAnswerThreshold {
          let value = question.answers.isEmpty ? 1.0 : 0
          score = AnswerScore(exactMatch: value, f1: value)
        }
      } else {
        missing.append(question.id)
      }
      all.add(score)
      if question.answers.isEmpty { withoutAnswer.add(score) } else { withAnswer.add(score) }
    }
    var search: ThresholdSearch?
    if rules == .v2, noAnswerProbabilities != nil {
      search = ThresholdSearch(
        answered, questionCount: questions.count, unanswerableCount: withoutAnswer.count)
    }
    return SQuADScore(
      rules: rules, all: all.mean, withAnswer: withAnswer.count > 0 ? withAnswer.mean : nil,
      withoutAnswer: withoutAnswer.count > 0 ? withoutAnswer.mean : nil,
      bestExactMatch: search?.best(\.exactMatch), bestF1: search?.best(\.f1), missing: missing)
  }

  private struct Sum {
    var exactMatch = 0.0
    var f1 = 0.0
    var count = 0

    mutating func add(_ score: AnswerScore) {
      exactMatch += score.exactMatch
      f1 += score.f1
      count += 1
    }

    var mean: SQuADScore.Mean {
      let total = Double(max(count, 1))
      return SQuADScore.Mean(exactMatch: 100 * exactMatch / total, f1: 100 * f1 / total, questionCount: count)
    }
  }
}

/// Exact match and F1 over a data set.
public struct SQuADScore: Hashable, Sendable {
  /// Means over some questions.
  public struct Mean: Hashable, Sendable {
    /// How many answers are right, in percent.
    public let exactMatch: Double
    /// The mean of the answers' F1, in percent.
    public let f1: Double
    /// How many questions these are.
    public let questionCount: Int
  }

  /// What would be reached with the best threshold for the probability that there is no answer.
  public struct Best: Hashable, Sendable {
    /// The score, in percent.
    public let score: Double
    /// The threshold with which it is reached.
    public let threshold: Double
  }

  /// Whose rules these are.
  public let rules: SQuAD.Rules
  /// All questions.
  public let all: Mean
  /// Questions with an answer; nil if there is none.
  public let withAnswer: Mean?
  /// Questions without an answer; nil if there is none.
  public let withoutAnswer: Mean?
  /// The best exact match; nil without probabilities.
  public let bestExactMatch: Best?
  /// The best F1; nil without probabilities.
  public let bestF1: Best?
  /// Questions without a prediction, which counted as answered wrongly.
  public let missing: [String]

  /// The figures by the names that the official script gives them, in its order.
  public var figures: [(name: String, value: Double)] {
    if rules == .v1 { return [("exact_match", all.exactMatch), ("f1", all.f1)] }
    var figures: [(name: String, value: Double)] = []
    for (prefix, mean) in [("", all), ("HasAns_", withAnswer), ("NoAns_", withoutAnswer)] {
      guard let mean else { continue }
      figures.append((prefix + "exact", mean.exactMatch))
      figures.append((prefix + "f1", mean.f1))
      figures.append((prefix + "total", Double(mean.questionCount)))
    }
    for (name, best) in [("best_exact", bestExactMatch), ("best_f1", bestF1)] {
      guard let best else { continue }
      figures.append((name, best.score))
      figures.append((name + "_thresh", best.threshold))
    }
    return figures
  }
}

/// Finds the threshold for the probability of no answer with the best score, as the official script does: from giving no
/// answer at all, answers are let in one after the other, those first that are least likely to be none.
private struct ThresholdSearch {
  struct Answer {
    let score: AnswerScore
    let probability: Double
    let hasReference: Bool
    let isEmpty: Bool
  }

  private let answers: [Answer]
  private let questionCount: Int
  private let unanswerableCount: Int

  init(_ answers: [Answer], questionCount: Int, unanswerableCount: Int) {
    self.answers = answers.enumerated()
      .sorted { ($0.element.probability, $0.offset) < ($1.element.probability, $1.offset) }.map(\.element)
    self.questionCount = questionCount
    self.unanswerableCount = unanswerableCount
  }

  func best(_ value: KeyPath<AnswerScore, Double>) -> SQuADScore.Best {
    var sum = Double(unanswerableCount)
    var best = (sum: sum, threshold: 0.0)
    for answer in answers {
      if answer.hasReference {
        sum += answer.score[keyPath: value]
      } else if !answer.isEmpty {
        sum -= 1
      }
      if sum > best.sum { best = (sum, answer.probability) }
    }
    return SQuADScore.Best(score: 100 * best.sum / Double(max(questionCount, 1)), threshold: best.threshold)
  }
}
