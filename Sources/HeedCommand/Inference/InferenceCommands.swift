import ArgumentParser

extension HeedCommand {
  /// Commands that run a model.
  static let inferenceCommands: [any ParsableCommand.Type] = [
    TranslateCommand.self, GenerateCommand.self, SummarizeCommand.self, EvaluateCommand.self,
    ScoreCommand.self, DoctorCommand.self, AverageCommand.self,
    ConvertCommand.self,
  ]
}
