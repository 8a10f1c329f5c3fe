import ArgumentParser

extension HeedCommand {
  /// Commands that make a model.
  static let trainingCommands: [any ParsableCommand.Type] = [TrainCommand.self, TokenizeCommand.self]
}
