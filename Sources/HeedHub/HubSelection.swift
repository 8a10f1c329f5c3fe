import HeedHubCache

/// Which files of a repository are fetched.
public enum HubSelection: Sendable, Hashable {
  /// What running a model needs: configurations, tokenizer files, and weights in one format, the safest that there is.
  case model
  /// The files whose paths match one of the patterns, in which `*` and `?` stand for any characters, `[…]` for one of
  /// several; a pattern that ends in `/` stands for all below.
  case matching([String])

  /// The files that are chosen, in the order of the list.
  ///
  /// - Throws: `HubError` if nothing is chosen, or if there is a choice that only the user can make.
  func chosen(_ files: [HubFile], of model: String) throws(HubError) -> [HubFile] {
    switch self {
    case .matching(let patterns):
      let chosen = files.filter { file in
        patterns.contains { Glob.matches($0.hasSuffix("/") ? $0 + "*" : $0, file.path) }
      }
      guard !chosen.isEmpty else {
        throw HubError(
          .missing,
          "\(model) has no file that matches \(patterns.map { HubNames.shown($0) }.joined(separator: ", "))")
      }
      return chosen
    case .model:
      let weights = try Self.weights(files, of: model)
      return files.filter { weights.contains($0.path) || Self.isSmall($0.path) }
    }
  }

  // MARK: Weights

  /// The paths of the weights in the first format that the repository has.
  private static func weights(_ files: [HubFile], of model: String) throws(HubError) -> Set<String> {
    let paths = files.map(\.path).filter { !$0.contains("/") }
    for (name, suffix) in [("model", "safetensors"), ("pytorch_model", "bin")] {
      if paths.contains("\(name).\(suffix)") { return ["\(name).\(suffix)"] }
      let shards = paths.filter { Glob.matches("\(name)-*-of-*.\(suffix)", $0) }
      if !shards.isEmpty { return Set(shards + ["\(name).\(suffix).index.json"]) }
    }
    let single = paths.filter { path in
      path.hasSuffix(".safetensors")
        && !["consolidated", "adapter_", "optimizer"].contains { path.hasPrefix($0) }
    }
    if !single.isEmpty { return Set(single) }
    let quantised = paths.filter { $0.hasSuffix(".gguf") }
    guard quantised.count <= 1 else {
      throw HubError(
        .missing,
        "\(model) has \(quantised.count) GGUF files, such as \(HubNames.shown(quantised[0])); name one with --include"
      )
    }
    guard !quantised.isEmpty else {
      throw HubError(
        .missing,
        "\(model) has no weights that Heed reads; expected model.safetensors, pytorch_model.bin or a GGUF file"
      )
    }
    return Set(quantised)
  }

  /// Configurations and tokenizers: at the top, and of sentence-transformers one directory deeper.
  private static func isSmall(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let name = parts.last, parts.count <= 2 else { return false }
    if parts.count == 2 {
      // 1_Pooling/config.json, 2_Dense/…: a number, an underscore and a name.
      guard let first = parts[0].utf8.first, (0x30...0x39).contains(first), parts[0].contains("_") else {
        return false
      }
      return name == "config.json" || name.hasSuffix(".safetensors")
    }
    if name.hasSuffix(".index.json") { return false }
    let others = ["vocab.txt", "merges.txt", "chat_template.jinja", "spiece.model", "tokenizer.model"]
    return name.hasSuffix(".json") || others.contains(String(name)) || name.hasSuffix(".spm")
      || (name.hasSuffix(".model") && !name.hasPrefix("training"))
  }
}
