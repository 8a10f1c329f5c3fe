import ArgumentParser

extension HeedCommand {
  /// Commands about files and this machine.
  static let toolCommands: [any ParsableCommand.Type] = [InspectCommand.self, Benchmark.self]
}
