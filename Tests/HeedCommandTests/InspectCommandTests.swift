import Foundation
import TestSupport
import Testing

/// `heed inspect` as a program.
@Suite struct InspectCommandTests {
  private static let masked = fixturesDirectory.appending(path: "Encoders/masked").path
  private static let stories = fixturesDirectory.appending(path: "Stories").path
  private static let text = "paris is the [MASK] of france ."

  @Test func aHeatMapFitsTheTerminal() throws {
    let run = try CommandRun(["inspect", "--model", Self.masked, Self.text, "--layer", "1", "--head", "2"])
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(run.output.contains("Encoder self-attention, layer 1, head 2"))
    #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(!run.output.contains("\u{1B}"))
    let coloured = try CommandRun(["inspect", "--model", Self.masked, Self.text, "--color", "always"])
    #expect(coloured.output.contains("\u{1B}[48;5;") && coloured.output.contains("mean of heads"))
    let words = try CommandRun(["inspect", "--model", Self.masked, Self.text, "--words"])
    #expect(words.status == 0)
  }

  @Test func jsonHoldsTheWeights() throws {
    let object = try CommandRun([
      "inspect", "--model", Self.masked, Self.text, "--head", "0", "--measures", "--json",
    ]).object()
    let maps = try #require(object["attention"] as? [[String: Any]])
    let weights = try #require(maps[0]["weights"] as? [[Double]])
    let rows = try #require(maps[0]["rows"] as? [[String: Any]])
    #expect(weights.count == rows.count && weights.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
    // One head in each of two layers.
    #expect((object["measures"] as? [Any])?.count == 2)
    #expect((object["predictions"] as? [Any])?.count == 1)
  }

  @Test func jsonHoldsWordsWhereTheyAreAskedFor() throws {
    let object = try CommandRun([
      "inspect", "--model", Self.stories, "日本 is", "--max-new-tokens", "1", "--words", "--json",
    ]).object()
    let map = try #require((object["attention"] as? [[String: Any]])?.first)
    let rows = try #require(map["rows"] as? [[String: Any]])
    #expect(rows.prefix(3).map { $0["text"] as? String } == ["<s>", "日本", "is"])
    #expect((map["weights"] as? [[Double]])?.count == rows.count)
  }

  @Test(arguments: ["html", "svg", "npz", "safetensors"]) func filesAreWritten(_ ending: String) throws {
    try withDirectory { directory in
      let file = directory.appending(path: "picture.\(ending)")
      let run = try CommandRun([
        "inspect", "--model", Self.stories, "Once upon a time", "--max-new-tokens", "4", "--output",
        file.path,
      ])
      #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
      let start = String(decoding: try Data(contentsOf: file).prefix(9), as: UTF8.self)
      switch ending {
      case "html": #expect(start == "<!DOCTYPE")
      case "svg": #expect(start.hasPrefix("<?xml"))
      case "npz": #expect(start.hasPrefix("PK"))
      default: #expect(start.hasSuffix("{"))
      }
    }
  }

  @Test func measuresAreATable() throws {
    let run = try CommandRun([
      "inspect", "--model", Self.stories, "Once upon a time", "--max-new-tokens", "2", "--measures",
      "--layer", "3",
    ])
    let lines = run.output.split(separator: "\n")
    #expect(run.status == 0 && lines.count == 9 && lines[0].contains("entropy"), "\(run.errors)")
  }

