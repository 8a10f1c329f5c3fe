import Foundation
import Heed
import HeedEvaluation
import HeedTraining

extension EvaluateCommand {
  /// Exact match and F1 of answers, by the rules of the version of SQuAD that the questions look like.
  func evaluateQuestionAnswering() throws {
    var questions: [SQuADQuestion] = []
    let file = SQuADFile(try onlySource())
    try file.forEach { questions.append($0) }
    try file.checkIDs(questions)
    if let length = choices.maxTokens { try requireAtLeastOne(length, "--max-tokens") }
    let (score, answers) = try AnswerEvaluation.measure(
      directory: onlyDirectory().path, on: questions, maximumLength: choices.maxTokens ?? 384,
      batchTokens: search.batchTokens)
    // As the official scripts, and heed score squad, read answers.
    if let output {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try AtomicFile.write(try encoder.encode(answers) + Data("\n".utf8), to: URL(fileURLWithPath: output))
    }
    if json {
      return try ResultStream.write(
        json: Dictionary(uniqueKeysWithValues: score.figures.map { ($0.name, $0.value) }))
    }
    func figures(_ mean: SQuADScore.Mean) -> String {
      "exact match \(mean.exactMatch.formatted(2)), F1 \(mean.f1.formatted(2))"
    }
    var parts = "\(figures(score.all)) (\(score.all.questionCount) questions"
    if score.rules == .v2 {
      if let mean = score.withAnswer { parts += "; with an answer: \(figures(mean))" }
      if let mean = score.withoutAnswer { parts += "; without one: \(figures(mean))" }
    }
    try ResultStream.write(parts + ")")
  }
}
