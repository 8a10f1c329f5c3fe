import ArgumentParser

extension HeedCommand {
  /// Commands that run a model.
  static let inferenceCommands: [any ParsableCommand.Type] = [
    TranslateCommand.self, SummarizeCommand.self, GenerateCommand.self, FillCommand.self,
    ClassifyCommand.self,
    EmbedCommand.self, AnswerCommand.self, EvaluateCommand.self, ScoreCommand.self, DoctorCommand.self,
    AverageCommand.self, ConvertCommand.self, QuantizeCommand.self,
  ]
}
