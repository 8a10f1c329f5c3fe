import Foundation
import HeedHub

/// A repository with the hub's addresses, served on the loopback.
///
/// `@unchecked`: what the server's threads read is guarded by the lock.
final class PretendHub: @unchecked Sendable {
  static let model = "acme/tiny"
  static let commit = "0123456789abcdef0123456789abcdef01234567"

  struct File {
    var path: String
    var content: [UInt8]
    /// Large files have SHA-256 as tag and come from another server.
    var isLarge = false
    var listedPath: String?
    var listedSize: Int?
    var listedTag: String?

    var tag: String {
      if let listedTag { return listedTag }
      if isLarge {
        var hash = StreamingHash<SHA256>()
        hash.update(content)
        return hash.hexadecimal()
      }
      var hash = StreamingHash<SHA1>()
      hash.update(Array("blob \(content.count)\0".utf8) + content)
      return hash.hexadecimal()
    }
  }

  typealias Request = LoopbackServer.Request
  typealias Response = LoopbackServer.Response

  private let lock = NSLock()
  private var files: [File]
  /// Whether the list has tags and sizes; without them they are asked for with HEAD.
  private let listsTags: Bool
  private var override: (Request, Int) -> Response?
  private var counts: [String: Int] = [:]
  private var servers: (hub: LoopbackServer, store: LoopbackServer)?

  /// Starts to serve; `override` says what is answered instead, given a request and how often it was made before.
  init(
    _ files: [File] = PretendHub.smallModel, listsTags: Bool = true,
    override: @escaping (Request, Int) -> Response? = { _, _ in nil }
  ) throws {
    self.files = files
    self.listsTags = listsTags
    self.override = override
    let store = try LoopbackServer { [weak self] in self?.answer($0, isStore: true) ?? Response(status: 500) }
    let hub = try LoopbackServer { [weak self] in self?.answer($0, isStore: false) ?? Response(status: 500) }
    lock.withLock { servers = (hub, store) }
  }

  deinit {
    servers?.hub.stop()
    servers?.store.stop()
  }

  static let weights: [UInt8] = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

  static let smallModel = [
    File(path: "README.md", content: Array("# Tiny\n".utf8)),
    File(path: "config.json", content: Array("{\"model_type\": \"llama\"}\n".utf8)),
    File(path: "tokenizer.json", content: Array("{}".utf8)),
    File(path: "model.safetensors", content: weights, isLarge: true),
    File(path: "pytorch_model.bin", content: [1, 2, 3], isLarge: true),
    File(path: "onnx/model.onnx", content: [4, 5], isLarge: true),
    File(path: "1_Pooling/config.json", content: Array("{\"pooling\": 1}".utf8)),
    File(path: "empty.json", content: []),
  ]

  var endpoint: String { lock.withLock { servers?.hub.endpoint ?? "" } }
  var storeEndpoint: String { lock.withLock { servers?.store.endpoint ?? "" } }
  var requests: [Request] { lock.withLock { servers }?.hub.requests ?? [] }
  var storeRequests: [Request] { lock.withLock { servers }?.store.requests ?? [] }

  func forgetRequests() {
    let servers = lock.withLock { self.servers }
    servers?.hub.forgetRequests()
    servers?.store.forgetRequests()
  }

  // MARK: Answers

  private func answer(_ request: Request, isStore: Bool) -> Response {
    let earlier = lock.withLock {
      let key = "\(request.method) \(request.path)"
      counts[key, default: 0] += 1
      return (counts[key] ?? 1) - 1
    }
    if let response = lock.withLock({ override })(request, earlier) { return response }
    let files = lock.withLock { self.files }
    if isStore {
      let file = files.first { request.path == "/store/\($0.tag)?signature=x" }
      return file.map { content($0, request) } ?? Response(status: 404)
    }
    let path = request.path.removingPercentEncoding ?? request.path
    if path.hasPrefix("/api/models/\(Self.model)/revision/") { return list(files, path) }
    let prefix = "/\(Self.model)/resolve/\(Self.commit)/"
    guard path.hasPrefix(prefix), let file = files.first(where: { path == prefix + $0.path }) else {
      return Response(
        status: 404,
        headers: [("X-Error-Code", path.contains("/resolve/") ? "EntryNotFound" : "RepoNotFound")])
    }
    var headers = [("X-Repo-Commit", Self.commit)]
    guard file.isLarge else {
      var response = content(file, request)
      response.headers += headers + [("ETag", "\"\(file.tag)\"")]
      return response
    }
    headers += [
      ("X-Linked-Etag", "\"\(file.tag)\""), ("X-Linked-Size", "\(file.listedSize ?? file.content.count)"),
      ("Location", "\(storeEndpoint)/store/\(file.tag)?signature=x"),
    ]
    return Response(status: 302, headers: headers, body: Array("Found".utf8))
  }

  private func list(_ files: [File], _ path: String) -> Response {
    let revision = path.split(separator: "?")[0].dropFirst("/api/models/\(Self.model)/revision/".count)
    guard ["main", "refs/pr/1", Self.commit].contains(String(revision)) else {
      return Response(status: 404, headers: [("X-Error-Code", "RevisionNotFound")])
    }
    let siblings = files.map { file -> [String: Any] in
      var entry: [String: Any] = ["rfilename": file.listedPath ?? file.path]
      guard listsTags else { return entry }
      let size = file.listedSize ?? file.content.count
      entry["size"] = size
      entry["blobId"] = file.isLarge ? String(repeating: "c", count: 40) : file.tag
      if file.isLarge { entry["lfs"] = ["sha256": file.tag, "size": size, "pointerSize": 134] }
      return entry
    }
    let object: [String: Any] = ["sha": Self.commit, "id": Self.model, "siblings": siblings]
    let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
    return Response(headers: [("Content-Type", "application/json")], body: Array(data))
  }

  private func content(_ file: File, _ request: Request) -> Response {
    let count = file.content.count
    guard let range = request.headers["range"], range.hasPrefix("bytes="), range.hasSuffix("-"),
      let start = Int(range.dropFirst(6).dropLast())
    else { return Response(body: file.content) }
    guard start < count else {
      return Response(status: 416, headers: [("Content-Range", "bytes */\(count)")])
    }
    return Response(
      status: 206, headers: [("Content-Range", "bytes \(start)-\(count - 1)/\(count)")],
      body: Array(file.content[start...]))
  }
}

/// A cache in a directory of its own, and a hub that fetches into it.
struct TemporaryHub {
  let directory: URL
  var hub: Hub

  init(_ endpoint: String, _ variables: [String: String] = [:]) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "heed-hub-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var environment = ["HF_ENDPOINT": endpoint, "HF_HOME": directory.path, "HOME": directory.path]
    environment.merge(variables) { _, given in given }
    hub = Hub(environment: environment)
    hub.retryDelays = [0, 0, 0]
    hub.timeout = 20
  }

  var repository: URL { directory.appending(path: "hub/models--acme--tiny") }

  func blob(_ tag: String) -> URL { repository.appending(path: "blobs/\(tag)") }

  func remove() { try? FileManager.default.removeItem(at: directory) }
}
