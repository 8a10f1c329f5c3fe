import Foundation
import Heed
import TestSupport
import Testing

@Suite struct BenchmarkTests {
  private static let fixtures = fixturesDirectory.path
  private static let runKeys: Set = [
    "isa", "peak_memory_bytes", "precision", "repetitions", "seconds_to_load", "threads",
  ]

  private func benchmark(_ arguments: String...) throws -> [String: Any] {
    try CommandRun(["benchmark"] + arguments + ["--json"]).object()
  }

  private func expectPositive(_ object: [String: Any], _ keys: String...) {
    for key in keys {
      let value = object[key] as? Double ?? .nan
      #expect(value > 0 && value.isFinite, "\(key) is \(value)")
    }
  }

  /// The command refuses to give a figure unless every source was given exactly so many tokens. Without that minimum,
  /// all of these models end some of their translations before.
  @Test(arguments: ["marian", "m2m_100", "bart", "t5"], [(1, 1), (1, 16), (3, 16)])
  func translate(_ family: String, _ extents: (beam: Int, batch: Int)) throws {
    let found = try benchmark(
      "translate", "--model", "\(Self.fixtures)/Checkpoint/\(family)", "--beam-size", "\(extents.beam)",
      "--batch", "\(extents.batch)", "--source-tokens", "5", "--new-tokens", "40", "--repetitions", "1",
      "--threads", "1")
    #expect(
      Set(found.keys)
        == Self.runKeys.union([
          "batch", "beam_size", "new_tokens", "seconds_to_first_token", "source_tokens",
          "target_tokens_per_second",
        ]))
    #expect(found["beam_size"] as? Int == extents.beam)
    #expect(found["batch"] as? Int == extents.batch)
    #expect(found["source_tokens"] as? Int == 5)
    #expect(found["new_tokens"] as? Int == 40)
    #expect(found["repetitions"] as? Int == 1)
    #expect(found["threads"] as? Int == 1)
    #expect(found["precision"] as? String == "stored")
    expectPositive(found, "peak_memory_bytes", "seconds_to_load", "target_tokens_per_second")
    let first = try #require(found["seconds_to_first_token"] as? Double)
    #expect(first > (found["seconds_to_load"] as? Double ?? .infinity))
  }

  @Test func kernels() throws {
    let found = try benchmark("kernels", "--threads", "1", "--seconds", "0")
    let tables = try #require(found["tables"] as? [[String: Any]])
    #expect(tables.count == 1 && tables[0]["threads"] as? Int == 1)
    expectPositive(tables[0], "peak_gigaflops_per_second", "peak_gigabytes_per_second")
    let rows = try #require(tables[0]["rows"] as? [[String: Any]])
    #expect(rows.count >= 10)
    for row in rows {
      expectPositive(row, "gigabytes_per_second", "share_of_limit")
      // Beyond the limit would mean that the work is counted wrongly; neighbours on a machine disturb either figure.
      #expect(row["share_of_limit"] as? Double ?? 9 < 2, "\(row)")
    }
  }

  @Test func embed() throws {
    let words = ["It rains.", "  ", "It snows, and it rains.", "", "the cat"]
    let lines = (0..<60).map { words[$0 % words.count] }.joined(separator: "\n")
    try withFile(lines) { file in
      for (batch, count, sentences) in [(4, 512, 36), (4, 10, 10), (1, 10, 10), (1, 512, 36)] {
        let found = try benchmark(
          "embed", "--model", "\(Self.fixtures)/Encoders/embedder", "--input", file, "--batch", "\(batch)",
          "--count", "\(count)", "--repetitions", "2")
        #expect(Set(found.keys) == Self.runKeys.union(["batch", "sentences", "sentences_per_second"]))
        #expect(found["batch"] as? Int == batch)
        #expect(found["sentences"] as? Int == sentences)
        expectPositive(found, "peak_memory_bytes", "seconds_to_load", "sentences_per_second")
      }
    }
  }

  /// One by one no more than 128 are measured.
  @Test(arguments: [(1, 128), (32, 200)]) func embedOneByOne(_ batch: Int, _ sentences: Int) throws {
    try withFile(String(repeating: "It rains.\n", count: 200)) { file in
      let found = try benchmark(
        "embed", "--model", "\(Self.fixtures)/Encoders/embedder", "--input", file, "--batch", "\(batch)",
        "--repetitions", "1")
      #expect(found["sentences"] as? Int == sentences)
    }
  }

  /// The model that is measured is the one that was asked for: it writes what the same weights write elsewhere.
  @Test(arguments: [nil, WeightPrecision.int8, .int4])
  func generateWritesWhatTheModelWrites(_ precision: WeightPrecision?) throws {
    let directory = fixturesDirectory.appending(path: "Stories")
    let flag = precision.map { ["--precision", $0.rawValue] } ?? []
    let found = try CommandRun(
      [
        "benchmark", "generate", "--model", directory.path, "--prompt-tokens", "20", "--new-tokens", "12",
        "--repetitions", "2", "--json",
      ] + flag
    ).object()
    #expect(found["precision"] as? String == precision?.rawValue ?? "stored")
    #expect(
      Set(found.keys)
        == Self.runKeys.union([
          "first_tokens", "generated_tokens_per_second", "new_tokens", "prompt_tokens",
          "prompt_tokens_per_second", "seconds_to_first_token",
        ]))
    let generator = try TextGenerator(directory: directory, precision: precision)
    let text = String(repeating: "The history of the steam engine begins with ", count: 80)
    let prompt = Array(generator.tokenizer.encode(text).prefix(20))
    var options = generator.defaults
    options.endTokens = []
    options.maximumNewTokens = 12
    let expected = try generator.generator.generate([prompt], options)[0][0].tokens
    #expect(found["first_tokens"] as? [Int] == expected.map(Int.init))
    expectPositive(
      found, "generated_tokens_per_second", "peak_memory_bytes", "prompt_tokens_per_second",
      "seconds_to_load")
    let first = try #require(found["seconds_to_first_token"] as? Double)
    #expect(first > (found["seconds_to_load"] as? Double ?? .infinity))
  }

  /// The end of this model is token 2, which is among what it writes: the benchmark goes on.
  @Test func generateReadsGGUF() throws {
    let found = try benchmark(
      "generate", "--model", "\(Self.fixtures)/Checkpoint/GGUF/qwen2.gguf", "--prompt-tokens", "10",
      "--new-tokens", "30", "--repetitions", "1")
    #expect(found["prompt_tokens"] as? Int == 10)
    #expect(found["new_tokens"] as? Int == 30)
    #expect((found["first_tokens"] as? [Int])?.count == 16)
    expectPositive(found, "generated_tokens_per_second", "prompt_tokens_per_second")
  }

  @Test func scaling() throws {
    let found = try benchmark(
      "scaling", "--lengths", "64", "128", "--batches", "1", "3", "--vocabularies", "100", "1000",
      "--positions", "1", "9", "--threads", "1", "2", "--hidden-size", "64", "--seconds", "0.01")
    #expect(
      Set(found.keys) == [
        "batches", "isa", "lengths", "peak_memory_bytes", "positions", "seconds", "thread_counts", "threads",
        "vocabularies",
      ])
    func rows(_ table: String, _ extent: String, _ figures: String...) throws -> [[String: Any]] {
      let rows = try #require(found[table] as? [[String: Any]])
      for row in rows {
        #expect(Set(row.keys) == Set(figures + [extent]))
        for key in figures { expectPositive(row, key) }
      }
      return rows
    }
    let lengths = try rows(
      "lengths", "length", "attention_bytes", "attention_seconds", "layer_bytes", "layer_seconds")
    #expect(lengths.map { $0["length"] as? Int } == [64, 128])
    // Attention stores nothing but its output, twice as large for twice the length.
    #expect(lengths.map { $0["attention_bytes"] as? Int } == [64 * 64 * 4, 128 * 64 * 4])
    let batches = try rows("batches", "batch", "bytes", "seconds_per_step", "target_tokens_per_second")
    #expect(batches.map { $0["batch"] as? Int } == [1, 3])
    let vocabularies = try rows("vocabularies", "vocabulary", "bytes", "model_bytes", "seconds_per_step")
    #expect(vocabularies.map { $0["vocabulary"] as? Int } == [100, 1000])
    let positions = try rows("positions", "position", "seconds_per_token")
    #expect(positions.map { $0["position"] as? Int } == [1, 9])
    let threads = try rows("thread_counts", "threads", "layer_seconds", "target_tokens_per_second")
    #expect(threads.map { $0["threads"] as? Int } == [1, 2])
  }

  struct BadInput: Sendable, CustomTestStringConvertible {
    let status: Int32
    /// A part of what is said.
    let part: String
    let arguments: [String]
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ status: Int32, _ part: String, _ arguments: String...) {
      self.status = status
      self.part = part
      self.arguments = arguments
    }
  }

  private static let marian = fixtures + "/Checkpoint/marian"
  private static let embedder = fixtures + "/Encoders/embedder"
  private static let stories = fixtures + "/Stories"

  private static let badInputs = [
    BadInput(66, "no such directory", "translate", "--model", fixtures + "/none"),
    BadInput(65, "model_type", "translate", "--model", embedder),
    BadInput(65, "this is a file", "translate", "--model", marian + "/config.json"),
    BadInput(64, "--batch must be from 1 to 4096, got 0", "translate", "--model", marian, "--batch", "0"),
    BadInput(64, "--beam-size must", "translate", "--model", marian, "--beam-size", "0"),
    BadInput(64, "--new-tokens must be from", "translate", "--model", marian, "--new-tokens", "0"),
    BadInput(64, "--repetitions must", "translate", "--model", marian, "--repetitions", "0"),
    BadInput(
      64, "--source-tokens must be at most 63", "translate", "--model", marian, "--source-tokens", "64"),
    BadInput(64, "--new-tokens must be at most 64", "translate", "--model", marian, "--new-tokens", "65"),
    BadInput(64, "--threads must", "translate", "--model", marian, "--threads", "0"),
    BadInput(
      66, "no such directory", "embed", "--model", fixtures + "/none", "--input", embedder + "/vocab.txt"),
    BadInput(66, "none.txt", "embed", "--model", embedder, "--input", fixtures + "/none.txt"),
    BadInput(65, "model_type", "embed", "--model", marian, "--input", embedder + "/vocab.txt"),
    BadInput(
      64, "--batch must", "embed", "--model", embedder, "--input", embedder + "/vocab.txt", "--batch", "0"),
    BadInput(
      64, "--count must", "embed", "--model", embedder, "--input", embedder + "/vocab.txt", "--count", "0"),
    BadInput(66, "no such directory", "generate", "--model", fixtures + "/none"),
    BadInput(65, "model_type", "generate", "--model", marian),
    BadInput(
      64, "at most 512", "generate", "--model", stories, "--prompt-tokens", "500", "--new-tokens", "13"),
    BadInput(64, "--prompt-tokens must", "generate", "--model", stories, "--prompt-tokens", "0"),
    BadInput(64, "--lengths must", "scaling", "--lengths", "0"),
    BadInput(64, "--vocabularies must", "scaling", "--vocabularies", "2"),
    BadInput(64, "--hidden-size must be a multiple of 16", "scaling", "--hidden-size", "40"),
    BadInput(64, "--seconds must", "scaling", "--seconds=-1"),
  ]

  @Test(arguments: badInputs) func badInputIsNamed(_ bad: BadInput) throws {
    let run = try CommandRun(["benchmark"] + bad.arguments + ["--json"])
    #expect(run.status == bad.status)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("heed: ") && run.errors.contains(bad.part), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test func aFileOfEmptyLinesHoldsNoSentences() throws {
    try withFile("\n  \n") { file in
      let run = try CommandRun(["benchmark", "embed", "--model", Self.embedder, "--input", file])
      #expect(run.status == 65)
      #expect(run.errors.contains("every line is empty"))
    }
  }
}
