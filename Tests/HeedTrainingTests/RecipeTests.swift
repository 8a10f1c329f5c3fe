import Foundation
import HeedTraining
import TestSupport
import Testing

/// What reading and resolving a recipe says, or "fine".
private func message(_ yaml: String) -> String {
  do {
    _ = try Recipe(yaml: yaml, file: "r.yaml").resolved()
    return "fine"
  } catch {
    return "\(error)"
  }
}

/// What an override says, or "fine".
private func message(_ key: String, _ value: String, on recipe: Recipe = Recipe()) -> String {
  do {
    var recipe = recipe
    try recipe.override(key: key, value: value)
    _ = try recipe.resolved()
    return "fine"
  } catch {
    return "\(error)"
  }
}

@Suite struct RecipeTests {
  @Test func readsEverySection() throws {
    let recipe = try Recipe(
      yaml: """
        task: translation
        output: runs/one # a comment
        data: {format: tsv, source: a.tsv, source_field: en, target_field: "3", max_ratio: 2.5}
        vocabulary:
          size: 10_000
          scheme: byte_level
        model:
          heads: 2
          preset: tiny
          norm: before
        training:
          schedule: inverse_sqrt
          learning_rate: 5e-3
          max_steps: ~
          max_epochs: 3
          time_budget: 1h30m
          seed: 18446744073709551615
        validation: {every_steps: 100, metric: bleu}
        checkpoints:
        """)
    #expect(recipe.output == "runs/one")
    #expect(recipe.data.format == .tsv)
    #expect(recipe.data.targetField == "3")
    #expect(recipe.data.maximumRatio == 2.5)
    #expect(recipe.vocabulary.size == 10_000)
    #expect(recipe.vocabulary.scheme == .byteLevel)
    #expect(recipe.model.headCount == 2)
    #expect(recipe.model.encoderLayerCount == 4)
    #expect(recipe.model.hiddenSize == 128)
    #expect(recipe.model.norm == .before)
    #expect(recipe.training.schedule == .inverseSquareRoot)
    #expect(recipe.training.learningRate == 0.005)
    #expect(recipe.training.maximumSteps == nil)
    #expect(recipe.training.maximumEpochs == 3)
    #expect(recipe.training.timeBudget == RecipeDuration(seconds: 5400))
    #expect(recipe.training.seed == .max)
    #expect(recipe.validation.everySteps == 100)
    #expect(recipe.validation.metric == .bleu)
    #expect(recipe.checkpoints.keepLastCount == 5)
    #expect(recipe.isGiven("model.heads") && !recipe.isGiven("model.hidden_size"))
    let corpus = try recipe.data.trainingCorpus()
    #expect(corpus.files == .tsv(file: "a.tsv", source: .name("en"), target: .index(3)))
  }

  @Test func presetsAreThePublishedShapes() {
    func shape(_ preset: ModelRecipe.Preset) -> [Int] {
      let model = ModelRecipe(preset)
      return [
        model.encoderLayerCount, model.decoderLayerCount, model.hiddenSize, model.feedForwardSize,
        model.headCount, Int((model.dropout ?? 0) * 10),
      ]
    }
    #expect(shape(.tiny) == [4, 4, 128, 256, 4, 1])
    #expect(shape(.small) == [3, 3, 256, 1024, 4, 1])
    #expect(shape(.base) == [6, 6, 512, 2048, 8, 1])
    #expect(shape(.big) == [6, 6, 1024, 4096, 16, 3])
    #expect(Recipe().model == ModelRecipe(.small))
  }

