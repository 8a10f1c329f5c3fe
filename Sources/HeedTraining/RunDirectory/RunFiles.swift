import Foundation

/// The files that a run writes into its directory, told from all others that may lie there.
struct RunFiles {
  /// The run directory.
  let path: String

  /// The first line of a run's `recipe.yaml`, by which a run is known.
  static let recipeHeader =
    "# The resolved recipe of this run: every key, with flags and defaults filled in.\n"

  /// What gives a run away, or a model; with a run's recipe beside it, it may be overwritten.
  private static let signs =
    ["recipe.yaml", "metrics.jsonl", "report.html", "checkpoints", "tensorboard"] + modelNames
  private static let modelNames = [
    "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "target_tokenizer.json",
    "tokenizer_config.json", "special_tokens_map.json",
  ]
  /// What comes with the model of some tasks, or with the tokenizer of the model that a run goes on from.
  private static let companionNames = [
    "modules.json", "sentence_bert_config.json", "1_Pooling/config.json", "vocab.txt", "vocab.json",
    "merges.txt", "source.spm", "target.spm", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
    "added_tokens.json", "chat_template.jinja", "chat_template.json",
  ]
  /// Directories that go as well, where nothing else is in them.
  private static let directoryNames = ["1_Pooling", "2_Normalize", "checkpoints"]

  /// The first file that a new run would replace or stand beside as if it were its own; nil where there is none.
  var sign: String? {
    Self.signs.first { name in
      guard let status = POSIX.status("\(path)/\(name)") else { return false }
      // An empty directory is what a run leaves that was killed before its recipe was written.
      return !status.isDirectory || !contents(name).isEmpty
    }
  }

  /// Whether there is a recipe, and a run has written it: one that a user wrote is no reason to remove anything.
  var areOfRun: Bool {
    guard case .success(let bytes) = POSIX.readFile("\(path)/recipe.yaml", limit: 1 << 20) else {
      return false
    }
    return bytes.starts(with: Self.recipeHeader.utf8)
  }

  /// Removes the files that a run writes, and nothing else.
  ///
  /// - Throws: `RunDirectoryError` if one of them cannot be removed.
  func remove() throws(RunDirectoryError) {
    let checkpoints = contents("checkpoints").filter(Self.isCheckpoint).map { "checkpoints/\($0)" }
    let events = TensorBoardLog.files(in: "\(path)/tensorboard").map { "tensorboard/\($0)" }
    let names =
      ["metrics.jsonl", "report.html"] + checkpoints + events + Self.modelNames + Self.companionNames
    for name in names { try remove(name) }
    for name in Self.directoryNames { _ = rmdir("\(path)/\(name)") }
    // Last of all, because without it the directory is no run that may be overwritten.
    try remove("recipe.yaml")
  }

  private func remove(_ name: String) throws(RunDirectoryError) {
    let file = "\(path)/\(name)"
    // A directory of that name is nothing that a run has written.
    guard let status = POSIX.status(file), !status.isDirectory else { return }
    do {
      try FileManager.default.removeItem(atPath: file)
    } catch {
      throw RunDirectoryError(
        path: file, .system(action: "remove the old run", reason: error.localizedDescription))
    }
  }

  private func contents(_ name: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []
  }

  // MARK: Checkpoints

  /// The state that a run goes on from.
  static let stateName = "last.safetensors"
  private static let weightsPrefix = "step-"
  private static let weightsSuffix = ".safetensors"

  /// The name of the weights after a step.
  static func weightsName(_ step: Int) -> String {
    let digits = String(step)
    return weightsPrefix + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + weightsSuffix
  }

  /// The step that a file of weights is named after; nil for other files.
  static func weightsStep(_ name: String) -> Int? {
    guard name.hasPrefix(weightsPrefix), name.hasSuffix(weightsSuffix) else { return nil }
    return Int(name.dropFirst(weightsPrefix.count).dropLast(weightsSuffix.count))
  }

  /// Whether it is a checkpoint, or one that was being written when the process was killed.
  private static func isCheckpoint(_ name: String) -> Bool {
    name == stateName || weightsStep(name) != nil || name.hasPrefix(".heed-") && name.hasSuffix(".tmp")
  }
}
