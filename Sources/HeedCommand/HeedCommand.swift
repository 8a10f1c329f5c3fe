import ArgumentParser

/// `heed`: the Transformer on the command line.
@main
struct HeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heed", abstract: "The Transformer in Swift: train it, run it, look inside it.",
    version: "0.1.0-dev",
    subcommands: inferenceCommands + trainingCommands + comparisonCommands + downloadCommands + toolCommands)
}
