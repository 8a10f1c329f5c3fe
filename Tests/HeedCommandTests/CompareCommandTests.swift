import Foundation
import Testing

/// What `heed compare` refuses before it reads anything.
@Suite struct CompareCommandTests {
  private static let refusals: [(arguments: [String], message: String)] = [
    ([], "name a recipe, or an example with --example"),
    (["a.yaml", "--example", "paper"], "name a recipe, or an example with --example"),
    (["--example", "table"], "--example"),
    (["--example", "recall", "--data", "d"], "--data has no meaning with --example recall"),
    (["a.yaml", "--tokens", "100", "--max-steps", "2"], "give one of them"),
    (["a.yaml", "--tokens", "0"], "--tokens must be from 1"),
    (["a.yaml", "--models", "transformer,rnn"], "--models has no \"rnn\"; there are transformer, lstm"),
    (["a.yaml", "--models", " , "], "--models names none"),
    (["a.yaml", "--attention", "none"], "--attention must be additive or multiplicative"),
    (["a.yaml", "--kernel-size", "0"], "--kernel-size must be from 1 to 1024, got 0"),
    (["a.yaml", "--recurrent-layers", "101"], "--recurrent-layers must be from 1 to 100, got 101"),
    (["a.yaml", "--beam-size", "0"], "--beam-size must be from 1"),
    (["a.yaml", "--seeds", "2"], "--seeds is for --example paper"),
    (["a.yaml", "--rows", "A"], "--rows is for --example paper"),
    (["a.yaml", "--lengths", "8"], "--lengths is for --example recall"),
    (["a.yaml", "--learning-rates", "0.01,0"], "--learning-rates must be numbers above 0"),
    (["a.yaml", "--learning-rates", ","], "--learning-rates names none"),
    (["a.yaml", "--learning-rates", "0.01", "--learning-rate", "1"], "give one of them"),
    (["--example", "paper", "--learning-rates", "1"], "--learning-rates is for comparisons by a recipe"),
    (["--example", "recall", "--learning-rates", "1"], "--learning-rates has no meaning"),
    (["--example", "paper", "--rows", "A,F"], "--rows has no \"F\"; there are A, B, C, D and E"),
    (["--example", "paper", "--models", "lstm"], "--models is for comparisons by a recipe"),
    (["--example", "paper", "--seeds", "0"], "--seeds must be from 1"),
    (["--example", "recall", "--lengths", "8,x"], "--lengths"),
    (["--example", "recall", "--lengths", ""], "must be from 8 to 8192, got none"),
    (["--example", "recall", "--models", "lstm-attention"], "--models"),
    (["--example", "recall", "--beam-size", "4"], "--beam-size"),
  ]

  @Test(arguments: refusals.indices) func isRefused(_ index: Int) throws {
    let (arguments, message) = Self.refusals[index]
    let run = try CommandRun(["compare"] + arguments)
    #expect(run.status == 64 && run.output.isEmpty, "\(arguments): \(run.status) \(run.output)")
    #expect(run.errors.contains(message), "\(arguments): \(run.errors)")
  }

  @Test func recipesThatCannotBeComparedAreNamed() throws {
    try withDirectory { folder in
      let output = folder.appending(path: "comparison").path
      let missing = try CommandRun(["compare", folder.appending(path: "none.yaml").path, "--output", output])
      #expect(missing.status == 66 && missing.errors.contains("none.yaml"), "\(missing.errors)")
      for (text, message) in [
        ("task: classification\n", "classification"),
        ("task: translation\nmodel:\n  architecture: lstm\n", "lstm"),
      ] {
        let recipe = folder.appending(path: "recipe.yaml")
        try Data(text.utf8).write(to: recipe)
        let run = try CommandRun(["compare", recipe.path, "--output", output])
        #expect(run.status != 0 && run.errors.contains(message), "\(run.errors)")
        #expect(run.output.isEmpty && !FileManager.default.fileExists(atPath: output))
      }
    }
  }
}
