import Foundation
import HeedHub
import Testing

@Suite struct HostileServerTests {
  private typealias Response = LoopbackServer.Response
  private let model = PretendHub.model

  private func problem(
    _ files: [PretendHub.File] = PretendHub.smallModel, listsTags: Bool = true,
    override: @escaping (LoopbackServer.Request, Int) -> LoopbackServer.Response? = { _, _ in nil }
  ) async throws -> HubError? {
    let server = try PretendHub(files, listsTags: listsTags, override: override)
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    do {
      _ = try await place.hub.download(model)
      return nil
    } catch let error as HubError {
      #expect(try place.hub.cachedModel(model) == nil)
      let outside = try FileManager.default.contentsOfDirectory(atPath: place.directory.path)
      #expect(Set(outside).isSubset(of: ["hub"]))
      return error
    }
  }

  @Test(arguments: [
    "../config.json", "a/../../config.json", "/etc/config.json", "a//config.json", "./config.json", "..", "",
    "a\\..\\config.json", "config\n.json", "config\u{0}.json", String(repeating: "x", count: 300),
    String(repeating: "a/", count: 600) + "config.json",
  ])
  func pathsThatLeadOutAreRefused(_ path: String) async throws {
    var files = PretendHub.smallModel
    files[1].listedPath = path
    let error = try await problem(files)
    #expect(error?.problem == .untrusted)
    #expect(error?.description.contains("outside its directory") == true)
  }

  @Test func wrongContentIsDeleted() async throws {
    let error = try await problem { request, _ in
      guard request.path.hasPrefix("/store/") else { return nil }
      return Response(body: [UInt8](repeating: 1, count: PretendHub.weights.count))
    }
    #expect(error?.problem == .untrusted)
    #expect(error?.description.contains("hash") == true)
    let small = try await problem { request, _ in
      request.path.hasSuffix("config.json")
        ? Response(body: Array("{\"model_type\": \"LLAMA\"}\n".utf8)) : nil
    }
    #expect(small?.problem == .untrusted)
  }

  @Test(arguments: [-1, 1, 1000]) func sizesThatLieAreRefused(_ difference: Int) async throws {
    var files = PretendHub.smallModel
    files[3].listedSize = PretendHub.weights.count + difference
    #expect(try await problem(files)?.problem == .untrusted)
  }

  @Test(arguments: [-5, Int.max]) func sizesThatCannotBeAreRefused(_ size: Int) async throws {
    var files = PretendHub.smallModel
    files[3].listedSize = size
    #expect(try await problem(files) != nil)
  }

  /// Without a length in the head, and longer than listed.
  @Test func bodiesWithoutAnEndAreCutOff() async throws {
    let error = try await problem { request, _ in
      guard request.path.hasPrefix("/store/") else { return nil }
      return Response(
        headers: [("Content-Length", "\(PretendHub.weights.count)"), ("Transfer-Encoding", "chunked")],
        body: Array("fffff\r\n".utf8) + [UInt8](repeating: 0, count: 0xFFFFF) + Array("\r\n0\r\n\r\n".utf8))
    }
    #expect(error != nil)
  }

  @Test func truncatedBodiesAreNeverTaken() async throws {
    let error = try await problem { request, _ in
      guard request.path.hasPrefix("/store/") else { return nil }
      return Response(headers: [("Content-Length", "\(PretendHub.weights.count)")], body: [1, 2, 3])
    }
    #expect(error != nil)
  }

  @Test(arguments: [
    "main", "", "../../x", String(repeating: "g", count: 40), String(repeating: "A", count: 40),
  ])
  func commitsThatAreNoneAreRefused(_ commit: String) async throws {
    let error = try await problem { request, _ in
      guard request.path.hasPrefix("/api/") else { return nil }
      return Response(
        body: Array("{\"sha\": \"\(commit)\", \"siblings\": [{\"rfilename\": \"config.json\"}]}".utf8))
    }
    #expect(error?.problem == .untrusted)
  }

  @Test(arguments: ["../x", "a/b", ".hidden", "", String(repeating: "a", count: 200)])
  func tagsThatAreNoNamesAreRefused(_ tag: String) async throws {
    var files = PretendHub.smallModel
    files[1].listedTag = tag
    #expect(try await problem(files)?.problem == .untrusted)
    if !tag.isEmpty { #expect(try await problem(files, listsTags: false)?.problem == .untrusted) }
  }

  @Test(arguments: [
    "/api/models/acme/tiny/revision/main?blobs=true", "ftp://127.0.0.1/x", "file:///etc/passwd", "//",
    "http://", "data:,x",
  ])
  func redirectsToNowhereEnd(_ location: String) async throws {
    let error = try await problem { request, _ in
      request.path.hasPrefix("/api/") ? Response(status: 302, headers: [("Location", location)]) : nil
    }
    #expect(error?.problem == .untrusted)
  }

  @Test(arguments: ["", "{", "[]", "{\"sha\": 5}", "null", "<html>"]) func listsThatAreNone(_ text: String)
    async throws
  {
    let error = try await problem { request, _ in
      request.path.hasPrefix("/api/") ? Response(body: Array(text.utf8)) : nil
    }
    #expect(error?.problem == .untrusted)
  }

  @Test(arguments: [
    "a", "acme/tiny/x", "../x", "acme/..", "acme/", "/tiny", "", "a b/c", "acme/ti--ny", ".a/b",
    "acme/tiny?x", "a/-b",
  ])
  func namesOfModelsAreChecked(_ name: String) throws {
    let cache = HubCache(environment: ["HF_HOME": "/nowhere"])
    if name == "a" {
      #expect(try cache.cachedModel(name) == nil)
    } else {
      #expect(throws: HubError.self) { try cache.cachedModel(name) }
    }
  }

  @Test(arguments: ["..", "a/../b", "/x", "", "a//b", "-x", "a\nb"])
  func revisionsAreChecked(_ revision: String) throws {
    let cache = HubCache(environment: ["HF_HOME": "/nowhere"])
    #expect(throws: HubError.self) { try cache.cachedModel(model, revision: revision) }
  }

  @Test(arguments: ["not a url", "ftp://x", "http://", ""]) func endpointsAreChecked(_ endpoint: String)
    async throws
  {
    let place = try TemporaryHub(endpoint)
    defer { place.remove() }
    guard endpoint != "" else {
      #expect(place.hub.cache.settings.endpoint == HubSettings.defaultEndpoint)
      return
    }
    await #expect(throws: HubError.self) { try await place.hub.download(model) }
  }
}