  @Test func removedHeadsChangeTheOutput() throws {
    let object = try CommandRun([
      "inspect", "--model", Self.stories, "Once upon a time", "--max-new-tokens", "8", "--ablate", "0:1",
      "--ablate",
      "decoder:4:7", "--json",
    ]).object()
    #expect(object["removed"] as? [String] == ["decoder:0:1", "decoder:4:7"])
    let before = try #require((object["before"] as? [String: Any])?["log_probability"] as? Double)
    let after = try #require((object["after"] as? [String: Any])?["log_probability"] as? Double)
    #expect(before < 0 && before != after)
    // What the model itself found of what it wrote, the prompt apart.
    let whole = try CommandRun([
      "inspect", "--model", Self.stories, "Once upon a time", "--max-new-tokens", "8", "--json",
    ]).object()
    let own = try #require(whole["predictions"] as? [[String: Any]]).filter {
      $0["is_given"] as? Bool == false
    }
    let sum = own.reduce(0) { sum, prediction in
      sum + log((prediction["chosen"] as? [String: Any])?["probability"] as? Double ?? 0)
    }
    #expect(own.count == 8 && abs(before - sum) < 1e-4, "\(before) \(sum)")
    let run = try CommandRun(["inspect", "--model", Self.masked, Self.text, "--ablate", "1:0"])
    #expect(run.status == 0 && run.output.hasPrefix("removed  encoder:1:0\n"), "\(run.errors)")
  }

  @Test(arguments: ["html", "svg", "safetensors"])
  func filesSayWhichHeadsAreMissing(_ ending: String) throws {
    try withDirectory { directory in
      let file = directory.appending(path: "ablated.\(ending)")
      let run = try CommandRun([
        "inspect", "--model", Self.masked, Self.text, "--ablate", "1:2", "--output", file.path,
      ])
      #expect(run.status == 0, "\(run.errors)")
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      #expect(text.contains("ithout encoder:1:2"))
    }
  }

  /// The test of sacreBLEU would be sure of a difference between equal outputs.
  @Test func equalScoresHaveNoProbability() throws {
    try withDirectory { directory in
      let model = directory.appending(path: "model")
      try OlderModelDirectory.write("additive", to: model)
      // Lines without text stay as they are, whatever the model.
      let lines = directory.appending(path: "lines.txt")
      try Data("\n\n".utf8).write(to: lines)
      let files = ["--source", lines.path, "--reference", lines.path]
      let object = try CommandRun(
        ["inspect", "--model", model.path, "--ablate", "0:0", "--beam-size", "2", "--json"] + files
      ).object()
      #expect(object["changed_lines"] as? Int == 0 && object["p_value"] == nil)
      for option in [["--target", "x"], ["--pair", "x"]] {
        let run = try CommandRun(["inspect", "--model", model.path, "--ablate", "0:0"] + files + option)
        #expect(run.status == 64 && run.errors.contains("leave out --target and --pair"))
      }
    }
  }

  @Test(arguments: ["", "  "]) func aTextHasAWord(_ text: String) throws {
    let run = try CommandRun(["inspect", "--model", Self.masked, text])
    #expect(run.status == 64 && run.errors.contains("there is no text") && run.output.isEmpty)
  }

  @Test(arguments: [
    (["--layer", "7"], "there is no layer 7"), (["--head", "99"], "no head 99"),
    (["--kind", "cross"], "only encoder"),
    (["--output", "x.pdf"], "ends in .html"), (["--ablate", "1"], "LAYER:HEAD"),
    (["--ablate", "0:99"], "no head 99"),
    (["--alignments"], "encoder and a decoder"), (["--target", "x"], "a target is for models that write"),
    (["--source", "x"], "belong together"), (["--page-size", "0"], "--page-size must be"),
    (["--json", "--output", "x.html"], "leave out --output"),
    (["--words", "--output", "x.html"], "--words is for"), (["--words", "--measures"], "--words is for"),
    (["--words", "--ablate", "0:1"], "--words is for"),
    (["--alignments", "--kind", "encoder"], "--kind encoder"),
    (["--ablate", "0:1", "--head", "1"], "leave out --layer and --head"),
  ]) func wrongUsageIsToldInASentence(_ arguments: [String], _ expected: String) throws {
    let run = try CommandRun(["inspect", "--model", Self.masked, Self.text] + arguments)
    #expect(run.status == 64 && run.errors.contains(expected), "\(arguments): \(run.status) \(run.errors)")
    #expect(run.output.isEmpty)
  }
}
