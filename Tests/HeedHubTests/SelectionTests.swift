import Foundation
import HeedHub
import Testing

@Suite struct SelectionTests {
  /// What is fetched of a repository with these files.
  private func chosen(_ paths: [String]) async throws -> [String] {
    let server = try PretendHub(paths.map { PretendHub.File(path: $0, content: Array($0.utf8)) })
    let place = try TemporaryHub(server.endpoint)
    defer { place.remove() }
    let found = try await place.hub.download(PretendHub.model)
    return try FileManager.default.subpathsOfDirectory(atPath: found.path).sorted()
  }

  @Test func shardsComeWithTheirList() async throws {
    let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    let found = try await chosen(
      shards + [
        "model.safetensors.index.json", "pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin",
        "consolidated.safetensors", "config.json", "generation_config.json", "tokenizer.model",
        "original/params.json",
      ])
    #expect(
      found == ["config.json", "generation_config.json"] + shards + [
        "model.safetensors.index.json", "tokenizer.model",
      ])
  }

  @Test func pickledWeightsAreTheSecondChoice() async throws {
    let found = try await chosen([
      "pytorch_model.bin", "training_args.bin", "tf_model.h5", "config.json", "vocab.txt", "source.spm",
      "target.spm",
    ])
    #expect(found == ["config.json", "pytorch_model.bin", "source.spm", "target.spm", "vocab.txt"])
  }

  @Test func oneGGUFFileIsTakenAndSeveralAreAQuestion() async throws {
    #expect(try await chosen(["tiny.q8_0.gguf", "README.md"]) == ["tiny.q8_0.gguf"])
    await #expect(throws: HubError.self) { try await chosen(["a.q8_0.gguf", "a.q4_0.gguf", "config.json"]) }
    await #expect(throws: HubError.self) { try await chosen(["config.json"]) }
  }

  @Test(arguments: [
    ("*.json", "a/b.json", true), ("a?c", "abc", true), ("a?c", "ac", false), ("[ab]x", "bx", true),
    ("[!ab]x", "bx", false), ("[!ab]x", "cx", true), ("[a-c]", "b", true), ("[]]", "]", true),
    ("[a", "[a", true),
    ("*a*b*c*", "xxaxxbxxc", true), ("*a*b*c*", "xxaxxcxxb", false), ("", "", true), ("*", "", true),
    ("a", "", false),
  ])
  func patternsAreThoseOfShells(_ pattern: String, _ path: String, _ isMatch: Bool) {
    #expect(Glob.matches(pattern, path) == isMatch)
  }

  @Test func patternsTakeNoExponentialTime() {
    let pattern = String(repeating: "*a", count: 500) + "b"
    #expect(!Glob.matches(pattern, String(repeating: "a", count: 5000)))
  }
}

@Suite struct SettingsTests {
  @Test func variablesNameThePlaces() {
    let bare = HubSettings(environment: ["HOME": "/h"])
    #expect(bare.cache.path == "/h/.cache/huggingface/hub")
    #expect(bare.endpoint == "https://huggingface.co")
    #expect(bare.token == nil && !bare.isOffline)
    #expect(
      HubSettings(environment: ["HOME": "/h", "XDG_CACHE_HOME": "/x"]).cache.path == "/x/huggingface/hub")
    #expect(HubSettings(environment: ["HOME": "/h", "HF_HOME": "~/m"]).cache.path == "/h/m/hub")
    let given = HubSettings(environment: [
      "HF_HUB_CACHE": "/c", "HF_HOME": "/m", "HF_ENDPOINT": "http://e//", "HF_TOKEN": " t\n",
      "HF_HUB_OFFLINE": "yes",
    ])
    #expect(given.cache.path == "/c")
    #expect(given.endpoint == "http://e")
    #expect(given.token == "t" && given.isOffline)
    #expect(!HubSettings(environment: ["HF_HUB_OFFLINE": "0"]).isOffline)
  }

  @Test func theTokenMayLieInAFile() throws {
    let place = try TemporaryHub("http://e")
    defer { place.remove() }
    try Data("hf_file\n".utf8).write(to: place.directory.appending(path: "token"))
    #expect(HubSettings(environment: ["HF_HOME": place.directory.path]).token == "hf_file")
    #expect(
      HubSettings(environment: ["HF_HOME": place.directory.path, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"]).token
        == nil)
    #expect(
      HubSettings(environment: ["HF_HOME": "/m", "HF_TOKEN_PATH": "\(place.directory.path)/token"]).token
        == "hf_file")
  }

  @Test func aModelWithoutAShardIsNotWhole() throws {
    let place = try TemporaryHub("http://e")
    defer { place.remove() }
    let snapshot = place.repository.appending(path: "snapshots/\(PretendHub.commit)")
    try FileManager.default.createDirectory(at: snapshot, withIntermediateDirectories: true)
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: snapshot.appending(path: name))
    }
    func cached() throws -> URL? { try place.hub.cachedModel(PretendHub.model, revision: PretendHub.commit) }
    try write("config.json", "{}")
    #expect(try cached() == nil)
    try write(
      "model.safetensors.index.json", "{\"weight_map\": {\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"}}"
    )
    try write("1.safetensors", "x")
    #expect(try cached() == nil)
    try write("2.safetensors", "x")
    #expect(try cached() != nil)
    try write("model.safetensors.index.json", "{")
    #expect(try cached() == nil)
  }
}
