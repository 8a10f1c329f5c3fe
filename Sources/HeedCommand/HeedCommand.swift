import ArgumentParser

/// `heed`: the Transformer on the command line.
@main
struct HeedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heed", abstract: "The Transformer in Swift: train it, run it, look inside it.",
    version: "0.1.0-dev",
    subcommands: inferenceCommands + trainingCommands + comparisonCommands + downloadCommands + toolCommands)
}

extension HeedCommand {
  static func main() { main(Array(CommandLine.arguments.dropFirst())) }

  /// Runs the command that `arguments` name.
  ///
  /// A parser looks at all options of a command three times if it comes to it through the commands above, for some
  /// milliseconds of the start. What is no plain use of a command (help, a version, a mistake) takes that road, so that
  /// what is said about it names `heed` and the whole command.
  static func main(_ arguments: [String]?) {
    if let arguments { ShippedTranslator.prepare(for: arguments) }
    do {
      var command: any ParsableCommand
      if let arguments, let plain = plainUse(of: arguments) {
        command = plain
      } else {
        command = try parseAsRoot(arguments)
      }
      try command.run()
    } catch {
      exit(withError: error)
    }
  }

  private static func plainUse(of arguments: [String]) -> (any ParsableCommand)? {
    guard let name = arguments.first,
      let type = configuration.subcommands.first(where: { $0.configuration.commandName == name }),
      type.configuration.subcommands.isEmpty
    else { return nil }
    return try? type.parseAsRoot(Array(arguments.dropFirst()))
  }
}
