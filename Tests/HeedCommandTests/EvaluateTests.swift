import Foundation
import Heed
import HeedLayers
import TestSupport
import Testing

/// `heed evaluate` for each task: what is measured, how the task is found, and what is refused.
@Suite struct EvaluateTests {
  private static let encoders = fixturesDirectory.appending(path: "Encoders")
  private static func encoder(_ name: String) -> String { encoders.appending(path: name).path }
  private static func checkpoint(_ name: String) -> String {
    fixturesDirectory.appending(path: "Checkpoint/\(name)").path
  }
  private static let stories = fixturesDirectory.appending(path: "Stories").path
  private static let text = "Once upon a time there was a girl.\nShe had a dog, and the dog had a ball.\n"

  @Test func aLanguageModelHasPerplexities() throws {
    try withFile(Self.text) { file in
      let arguments = ["evaluate", "--model", Self.stories, "--source", file, "--context", "16"]
      let found = try CommandRun(arguments + ["--stride", "8", "--json"]).object()
      func number(_ name: String) -> Double { (found[name] as? NSNumber)?.doubleValue ?? .nan }
      #expect(
        number("bytes") == Double(Self.text.utf8.count) && number("context") == 16 && number("stride") == 8)
      let sum = number("loss") * number("tokens")
      #expect(abs(exp(sum / number("tokens")) / number("perplexity") - 1) < 1e-9)
      #expect(abs(exp(sum / number("words")) / number("word_perplexity") - 1) < 1e-9)
      #expect(abs(exp(sum / number("bytes")) / number("byte_perplexity") - 1) < 1e-9)
      // The text twice is twice as much of everything.
      let twice = try CommandRun(arguments + ["--source", file, "--stride", "8", "--json"]).object()
      #expect((twice["tokens"] as? Int) == (found["tokens"] as? Int).map { 2 * $0 })
      let row = try CommandRun(arguments)
      #expect(
        row.output.hasPrefix("perplexity ") && row.output.contains("windows of 16, stride 8"), "\(row.errors)"
      )
      #expect(row.output.split(separator: "\n").count == 1)
    }
  }

  /// A file in GGUF and the directory that it is converted to are one model.
  @Test func aFileInGGUFHasPerplexities() throws {
    try withDirectory { folder in
      let (text, directory) = (folder.appending(path: "text.txt").path, folder.appending(path: "model").path)
      try Self.text.write(toFile: text, atomically: true, encoding: .utf8)
      let file = Self.checkpoint("GGUF/qwen2.gguf")
      #expect(try CommandRun(["convert", file, "--output", directory]).status == 0)
      let found = try [file, directory].map { model in
        try CommandRun([
          "evaluate", "--model", model, "--source", text, "--context", "8", "--precision", "float32",
          "--json",
        ]).object()
      }
      let loss = found.compactMap { $0["loss"] as? Double }
      try #require(loss.count == 2)
      #expect(loss[0].isFinite && abs(loss[0] - loss[1]) < 1e-4, "\(loss)")
      #expect(found[0]["tokens"] as? Int == found[1]["tokens"] as? Int)
      // As the file has it: its weights are rounded, and so is what they are multiplied by.
      let stored = try CommandRun([
        "evaluate", "--model", file, "--source", text, "--context", "8", "--json",
      ]).object()
      let other = try #require(stored["loss"] as? Double)
      #expect(other != loss[0] && abs(other - loss[0]) < 0.5, "\(other) \(loss)")
    }
  }

  @Test func missingSpansAreMeasured() throws {
    try withDirectory { folder in
      try writer(folder, specialTokens: (0..<4).map { "<extra_id_\($0)>" })
      let file = folder.appending(path: "text.txt").path
      try Self.text.write(toFile: file, atomically: true, encoding: .utf8)
      let arguments = [
        "evaluate", "--model", folder.path, "--task", "span_corruption", "--source", file, "--max-tokens",
        "12",
      ]
      let found = try CommandRun(arguments + ["--json"]).object()
      let (loss, perplexity) = (found["loss"] as? Double ?? .nan, found["perplexity"] as? Double ?? .nan)
      #expect(loss > 0 && abs(exp(loss) / perplexity - 1) < 1e-9 && found["seed"] as? Int == 1)
      let row = try CommandRun(arguments)
      #expect(
        row.output.hasPrefix("perplexity of missing spans ") && row.output.contains("seed 1)"),
        "\(row.errors)")
      let other = try CommandRun(arguments + ["--seed", "2", "--mean-span-length", "1", "--json"]).object()
      #expect(other["loss"] as? Double != loss)
      // A vocabulary without tokens for what is missing cannot be asked.
      try writer(folder)
      let refused = try CommandRun(arguments)
      #expect(refused.status == 65 && refused.errors.contains("<extra_id_0>"), "\(refused.errors)")
    }
  }

  @Test func anEncoderFindsMaskedWords() throws {
    try withFile(Self.text) { file in
      let arguments = ["evaluate", "--model", Self.encoder("masked"), "--source", file, "--json"]
      let (one, other) = (try CommandRun(arguments).object(), try CommandRun(arguments).object())
      #expect(one["perplexity"] as? Double == other["perplexity"] as? Double && one["sequences"] as? Int == 2)
      let third = try CommandRun(arguments + ["--seed", "7", "--masked-share", "0.5"]).object()
      #expect(third["perplexity"] as? Double != one["perplexity"] as? Double)
    }
  }

  @Test func labelsAreCompared() throws {
    let texts = ["the cat", "a dog ran", "no", "the red house stands"]
    let said = try CommandRun(["classify", "--model", Self.encoder("classifier")] + texts)
    let labels = said.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    try #require(labels.count == 4, "\(said.errors)")
    let right = zip(texts, labels).map { "\($0)\t\($1)" }.joined(separator: "\n")
    try withDirectory { folder in
      let file = folder.appending(path: "texts.tsv").path
      try right.write(toFile: file, atomically: true, encoding: .utf8)
      let arguments = ["evaluate", "--model", Self.encoder("classifier"), "--source", file]
      let found = try CommandRun(arguments + ["--json"]).object()
      #expect(found["accuracy"] as? Double == 1 && found["texts"] as? Int == 4)
      try right.replacing("the cat\t", with: "the cat\tunheard of ").write(
        toFile: file, atomically: true, encoding: .utf8)
      let refused = try CommandRun(arguments)
      #expect(refused.status == 65 && refused.errors.contains("is none of the model's"), "\(refused.errors)")
    }
  }

  @Test func answersAreCompared() throws {
    let data = """
      {"version": "1.1", "data": [{"title": "t", "paragraphs": [{"context": "The cat sat on the mat.", "qas": [
      {"id": "1", "question": "who sat", "answers": [{"text": "The cat", "answer_start": 0}]},
      {"id": "2", "question": "where", "answers": [{"text": "on the mat", "answer_start": 12}]}]}]}]}
      """
    try withDirectory { folder in
      let (file, answers) = (
        folder.appending(path: "data.json").path, folder.appending(path: "answers.json").path
      )
      try data.write(toFile: file, atomically: true, encoding: .utf8)
      let arguments = ["evaluate", "--model", Self.encoder("answerer"), "--source", file]
      let row = try CommandRun(arguments + ["--output", answers])
      #expect(row.status == 0 && row.output.hasPrefix("exact match ") && row.output.contains("(2 questions)"))
      let score = try CommandRun(["score", "squad", "--data", file, "--predictions", answers, "--json"])
        .object()
      let found = try CommandRun(arguments + ["--json"]).object()
      #expect(found as NSDictionary == score as NSDictionary)

      // Two questions with one id would be judged by one answer.
      try data.replacing("\"2\"", with: "\"1\"").write(toFile: file, atomically: true, encoding: .utf8)
      let repeated = try CommandRun(arguments)
      #expect(repeated.status == 65 && repeated.errors.contains("data.json:3: question \"1\" has the id of"))
    }
  }

  @Test func partnersAreFound() throws {
    try withDirectory { folder in
      let file = folder.appending(path: "pairs.tsv").path
      let texts = ["the cat", "a dog ran", "no", "the red house stands", "the cat"]
      try texts.map { "\($0)\t\($0)" }.joined(separator: "\n").write(
        toFile: file, atomically: true, encoding: .utf8)
      let found = try CommandRun([
        "evaluate", "--model", Self.encoder("embedder"), "--source", file, "--json",
      ]).object()
      #expect(found["retrieval_accuracy"] as? Double == 1 && found["pairs"] as? Int == 5)
    }
  }

  /// A model with random weights that writes something for every text.
  private func writer(_ url: URL, specialTokens: [String] = []) throws {
    var options = BPETrainer.Options()
    options.specialTokens += specialTokens
    options.vocabularySize = 300
    options.minimumFrequency = 1
    var trainer = BPETrainer(options)
    for line in Self.text.split(separator: "\n") { trainer.add(String(line)) }
    let tokenizer = try trainer.train()
    let block = BlockConfiguration(hiddenSize: 16, headCount: 2, feedForwardSize: 32, normPlacement: .after)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 1, decoderLayerCount: 1, vocabularySize: tokenizer.vocabularySize,
      maximumPositions: 48)
    var initializer = ParameterInitializer(seed: 1)
    try ModelDirectory(url).save(EncoderDecoder(configuration, &initializer))
    try tokenizer.write(to: ModelDirectory(url).tokenizerURL)
  }

  @Test func summariesAreScored() throws {
    try withDirectory { folder in
      try writer(folder)
      let (source, target) = (folder.appending(path: "a.txt").path, folder.appending(path: "b.txt").path)
      try Self.text.write(toFile: source, atomically: true, encoding: .utf8)
      let arguments = [
        "evaluate", "--model", folder.path, "--source", source, "--reference", target, "--task",
        "summarization",
        "--max-length", "12",
      ]
      try "a girl\na dog\n".write(toFile: target, atomically: true, encoding: .utf8)
      let written = folder.appending(path: "out.txt").path
      #expect(try CommandRun(arguments + ["--output", written]).status == 0)
      // What it writes is what it should write: all scores are full, unless it writes nothing.
      try FileManager.default.removeItem(atPath: target)
      try FileManager.default.copyItem(atPath: written, toPath: target)
      let hasWords = try String(contentsOfFile: written, encoding: .utf8).contains { $0.isLetter }
      let row = try CommandRun(arguments)
      #expect(
        row.output.contains("2 texts") && row.output.contains("ROUGE-1") || row.output.contains("rouge1"))
      #expect(!hasWords || row.output.contains("100.00"), "\(row.output)\(row.errors)")
    }
  }

  @Test(arguments: [
    ["--model", "classifier", "--stride", "4"], ["--model", "masked", "--reference", "x"],
    ["--model", "embedder", "--lowercase"], ["--model", "answerer", "--beam-size", "4"],
    ["--model", "masked", "--mean-span-length", "2"], ["--model", "gguf", "--task", "span_corruption"],
    ["--model", "gguf", "--mean-span-length", "2"],
    ["--model", "t5", "--task", "span_corruption", "--whole-words"],
    ["--model", "t5", "--task", "span_corruption", "--masked-share", "1"], [],
  ])
  func whatMeansNothingIsRefused(_ arguments: [String]) throws {
    try withFile(Self.text) { file in
      var paths = ["gguf": Self.checkpoint("GGUF/qwen2.gguf"), "t5": Self.checkpoint("t5")]
      for name in ["classifier", "masked", "embedder", "answerer"] { paths[name] = Self.encoder(name) }
      let run = try CommandRun(["evaluate", "--source", file] + arguments.map { paths[$0] ?? $0 })
      #expect(run.status == 64, "\(run.errors)")
      #expect(!run.errors.isEmpty && run.output.isEmpty)
    }
  }
}
