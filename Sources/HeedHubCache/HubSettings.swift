import Foundation

/// Where models come from and where they are kept, from the variables that Python's `huggingface_hub` reads.
public struct HubSettings: Sendable, Hashable {
  /// The server (`HF_ENDPOINT`), without a slash at its end.
  public var endpoint: String
  /// The directory of the cache (`HF_HUB_CACHE`, else `hub` in `HF_HOME`, else `~/.cache/huggingface/hub`).
  public var cache: URL
  /// What shows who asks (`HF_TOKEN`, else the file at `HF_TOKEN_PATH`, else `token` in `HF_HOME`).
  public var token: String?
  /// Whether nothing may be fetched (`HF_HUB_OFFLINE`).
  public var isOffline: Bool

  /// The server where nothing else is said.
  public static let defaultEndpoint = "https://huggingface.co"

  /// Reads the variables.
  ///
  /// - Parameter environment: Variables by their names; those of the process by default.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func value(_ names: String...) -> String? {
      for name in names {
        if let value = environment[name]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty {
          return value
        }
      }
      return nil
    }
    func directory(_ path: String) -> URL {
      let home = environment["HOME"] ?? NSHomeDirectory()
      let expanded = path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
      return URL(fileURLWithPath: expanded)
    }
    func isOn(_ name: String) -> Bool {
      ["1", "ON", "YES", "TRUE"].contains(value(name)?.uppercased() ?? "")
    }
    var endpoint = value("HF_ENDPOINT") ?? Self.defaultEndpoint
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    self.endpoint = endpoint
    let base = value("XDG_CACHE_HOME").map { directory($0) } ?? directory("~/.cache")
    let home = value("HF_HOME").map { directory($0) } ?? base.appendingPathComponent("huggingface")
    cache =
      value("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE").map { directory($0) }
      ?? home.appendingPathComponent("hub")
    isOffline = isOn("HF_HUB_OFFLINE") || isOn("TRANSFORMERS_OFFLINE")
    token = value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
    if token == nil, !isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
      let file = value("HF_TOKEN_PATH").map { directory($0) } ?? home.appendingPathComponent("token")
      if let text = try? String(contentsOf: file, encoding: .utf8) {
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if !token.isEmpty { self.token = token }
      }
    }
  }
}
