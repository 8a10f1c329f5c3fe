import Foundation
import Testing

/// `heed train` as a command: where it writes to, and what it prints.
@Suite struct TrainCommandTests {
  /// What a script gives whose variable is not set.
  @Test(arguments: [
    ["train", "--example", "numbers"], ["compare", "--example", "recall"], ["evaluate", "model"],
    ["tokenize", "train"], ["convert", "model"], ["quantize", "model"], ["average", "model"],
  ])
  func anEmptyOutputIsRefused(_ arguments: [String]) throws {
    let run = try CommandRun(arguments + ["--output", ""])
    #expect(run.status == 64 && run.errors.contains("an empty name"), "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test func aDryRunPrintsItsRecipeAsJSON() throws {
    try withDirectory { folder in
      let output = folder.appending(path: "run").path
      let found = try CommandRun(
        ["train", "--example", "numbers", "--dry-run", "--json", "--output", output]
          + ["--set", "validation.max_sentences=1"]
      ).object()
      let recipe = try #require(found["recipe"] as? [String: Any])
      let training = try #require(recipe["training"] as? [String: Any])
      #expect(recipe["task"] as? String == "translation")
      #expect(training["seed"] as? Int == 1 && training["max_epochs"] is NSNull)
      #expect((found["notes"] as? [String])?.contains { $0.hasPrefix("model: ") } == true)
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }

  @Test func withJSONNothingElseIsPrinted() throws {
    try withDirectory { folder in
      let found = try CommandRun(
        ["train", "--example", "numbers", "--max-steps", "1", "--json"]
          + ["--output", folder.appending(path: "run").path, "--set", "validation.max_sentences=1"]
      ).object()
      #expect(found["steps"] as? Int == 1)
    }
  }
}
