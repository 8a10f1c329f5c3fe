import Foundation
import TestSupport
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

  /// Text from which nothing can be learned is no fault of the program, which would be 70.
  @Test(arguments: [
    ("classification", "a\tx\nb\tx\n", "text.tsv: every text has the label \"x\""),
    ("classification", "a\tx\nb\t \n", "text.tsv:2: the text has no label"),
    ("masked_language_model", "a\n", "there is no text to train with"),
  ])
  func textThatTeachesNothingIsBadData(_ task: String, _ text: String, _ message: String) throws {
    try withDirectory { folder in
      let model = fixturesDirectory.appending(path: "Encoders/masked").path
      let recipe = """
        task: \(task)
        model: {from: "\(model)"}
        data: {directory: "\(folder.path)", source: text.tsv, valid_source: text.tsv, max_length: 32}
        training: {batch_tokens: 64, max_steps: 1, schedule: constant, learning_rate: 0.001, warmup_steps: 0}
        """
      for (name, content) in [("recipe.yaml", recipe), ("text.tsv", text)] {
        try Data(content.utf8).write(to: folder.appending(path: name))
      }
      let run = try CommandRun([
        "train", folder.appending(path: "recipe.yaml").path, "--dry-run",
        "--output", folder.appending(path: "run").path,
      ])
      #expect(run.status == 65 && run.errors.contains(message), "\(run.errors)")
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
