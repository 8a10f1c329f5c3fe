import ArgumentParser

extension HeedCommand {
  /// Commands that run a model.
  static let inferenceCommands: [any ParsableCommand.Type] = []
}