  @Test func flagsOverrideTheFile() throws {
    var recipe = try Recipe(yaml: "model: {dropout: 0.25, preset: tiny}\ntraining: {max_steps: 5}")
    try recipe.override(key: "model.preset", value: "base")
    // What the file gave by itself stays; what came from its preset goes.
    #expect(recipe.model.hiddenSize == 512)
    #expect(recipe.model.dropout == 0.25)
    try recipe.override(key: "training.max_steps", value: "null")
    #expect(recipe.training.maximumSteps == nil)
    try recipe.override(key: "data.source", value: "null.en")
    #expect(recipe.data.source == "null.en")
    #expect(
      message("trainning.max_steps", "7")
        == "unknown key trainning.max_steps; did you mean training.max_steps?")
    #expect(
      message("training.max_steps", "many")
        == "training.max_steps must be a whole number, or null, got \"many\".")
  }

  /// What takes names with commas between takes a list, too, as users of YAML write it.
  @Test func namesMayBeLists() throws {
    let recipe = try Recipe(
      yaml:
        "model:\n  lora_targets: [attention, feed_forward]\ntraining:\n  freeze:\n    - embedding\n    - encoder\n"
    )
    #expect(RecipeList.names(recipe.model.adapterTargets) == ["attention", "feed_forward"])
    #expect(recipe.training.freeze.map(RecipeList.names) == ["embedding", "encoder"])
    #expect(RecipeList.names("embedding, encoder") == ["embedding", "encoder"])
    #expect(try Recipe(yaml: recipe.yaml) == recipe)
  }

  @Test func unknownKeysNameTheNearest() {
    #expect(
      message("training:\n  warmup: 5\n  warm_up_steps: 7\n")
        == "r.yaml:2: unknown key training.warmup; did you mean training.warmup_steps?")
    #expect(
      message("model:\n  hiden_size: 5\n")
        == "r.yaml:2: unknown key model.hiden_size; did you mean model.hidden_size?")
    #expect(
      message("model:\n  label_smoothing: 0.1\n")
        == "r.yaml:2: unknown key model.label_smoothing; did you mean training.label_smoothing?")
    #expect(message("\n\nvocab: {}\n").hasPrefix("r.yaml:3: unknown key vocab; did you mean "))
    #expect(
      message("modle:\n  heads: 4\n") == "r.yaml:1: unknown key modle; did you mean model?")
  }

  @Test func refusesWhatIsNoRecipe() {
    #expect(message("") == "fine")
    #expect(message("# nothing\n") == "fine")
    #expect(message("- a\n- b\n") == "r.yaml:1: the recipe must be a list of sections with keys.")
    #expect(message("model: 7\n") == "r.yaml:1: model must be a section with keys of its own.")
    #expect(message("model:\n  heads: [1]\n") == "r.yaml:2: model.heads must be a whole number.")
    #expect(
      message("model:\n  heads: many\n") == "r.yaml:2: model.heads must be a whole number, got \"many\".")
    #expect(
      message("model:\n  heads:\n") == "r.yaml:2: model.heads must be a whole number, got \"null\".")
    #expect(
      message("model:\n  norm: pre\n") == "r.yaml:2: model.norm must be before or after, got \"pre\".")
    #expect(message("model:\n  dropout: .nan\n").hasPrefix("r.yaml:2: model.dropout must be a number"))
    #expect(
      message("seed: 1\nmodel:\n  heads: 4\n  heads: 8\n")
        == "r.yaml: the recipe is not valid YAML: in the section that begins in line 3, \"heads\" stands more than once."
    )
    #expect(message("a: [1\nb: 2").hasPrefix("r.yaml: the recipe is not valid YAML: line "))
    #expect(message("{a: b}: c").hasPrefix("r.yaml:1: the recipe must be a list of keys with values."))
    for text in ["[", "- ", "? ", "{a: "] {
      #expect(message(String(repeating: text, count: 50_000)) != "fine")
    }
    // Anchors that double at each line would fill the memory if they were followed.
    let laughs = (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }.joined(separator: "\n")
    #expect(message("a0: &a0 x\n" + laughs).hasPrefix("r.yaml:1: unknown key a0"))
  }

  @Test(
    arguments: [
      ("model.heads", "0", "model.heads must be at least 1, got 0."),
      ("model.heads", "3", "model.heads must divide hidden_size (256), got 3."),
      ("model.dropout", "1", "model.dropout must be at least 0 and less than 1, got 1.0."),
      ("model.hidden_size", "9999999999", "model.hidden_size must be at most 65536, got 9999999999."),
      ("training.batch_tokens", "0", "training.batch_tokens, 0"),
      ("training.label_smoothing", "-0.1", "training.label_smoothing must be at least 0"),
      ("training.adam_beta2", "1", "training.adam_beta2 must be at least 0 and less than 1, got 1.0."),
      ("training.adam_epsilon", "0", "training.adam_epsilon must be more than 0, got 0.0."),
      ("training.learning_rate", "-1", "training.learning_rate must be more than 0, got -1.0."),
      ("output", "", "output must not be empty: name the run directory or leave it out."),
      ("training.max_steps", "0", "training.max_steps must be at least 1, got 0."),
      ("training.time_budget", "0s", "training.time_budget must be more than 0 seconds."),
      ("training.time_budget", "5x", "training.time_budget must be a length of time such as 90m"),
      ("training.average_last", "6", "more than checkpoints.keep_last (5)"),
      ("training.initial_learning_rate", "1e-7", "has no meaning for the schedule paper"),
      ("training.final_learning_rate", "1e-7", "has no meaning for the schedule paper, which has no end"),
      ("validation.beam_size", "0", "validation.beam_size must be at least 1, got 0."),
      ("validation.patience", "-1", "validation.patience must be at least 0, got -1."),
      ("data.max_length", "5000", "more than a batch may have (training.batch_tokens, 4096)"),
      ("data.max_length", "600", "model.max_positions is 512, less than data.max_length (600)"),
      ("data.max_ratio", "0.5", "data.max_ratio must be 0 (any) or at least 1, got 0.5."),
      ("vocabulary.size", "3", "vocabulary.size must be at least 16, got 3."),
      ("data.source", "a.en", "data.target is missing: plain text has a file for each side."),
      ("data.valid_target", "a.de", "data.valid_source is missing, but valid_target is given."),
    ])
  func everyRangeIsChecked(_ key: String, _ value: String, _ expected: String) {
    let found = message(key, value)
    #expect(found.contains(expected))
  }

  @Test func contradictionsNameKeyLineAndReason() {
    let separate = message("vocabulary:\n  joint: false\nmodel:\n  norm: before\n")
    #expect(separate.hasPrefix("r.yaml:4: model.norm before needs one vocabulary"))
    #expect(
      message("vocabulary:\n  joint: false\nmodel:\n  share_embeddings: true\n")
        == "r.yaml:4: model.share_embeddings must not be true with separate vocabularies "
        + "(vocabulary.joint is false).")
    #expect(
      message("training:\n  schedule: cosine\n  max_steps: null\n")
        == "r.yaml:3: training.max_steps or max_epochs or time_budget must be given for the schedule cosine, which "
        + "ends there."
    )
    #expect(
      message("training:\n  weight_decay: 0.1\n")
        == "r.yaml:2: training.weight_decay needs training.optimizer: adamw.")
    #expect(
      message("validation:\n  every_steps: 5\n  every_epochs: 1\n")
        == "r.yaml:2: validation.every_steps cannot be given together with every_epochs; "
        + "set one of them to null.")
    #expect(
      message("data:\n  source: a.tsv\n  target: b.de\n")
        == "r.yaml:3: data.target must be left out: a tsv file in source holds both sides.")
  }

  @Test func resolvedRecipeReadsBackEqual() throws {
    let yaml = """
      output: "a: #b 'c' \\"d\\" \\\\ \\t é\\u0085 - x"
      data: {directory: "-dash", source: "true", target: "null", valid_source: "1e3", valid_target: ""}
      model: {preset: big, dropout: 0.15}
      training: {learning_rate: 0.0007123456789012345, time_budget: 90m, adam_epsilon: 1.0e-8}
      """
    let resolved = try Recipe(yaml: yaml).resolved()
    let again = try Recipe(yaml: resolved.yaml)
    #expect(again == resolved)
    #expect(try again.resolved() == resolved)
    #expect(again.yaml == resolved.yaml)
    #expect(resolved.output == "a: #b 'c' \"d\" \\ \t é\u{85} - x")
    #expect(resolved.data.target == "null")
    #expect(resolved.model.shareEmbeddings == true)
    #expect(resolved.validation.everyEpochs == 1)
    #expect(resolved != Recipe())
    let byteLevel = try Recipe(yaml: "vocabulary: {scheme: byte_level}").resolved()
    #expect(try Recipe(yaml: byteLevel.yaml).resolved() == byteLevel)
  }

  @Test func schedulesFollowTheRecipe() throws {
    var recipe = Recipe()
    try recipe.override(key: "model.preset", value: "base")
    let paper = LearningRateSchedule.paper(factor: 1, hiddenSize: 512, warmupSteps: 4000)
    for recipe in [recipe, try recipe.resolved()] {
      for step in [1, 4000, 100_000] {
        let (found, expected) = (recipe.learningRateSchedule.rate(atStep: step), paper.rate(atStep: step))
        #expect(abs(found - expected) <= 1e-12 * expected)
      }
    }
    try recipe.override(key: "training.learning_rate", value: "0.002")
    #expect(abs(recipe.learningRateSchedule.rate(atStep: 4000) - 0.002) < 1e-15)
    try recipe.override(key: "training.schedule", value: "cosine")
    #expect(
      recipe.learningRateSchedule
        == .cosine(peak: 0.002, warmupSteps: 4000, initial: 0, totalSteps: 100_000, floor: 0))
  }

  @Test func corporaFollowTheRecipe() throws {
    var data = DataRecipe()
    #expect(throws: RecipeError.self) { _ = try data.trainingCorpus() }
    #expect(try data.validationCorpus() == nil)
    data.directory = "corpora/"
    (data.source, data.target) = ("train.en.gz", "/elsewhere/train.de")
    #expect(
      try data.trainingCorpus().files == .plain(source: "corpora/train.en.gz", target: "/elsewhere/train.de"))
    (data.validSource, data.validTarget) = ("valid.jsonl.gz", nil)
    #expect(
      try data.validationCorpus()?.files
        == .jsonLines(file: "corpora/valid.jsonl.gz", source: "source", target: "target"))
    data.validSource = "valid.tsv"
    #expect(
      try data.validationCorpus()?.files
        == .tsv(file: "corpora/valid.tsv", source: .index(1), target: .index(2)))
  }

  /// The recipes that the project publishes resolve, and say what their headers say.
  @Test(arguments: ["tatoeba-en-de", "multi30k-en-de"]) func publishedRecipesResolve(_ name: String) throws {
    var root = URL(fileURLWithPath: #filePath)
    while root.path != "/", !FileManager.default.fileExists(atPath: root.path + "/Package.swift") {
      root.deleteLastPathComponent()
    }
    let recipe = try Recipe(contentsOf: "\(root.path)/Recipes/\(name).yaml").resolved()
    #expect(recipe.model.preset == (name == "tatoeba-en-de" ? .small : .tiny))
    #expect(try recipe.validationCorpus() != nil)
  }

  /// Files of this repository's own form, apart from the model that they go on from.
  @Test func recipesOfAnswersResolve() throws {
    let root = fixturesDirectory.deletingLastPathComponent().path
    for name in ["xquad-en", "restaurant8k"] {
      let recipe = try Recipe(contentsOf: "\(root)/Recipes/\(name).yaml").resolved()
      #expect(recipe.task == .questionAnswering && recipe.validation.metric == .f1)
      #expect((recipe.data.validSource == nil) == (recipe.data.validShare != nil), "\(name)")
    }
  }

  @Test func reportsUnreadableFiles() throws {
    let scratch = try ScratchDirectory()
    #expect {
      _ = try Recipe(contentsOf: "/nonexistent.yaml")
    } throws: {
      "\($0)" == "/nonexistent.yaml: the recipe cannot be read: No such file or directory."
    }
    let binary = try scratch.write("b.yaml", [0xFF, 0xFE, 0x00])
    #expect {
      _ = try Recipe(contentsOf: binary)
    } throws: {
      "\($0)".hasSuffix("the recipe cannot be read: it is not UTF-8.")
    }
  }
}

extension Recipe {
  fileprivate func validationCorpus() throws -> ParallelCorpus? { try data.validationCorpus() }
}
