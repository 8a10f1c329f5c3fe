import Foundation
import HeedHub
import Testing

@Suite struct DownloadTests {
  private typealias Response = LoopbackServer.Response
  private let model = PretendHub.model
  private let commit = PretendHub.commit

  private func failure(_ body: () async throws -> URL) async -> HubError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? HubError
    }
  }

  private func tag(_ path: String) throws -> String {
    try #require(PretendHub.smallModel.first { $0.path == path }).tag
  }

  // MARK: Layout

  @Test(arguments: [true, false]) func aModelArrivesInTheLayoutOfTheCache(_ listsTags: Bool) async throws {
    let server = try PretendHub(listsTags: listsTags)
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    #expect(try place.hub.cachedModel(model) == nil)
    let found = try await place.hub.download(model)
    #expect(found.path == place.repository.appending(path: "snapshots/\(commit)").path)
    #expect(try String(contentsOf: place.repository.appending(path: "refs/main"), encoding: .utf8) == commit)
    let paths = try FileManager.default.subpathsOfDirectory(atPath: found.path).sorted()
    #expect(
      paths == [
        "1_Pooling", "1_Pooling/config.json", "config.json", "empty.json", "model.safetensors",
        "tokenizer.json",
      ])
    for file in PretendHub.smallModel where paths.contains(file.path) {
      let link = found.appending(path: file.path)
      #expect(try Data(contentsOf: link) == Data(file.content))
      let up = file.path.contains("/") ? "../../../" : "../../"
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "\(up)blobs/\(file.tag)")
      #expect(!FileManager.default.fileExists(atPath: place.blob("\(file.tag).incomplete").path))
    }
    #expect(try place.hub.cachedModel(model)?.path == found.path)
    #expect(try place.hub.cachedModel(model, revision: commit)?.path == found.path)
    #expect(server.requests.contains { $0.method == "HEAD" } == !listsTags)
  }

  @Test func whatIsThereIsNotFetchedAgain() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    _ = try await place.hub.download(model)
    server.forgetRequests()
    _ = try await place.hub.download(model)
    #expect(server.requests.count == 1)
    #expect(server.storeRequests.isEmpty)
  }

  @Test func patternsChooseFiles() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let found = try await place.hub.download(model, files: .matching(["onnx/", "*.md"]))
    let paths = try FileManager.default.subpathsOfDirectory(atPath: found.path).sorted()
    #expect(paths == ["README.md", "onnx", "onnx/model.onnx"])
    #expect(try place.hub.cachedModel(model) == nil)
    #expect(
      await failure { try await place.hub.download(model, files: .matching(["*.x"])) }?.problem == .missing)
  }

  @Test func branchesWithSlashesAreReferences() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let found = try await place.hub.download(model, revision: "refs/pr/1")
    #expect(server.requests[0].path == "/api/models/acme/tiny/revision/refs%2Fpr%2F1?blobs=true")
    #expect(try place.hub.cachedModel(model, revision: "refs/pr/1") == found)
    #expect(try place.hub.cachedModel(model) == nil)
    let other = await failure { try await place.hub.download(model, revision: "v9") }
    #expect(other?.problem == .missing)
    #expect(other?.description.contains("no revision v9 of acme/tiny") == true)
  }

  @Test func progressGoesUpToTheEnd() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let log = Log()
    _ = try await place.hub.download(model) { log.append($0) }
    let steps = log.steps
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.totalBytes <= $1.totalBytes })
    let last = try #require(steps.last)
    #expect(last.totalBytes == last.totalSize)
    #expect(last.fileCount == 5)
    #expect(Set(steps.map(\.file)).count == 5)
  }

  // MARK: Tokens

  @Test func theTokenStaysWithTheHub() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint, ["HF_TOKEN": "hf_secret"])
    defer { place.remove() }
    _ = try await place.hub.download(model)
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
    #expect(!server.storeRequests.isEmpty)
    #expect(server.storeRequests.allSatisfy { $0.headers["authorization"] == nil })
  }

  @Test func aRelativeRedirectKeepsTheToken() async throws {
    let path = "/acme/tiny/resolve/\(PretendHub.commit)/config.json"
    let content = PretendHub.smallModel[1].content
    let server = try PretendHub { request, _ in
      if request.path == path { return Response(status: 307, headers: [("Location", "/cache/c.json")]) }
      return request.path == "/cache/c.json" ? Response(body: content) : nil
    }
    let place = try TemporaryHub(server.endpoint, ["HF_TOKEN": "hf_secret"])
    defer { place.remove() }
    _ = try await place.hub.download(model)
    let moved = try #require(server.requests.first { $0.path == "/cache/c.json" })
    #expect(moved.headers["authorization"] == "Bearer hf_secret")
  }

  // MARK: Resuming and trying again

  @Test func aBrokenDownloadGoesOnWhereItEnded() async throws {
    let server = try PretendHub { request, earlier in
      guard request.path.hasPrefix("/store/"), earlier == 0 else { return nil }
      return Response(
        headers: [("Content-Length", "\(PretendHub.weights.count)")], body: PretendHub.weights, cut: 100_000)
    }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let found = try await place.hub.download(model)
    #expect(try Data(contentsOf: found.appending(path: "model.safetensors")) == Data(PretendHub.weights))
    #expect(server.storeRequests.count == 2)
    #expect(server.storeRequests[1].headers["range"] == "bytes=100000-")
  }

  @Test func anEarlierPartIsTakenUp() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let tag = try tag("model.safetensors")
    let partial = place.blob("\(tag).incomplete")
    try FileManager.default.createDirectory(
      at: partial.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(PretendHub.weights[..<299_000]).write(to: partial)
    _ = try await place.hub.download(model)
    #expect(server.storeRequests.map { $0.headers["range"] } == ["bytes=299000-"])
  }

  /// A part with other bytes, one that is too long, and one that is whole.
  @Test(arguments: [0, 1, 2]) func anEarlierPartIsNotTrusted(_ kind: Int) async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let tag = try tag("model.safetensors")
    let partial = place.blob("\(tag).incomplete")
    try FileManager.default.createDirectory(
      at: partial.deletingLastPathComponent(), withIntermediateDirectories: true)
    let parts = [
      [UInt8](repeating: 7, count: 5000), PretendHub.weights + [1, 2, 3], PretendHub.weights,
    ]
    try Data(parts[kind]).write(to: partial)
    let found = try await place.hub.download(model)
    #expect(try Data(contentsOf: found.appending(path: "model.safetensors")) == Data(PretendHub.weights))
    #expect(server.storeRequests.count == [2, 1, 0][kind])
  }

  @Test func aServerWithoutRangesStartsAgain() async throws {
    let server = try PretendHub { request, earlier in
      guard request.path.hasPrefix("/store/") else { return nil }
      let cut = earlier == 0 ? 100_000 : nil
      return Response(body: PretendHub.weights, cut: cut)
    }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let found = try await place.hub.download(model)
    #expect(try Data(contentsOf: found.appending(path: "model.safetensors")) == Data(PretendHub.weights))
  }

  @Test(arguments: [429, 500, 502, 503, 408]) func whatMayPassIsTriedAgain(_ status: Int) async throws {
    let server = try PretendHub { _, earlier in
      earlier < 1 ? Response(status: status, headers: [("Retry-After", "0")]) : nil
    }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    _ = try await place.hub.download(model)
    #expect(try place.hub.cachedModel(model) != nil)
  }

  @Test(arguments: [(429, HubError.Problem.busy), (503, .server(status: 503))])
  func inTheEndItIsGivenUp(_ status: Int, _ problem: HubError.Problem) async throws {
    let server = try PretendHub { _, _ in Response(status: status) }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    #expect(await failure { try await place.hub.download(model) }?.problem == problem)
    #expect(server.requests.count == 4)
  }

  @Test func aServerThatIsNotThere() async throws {
    let server = try LoopbackServer { _ in Response() }
    let endpoint = server.endpoint
    server.stop()
    let place = try TemporaryHub(endpoint)
    defer { place.remove() }
    let error = await failure { try await place.hub.download(model) }
    #expect(error?.problem == .unreachable)
    #expect(error?.description.hasPrefix("127.0.0.1 cannot be reached") == true)
  }

  @Test func twoAtOnceFetchEachFileOnce() async throws {
    let server = try PretendHub { request, earlier in
      if request.path.hasPrefix("/store/") { Thread.sleep(forTimeInterval: 0.2) }
      return nil
    }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let hub = place.hub
    let model = model
    async let first = hub.download(model)
    async let second = hub.download(model)
    #expect(try await first == second)
    #expect(server.storeRequests.count == 1)
  }

  @Test func cancellingEndsIt() async throws {
    let server = try PretendHub { request, _ in
      if request.path.hasPrefix("/store/") { Thread.sleep(forTimeInterval: 1) }
      return nil
    }
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let (hub, model) = (place.hub, model)
    let task = Task { try await hub.download(model) }
    try await Task.sleep(nanoseconds: 300_000_000)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  // MARK: Refusals

  @Test(arguments: [
    (401, "RepoNotFound", false, HubError.Problem.denied, "set HF_TOKEN"),
    (401, "RepoNotFound", true, .missing, "no model acme/tiny"),
    (401, "", true, .denied, "does not accept HF_TOKEN"),
    (404, "RepoNotFound", false, .missing, "no model acme/tiny"),
    (403, "GatedRepo", false, .denied, "set HF_TOKEN"), (403, "GatedRepo", true, .denied, "ask for access"),
    (401, "GatedRepo", false, .denied, "gated"), (418, "", false, .server(status: 418), "418"),
  ])
  func refusalsAreSentences(
    _ status: Int, _ code: String, _ hasToken: Bool, _ problem: HubError.Problem, _ words: String
  ) async throws {
    let server = try PretendHub { _, _ in Response(status: status, headers: [("X-Error-Code", code)]) }
    let place = try TemporaryHub(server.endpoint, hasToken ? ["HF_TOKEN": "hf_x"] : [:])
    defer { place.remove() }
    let error = await failure { try await place.hub.download(model) }
    #expect(error?.problem == problem)
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(server.requests.count == 1)
  }

  @Test func offlineGivesTheCacheOnly() async throws {
    let server = try PretendHub()
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let environment = [
      "HF_HOME": place.directory.path, "HF_ENDPOINT": server.endpoint, "HF_HUB_OFFLINE": "1",
    ]
    let error = await failure { try await Hub(environment: environment).download(model) }
    #expect(error?.problem == .offline)
    #expect(server.requests.isEmpty)
    let found = try await place.hub.download(model)
    #expect(try await Hub(environment: environment).download(model) == found)
  }

  /// Gathers progress from the session's thread.
  private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var entries: [HubProgress] = []
    func append(_ progress: HubProgress) { lock.withLock { entries.append(progress) } }
    var steps: [HubProgress] { lock.withLock { entries } }
  }
}
