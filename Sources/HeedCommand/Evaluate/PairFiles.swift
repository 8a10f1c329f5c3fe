import HeedTraining

extension EvaluateCommand {
  /// Pairs of texts: two files line by line, or one of records.
  func pairs(_ task: Recipe.Task) throws -> [SentencePair] {
    guard reference.count <= 1 else {
      throw CommandError.usage("--reference is needed once at most for this task")
    }
    var data = DataRecipe()
    data.source = try onlySource()
    data.target = reference.first
    (data.sourceField, data.targetField) = (choices.sourceField, choices.targetField)
    var pairs: [SentencePair] = []
    do {
      _ = try data.trainingCorpus(task).forEach { pairs.append($0) }
    } catch let error as RecipeError where error.key == "data.target" {
      throw CommandError.usage(
        reference.isEmpty
          ? "--reference is needed: plain text has a file for each side"
          : "--reference must be left out: \(source[0]) holds both sides")
    }
    return pairs
  }
}
