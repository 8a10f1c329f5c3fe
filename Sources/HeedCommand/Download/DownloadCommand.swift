import ArgumentParser
import Foundation
import HeedHubCache

extension HeedCommand {
  /// Commands that fetch models.
  static let downloadCommands: [any ParsableCommand.Type] = [DownloadCommand.self]
}

/// `heed download`: a model from the Hugging Face hub into the cache that Python shares.
struct DownloadCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "download", abstract: "Fetch a model from the Hugging Face hub, and print its directory.",
    discussion: """
      Configurations, tokenizer files and weights are fetched, and nothing that is there already. Files are checked \
      against the hashes that the hub lists; what a broken download has fetched is kept. The cache is that of Python's \
      huggingface_hub, and so are the variables: HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE.
      """)

  @Argument(help: ArgumentHelp("The model.", valueName: "org/name"))
  var model: String

  @Option(help: "A branch, a tag or a commit.")
  var revision = "main"

  @Option(
    help: ArgumentHelp(
      "Fetch the files that match instead; repeat it for more (\"*.gguf\", \"onnx/*\").", valueName: "pattern"
    ))
  var include: [String] = []

  func perform() throws {
    do {
      try HubNames.check(model: model)
      try HubNames.check(revision: revision)
    } catch {
      throw CommandError(error)
    }
    let request = DownloadRequest(model: model, revision: revision, patterns: include)
    throw DownloadProgram.replaceProcess(with: request)
  }
}

extension CommandError {
  /// An error of the cache or the hub.
  init(_ error: HubError) {
    self.init(ExitStatus(rawValue: error.exitStatus) ?? .software, error.description)
  }
}

/// The directory of a model on the hub: what the cache has, and else what is fetched now.
///
/// - Throws: `CommandError` where there is no such model, it cannot be fetched, or Ctrl-C ended the download.
func hubModelDirectory(_ model: String, revision: String = "main") throws -> URL {
  let cache = HubCache()
  do {
    if let directory = try cache.cachedModel(model, revision: revision) { return directory }
  } catch {
    throw CommandError(error)
  }
  if cache.settings.isOffline {
    throw CommandError(
      .missingInput,
      "\(model) is not in the cache \(cache.settings.cache.path), and HF_HUB_OFFLINE forbids to fetch it")
  }
  return try DownloadProgram.run(DownloadRequest(model: model, revision: revision))
}
