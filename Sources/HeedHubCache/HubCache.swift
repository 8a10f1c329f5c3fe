import Foundation

/// The models on this machine, in the layout that Python's `huggingface_hub` shares:
/// `models--ORG--NAME/{blobs/ETAG, snapshots/COMMIT/FILE, refs/REVISION}`.
///
/// It only reads, and needs no network code: that is in `HeedHub`, which takes longer to start.
public struct HubCache: Sendable {
  /// Where models come from and are kept.
  public let settings: HubSettings

  /// The cache of the given settings.
  public init(_ settings: HubSettings) { self.settings = settings }

  /// The cache that the variables of an environment name; those of the process by default.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.init(HubSettings(environment: environment))
  }

  /// The directory of a model that is here with all that running it needs, else nil.
  ///
  /// - Parameters:
  ///   - model: `ORG/NAME`.
  ///   - revision: A branch, a tag or a commit; `main` by default.
  /// - Returns: The snapshot's directory if it has a configuration and whole weights, or a GGUF file.
  /// - Throws: `HubError` if the name or the revision cannot be one.
  public func cachedModel(_ model: String, revision: String = "main") throws(HubError) -> URL? {
    guard let snapshot = try cachedSnapshot(model, revision: revision) else { return nil }
    return Self.isWhole(snapshot) ? snapshot : nil
  }

  /// The directory of a revision of which some file is here, else nil.
  ///
  /// - Throws: `HubError` if the name or the revision cannot be one.
  public func cachedSnapshot(_ model: String, revision: String = "main") throws(HubError) -> URL? {
    try HubNames.check(model: model)
    try HubNames.check(revision: revision)
    guard let commit = commit(model, revision: revision) else { return nil }
    let directory = snapshot(model, commit: commit)
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory.path, isDirectory: &isDirectory),
      isDirectory.boolValue
    else { return nil }
    return directory
  }

  /// The commit that a revision stood for when it was last fetched.
  package func commit(_ model: String, revision: String) -> String? {
    if HubNames.isCommit(revision) { return revision }
    let file = reference(model, revision: revision)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return HubNames.isCommit(commit) ? commit : nil
  }

  // MARK: Places

  package func repository(_ model: String) -> URL {
    settings.cache.appendingPathComponent(Self.folder(model))
  }

  package func blob(_ model: String, _ name: String) -> URL {
    repository(model).appendingPathComponent("blobs").appendingPathComponent(name)
  }

  package func snapshot(_ model: String, commit: String) -> URL {
    repository(model).appendingPathComponent("snapshots").appendingPathComponent(commit)
  }

  package func reference(_ model: String, revision: String) -> URL {
    repository(model).appendingPathComponent("refs").appendingPathComponent(revision)
  }

  package func lock(_ model: String, _ blob: String) -> URL {
    settings.cache.appendingPathComponent(".locks").appendingPathComponent(Self.folder(model))
      .appendingPathComponent("\(blob).lock")
  }

  private static func folder(_ model: String) -> String {
    "models--" + model.split(separator: "/").joined(separator: "--")
  }

  // MARK: Wholeness

  /// Whether a directory has what running a model needs: nothing is looked into but the list of shards.
  static func isWhole(_ directory: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    // A link whose blob is gone does not count.
    let present = names.filter {
      FileManager.default.fileExists(atPath: directory.appendingPathComponent($0).path)
    }
    if present.contains(where: { $0.hasSuffix(".gguf") }) { return true }
    guard present.contains("config.json") else { return false }
    for suffix in [".safetensors", ".bin"] {
      if let index = present.first(where: { $0.hasSuffix("\(suffix).index.json") }) {
        guard let shards = shards(of: directory.appendingPathComponent(index)) else { return false }
        return shards.isSubset(of: present)
      }
      if present.contains(where: { $0.hasSuffix(suffix) }) { return true }
    }
    return false
  }

  /// The files that a list of shards names; nil where it cannot be read.
  package static func shards(of index: URL) -> Set<String>? {
    guard let data = try? Data(contentsOf: index),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let map = object["weight_map"] as? [String: String]
    else { return nil }
    return Set(map.values)
  }
}
