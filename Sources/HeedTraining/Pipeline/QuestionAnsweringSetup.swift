import HeedLayers
import HeedModels
import HeedText

/// Encoders that learn to find answers in texts.
struct QuestionAnsweringSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<QuestionAnsweringTask> {
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "", recipe.model)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = start.model.withHead(.questionAnswering, &initializer)
    let windows = AnswerWindows(
      ExampleEncoder(start.tokenizers.source, model.configuration, length: recipe.data.maximumLength))
    let (training, validation) = try questions(progress)
    let (examples, leftOut, lostAnswerCount) = windows.examples(training)
    let (heldOut, unanswerable, _) = windows.examples(validation)
    func require(_ windows: Int, of questions: Int, to purpose: NoUsableText.Purpose) throws {
      guard windows == 0 else { return }
      throw NoUsableText(
        purpose, recipe, needed: "questions whose texts fit into windows",
        key: questions > 0 ? "data.max_length" : nil)
    }
    try require(examples.count, of: training.count, to: .train)
    try require(heldOut.count, of: validation.count, to: .validate)

    let limit = recipe.validation.maximumSentences
    let answerer = AnswerEvaluation(
      limit == 0 ? validation : Array(validation.prefix(limit)), leavingOut: Set(unanswerable),
      start.tokenizers, windows)
    if !leftOut.isEmpty {
      progress.note("\(leftOut.count) questions leave no room for their text, and are left out")
    }
    if lostAnswerCount > 0 {
      progress.note("\(lostAnswerCount) answers lie whole in no window, and are learned as none")
    }
    let task = QuestionAnsweringTask(
      training: examples, validation: heldOut, validationTokenBudget: recipe.validation.batchTokens,
      answering: { try answerer.answer($0) })
    progress.note("training text: \(training.count) questions in \(examples.count) windows")
    progress.note("validation text: \(validation.count) questions in \(heldOut.count) windows")
    return PreparedTask(
      task: task, model: model, writeFiles: { try start.writeFiles(to: $0) }, origin: start.directory,
      facts: [
        "training_questions": String(training.count),
        "validation_questions": String(validation.count),
      ])
  }

  /// Questions to learn from and questions held out; without a file for these, articles are held out as a whole.
  private func questions(
    _ progress: SetupProgress
  ) throws -> (training: [SQuADQuestion], validation: [SQuADQuestion]) {
    let files = try recipe.data.questions()
    var (training, validation): ([SQuADQuestion], [SQuADQuestion]) = ([], [])
    try files.training.forEach { question in
      if recipe.heldOut?.contains(number: question.article) == true {
        validation.append(question)
      } else {
        training.append(question)
      }
      try progress.checkpoint(training.count)
    }
    try files.validation?.forEach { validation.append($0) }
    try (files.validation ?? files.training).checkIDs(validation)
    return (training, validation)
  }
}
