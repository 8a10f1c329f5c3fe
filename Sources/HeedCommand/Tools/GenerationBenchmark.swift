import ArgumentParser
import Heed

/// `heed benchmark generate`: a language model, reading a prompt and writing behind it.
struct GenerationBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Measure a language model: prompt and generated tokens a second.",
    discussion: """
      A directory or a GGUF file. The prompt is the beginning of a sentence over and over. Its speed is measured until \
      the logits behind its last token are there; then the likeliest token is chosen and read --new-tokens times, \
      whatever it is: an end does not end. The best of --repetitions counts, for each of the two.
      """)

  @OptionGroup var options: ModelBenchmarkOptions
  @Option(help: "Tokens of the prompt.") var promptTokens = 256
  @Option(help: "Tokens that are written.") var newTokens = 128
  @Option(help: "Runs to measure.") var repetitions = 3

  private static let sentence = "The history of the steam engine begins with "

  mutating func perform() throws {
    Machine.exitOnInterrupt()
    try require("--prompt-tokens", promptTokens, in: 1...65_536)
    try require("--new-tokens", newTokens, in: 1...65_536)
    try require("--repetitions", repetitions, in: 1...1000)
    try options.machine.apply()

    let stopwatch = Stopwatch()
    let generator = try options.loadLanguageModel()
    let secondsToLoad = stopwatch.seconds
    let prompt = try prompt(generator)
    var secondsToFirstToken: Double?
    var tokens: [TokenID] = []
    var promptSeconds = Double.infinity
    var newSeconds = Double.infinity
    for _ in 0..<repetitions {
      var model = TimedModel(LanguageModelSession(generator.generator.model, prompts: [prompt]))
      let found = try Search.run(
        &model, [SearchInput(identity: 0, prompt: prompt)], search(generator.defaults)
      ) { _, _, _ in
        secondsToFirstToken = secondsToFirstToken ?? stopwatch.seconds
      }
      tokens = found[0][0].tokens
      guard model.seconds.count == newTokens + 1 else {
        throw CommandError(
          .software,
          "\(model.seconds.count - 1) tokens were written, expected \(newTokens): nothing was measured")
      }
      promptSeconds = min(promptSeconds, model.seconds[0])
      newSeconds = min(newSeconds, model.seconds[newTokens] - model.seconds[0])
    }
    try options.report(
      Figures(
        firstTokens: Array(tokens.prefix(min(16, newTokens))),
        generatedTokensPerSecond: Double(newTokens) / newSeconds, newTokens: newTokens,
        promptTokens: promptTokens, promptTokensPerSecond: Double(promptTokens) / promptSeconds,
        repetitions: repetitions, secondsToFirstToken: secondsToFirstToken ?? 0),
      secondsToLoad: secondsToLoad)
  }

  /// The first tokens of the text, as many as are wanted.
  private func prompt(_ generator: TextGenerator) throws -> [TokenID] {
    let limit = generator.configuration.maximumPositions
    guard promptTokens + newTokens <= limit else {
      throw CommandError.usage(
        "--prompt-tokens and --new-tokens must together be at most \(limit), which are the model's positions, got "
          + "\(promptTokens) and \(newTokens)")
    }
    // A sentence has more than one token, so that there are enough of them; vocabularies of letters have more than needed.
    let tokens = generator.tokenizer.encode(String(repeating: Self.sentence, count: max(80, promptTokens)))
    guard tokens.count >= promptTokens else {
      throw CommandError(
        .data,
        "\(options.model): the tokenizer makes \(tokens.count) tokens of the text, expected \(promptTokens)")
    }
    return Array(tokens.prefix(promptTokens))
  }

  /// Greedy search for one token more than is measured: the last one is chosen, and not read.
  private func search(_ defaults: GenerationOptions) -> GenerationOptions {
    var options = GenerationOptions(startToken: defaults.startToken, endTokens: [])
    options.maximumNewTokens = newTokens + 1
    return options
  }

  private struct Figures: BenchmarkFigures {
    /// To be compared with what others write.
    let firstTokens: [TokenID]
    let generatedTokensPerSecond: Double
    let newTokens, promptTokens: Int
    let promptTokensPerSecond: Double
    let repetitions: Int
    /// From the beginning of loading, in the first run.
    let secondsToFirstToken: Double

    var lines: [String] {
      [
        "heed generate: prompt of \(promptTokens): \(promptTokensPerSecond.fixed(1)) tokens/s  \(newTokens) new: "
          + "\(generatedTokensPerSecond.fixed(1)) tokens/s  first token after \(secondsToFirstToken.fixed(2)) s",
        "\(firstTokens)",
      ]
    }
  }
}
