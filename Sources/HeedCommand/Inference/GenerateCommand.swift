import ArgumentParser
import Foundation
import Heed

/// `heed generate`: continues a text, or answers in a conversation.
struct GenerateCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Continue a text with a language model.",
    discussion: """
      Writes what follows the prompt as it is made, without the prompt. Without an argument, each line of standard \
      input is a prompt and each line of output a JSON object.
      """)

  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp(
      "A model directory of the family gpt2, llama or qwen2, or a GGUF file.", valueName: "path"))
  var model: String

  @OptionGroup var weights: PrecisionOptions
  @OptionGroup(title: "Search") var flags: GenerationFlags
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Flag(help: "The prompt is what a user says to the model, in the form of its chat template.")
  var chat = false

  @Option(help: "What the model is told before a conversation begins; only with --chat.")
  var system: String?

  @Flag(help: "Write the prompt before what follows it.")
  var echo = false

  @Flag(help: "Write a JSON object with text, tokens and their log-probabilities.")
  var json = false

  @Argument(help: "The prompt (default: standard input, a prompt a line).")
  var prompt: String?

  func perform() throws {
    Machine.exitOnInterrupt()
    guard system == nil || chat else { throw CommandError.usage("--system is only for --chat") }
    try machine.apply()
    let generator = try textGenerator(model, flags.source, weights.precision)
    let options = try flags.options(generator.defaults)
    try withFlagNames { try options.validate(vocabularySize: generator.configuration.targetVocabularySize) }
    if let prompt, !json {
      try stream(prompt, generator, options)
    } else if let prompt {
      try write(prompt, number: 0, generator, options)
    } else {
      var input = LineSource.standardInput
      var number = 0
      while let line = try input.window(maximumCount: 1, maximumBytes: 1).first {
        try write(line, number: number, generator, options)
        number += 1
      }
    }
  }

  private func text(_ prompt: String, _ generator: TextGenerator) throws -> String {
    guard chat else { return prompt }
    let messages =
      (system.map { [ChatMessage(role: "system", content: $0)] } ?? [])
      + [ChatMessage(role: "user", content: prompt)]
    return try generator.chatPrompt(messages)
  }

  private func stream(_ prompt: String, _ generator: TextGenerator, _ options: GenerationOptions) throws {
    var output = ResultStream()
    if echo { output.append(prompt) }
    let text = try text(prompt, generator)
    if options.beamSize > 1 {
      output.append(try generator.generate([text], options, isChat: chat)[0][0].text)
    } else {
      var failure: (any Error)?
      try generator.write(text, options, isChat: chat) { piece in
        guard failure == nil else { return }
        output.append(piece)
        do { try output.flush() } catch { failure = error }
      }
      if let failure { throw failure }
    }
    output.append(line: "")
    try output.flush()
  }

  private func write(
    _ prompt: String, number: Int, _ generator: TextGenerator, _ options: GenerationOptions
  ) throws {
    let text = try text(prompt, generator)
    let found = try generator.generate([text], options, isChat: chat, first: number)[0][0]
    var output = ResultStream()
    output.append(line: try jsonLine(GenerationRecord(number, prompt, found, generator.tokenizer)))
    try output.flush()
  }
}

/// What `--json` writes for a prompt.
private struct GenerationRecord: Encodable {
  let index: Int
  let prompt: String
  let text: String
  let score: Float
  let tokens: [String]
  let tokenIds: [TokenID]
  let logProbabilities: [Float]
  let finished: Bool

  init(_ index: Int, _ prompt: String, _ found: GeneratedText, _ tokenizer: TextTokenizer) {
    self.index = index
    self.prompt = prompt
    text = found.text
    score = found.score
    tokens = found.tokens.map { tokenizer.token(for: $0) ?? "" }
    tokenIds = found.tokens
    logProbabilities = found.tokenLogProbabilities
    finished = found.isFinished
  }
}

/// Loads a language model: a directory, or a GGUF file.
func textGenerator(
  _ path: String, _ source: GenerationConfiguration.Source, _ precision: WeightPrecision?
) throws -> TextGenerator {
  switch try ModelLocation(path) {
  case .gguf(let file): try TextGenerator(gguf: file, precision: precision)
  case .directory(let directory): try TextGenerator(directory: directory, source, precision: precision)
  }
}
