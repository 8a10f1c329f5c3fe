import Foundation
@_exported import HeedHubCache

/// How far a download has come.
public struct HubProgress: Sendable, Hashable {
  /// The file that is being fetched.
  public let file: String
  /// Its place among those that are fetched, from 0.
  public let fileIndex: Int
  /// How many files there are.
  public let fileCount: Int
  /// The bytes of the file that are here.
  public let fileBytes: Int
  /// The bytes of the file; nil where the server does not say.
  public let fileSize: Int?
  /// The bytes of all files that are here.
  public let totalBytes: Int
  /// The bytes of all files; nil where the server does not say.
  public let totalSize: Int?
}

/// Fetches models from the Hugging Face hub, or a server with its layout, into the cache that Python shares.
public struct Hub: Sendable {
  /// What is here already.
  public let cache: HubCache
  /// Seconds to wait before each further attempt after a failure that may pass.
  public var retryDelays: [Double] = [1, 2, 4, 8, 16]
  /// How many seconds the server may be silent.
  public var timeout = 30.0

  /// A hub with the given settings.
  public init(_ settings: HubSettings) { cache = HubCache(settings) }

  /// The hub that the variables of an environment name; those of the process by default.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.init(HubSettings(environment: environment))
  }

  /// The directory of a model that is here with all that running it needs, else nil.
  ///
  /// - Throws: `HubError` if the name or the revision cannot be one.
  public func cachedModel(_ model: String, revision: String = "main") throws(HubError) -> URL? {
    try cache.cachedModel(model, revision: revision)
  }

  /// Fetches what is missing of a model.
  ///
  /// Every file is checked against the size and the hash that the hub lists before it gets its name; what was fetched of
  /// a file before a failure is kept, and the next attempt goes on from there. Where nothing may be fetched
  /// (`HF_HUB_OFFLINE`), what the cache has is given.
  ///
  /// - Parameters:
  ///   - model: `ORG/NAME`.
  ///   - revision: A branch, a tag or a commit.
  ///   - selection: Which files.
  ///   - progress: Is told how far it has come, on any thread.
  /// - Returns: The directory of the snapshot.
  /// - Throws: `HubError`, or `CancellationError` when the task is cancelled.
  public func download(
    _ model: String, revision: String = "main", files selection: HubSelection = .model,
    progress: @escaping @Sendable (HubProgress) -> Void = { _ in }
  ) async throws -> URL {
    try HubNames.check(model: model)
    try HubNames.check(revision: revision)
    if cache.settings.isOffline { return try offline(model, revision, selection) }
    let client = HubClient(cache.settings, delays: retryDelays, timeout: timeout)
    let (commit, listed) = try await client.list(model, revision: revision)
    var files = try selection.chosen(listed, of: model)
    for index in files.indices where files[index].tag == nil || files[index].size == nil {
      let found = try await client.head(model, commit: commit, files[index].path)
      files[index].tag = files[index].tag ?? found.tag
      files[index].size = files[index].size ?? found.size
    }
    try HubStorage.makeDirectory(cache.settings.cache)
    HubStorage.tag(cache.settings.cache)
    let meter = ProgressMeter(files, progress)
    for (index, file) in files.enumerated() {
      guard let tag = file.tag, HubNames.isBlobName(tag) else {
        throw HubError(
          .untrusted, "the hub gives no usable ETag for \(model), file \(HubNames.shown(file.path))")
      }
      let download = FileDownload(
        client: client, cache: cache, model: model, commit: commit, file: file, tag: tag,
        report: { meter.report(index, $0) })
      try await download.run()
      let link = cache.snapshot(model, commit: commit).appendingPathComponent(file.path)
      try HubStorage.link(link, toBlob: tag, depth: file.path.count { $0 == "/" } + 1)
      meter.finish(index)
    }
    if revision != commit {
      try HubStorage.write(commit, to: cache.reference(model, revision: revision))
    }
    return cache.snapshot(model, commit: commit)
  }

  private func offline(_ model: String, _ revision: String, _ selection: HubSelection) throws(HubError) -> URL
  {
    let found =
      switch selection {
      case .model: try cache.cachedModel(model, revision: revision)
      case .matching: try cache.cachedSnapshot(model, revision: revision)
      }
    guard let found else {
      throw HubError(
        .offline,
        "\(model) is not in the cache \(cache.settings.cache.path), and HF_HUB_OFFLINE forbids to fetch it")
    }
    return found
  }
}

/// Adds up the progress of files.
private struct ProgressMeter: Sendable {
  private let files: [HubFile]
  private let before: [Int]
  private let total: Int?
  private let progress: @Sendable (HubProgress) -> Void

  init(_ files: [HubFile], _ progress: @escaping @Sendable (HubProgress) -> Void) {
    self.files = files
    self.progress = progress
    var (sum, starts, isKnown) = (0, [Int](), true)
    for file in files {
      starts.append(sum)
      let (next, overflows) = sum.addingReportingOverflow(file.size ?? 0)
      isKnown = isKnown && file.size != nil && !overflows
      sum = overflows ? sum : next
    }
    before = starts
    total = isKnown ? sum : nil
  }

  func report(_ index: Int, _ bytes: Int) {
    progress(
      HubProgress(
        file: files[index].path, fileIndex: index, fileCount: files.count, fileBytes: bytes,
        fileSize: files[index].size, totalBytes: before[index] &+ bytes, totalSize: total))
  }

  func finish(_ index: Int) { if let size = files[index].size { report(index, size) } }
}
