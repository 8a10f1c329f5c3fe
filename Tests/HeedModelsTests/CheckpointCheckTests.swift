import HeedModels
import Testing

@Suite struct CheckpointCheckTests {
  private func fixture() throws -> SafetensorsFile {
    try SafetensorsFile(url: CheckpointFixtures.file("marian/model.safetensors"))
  }

  private func expectations(_ file: SafetensorsFile) -> [ExpectedTensor] {
    file.entries.map { ExpectedTensor($0.name, shape: $0.shape) }
  }

  @Test func acceptsWhatFits() throws {
    let file = try fixture()
    try file.check(against: expectations(file))
    let fewer = expectations(file).filter { $0.name != "final_logits_bias" }
    try file.check(against: fewer) { $0 == "final_logits_bias" }
  }

  @Test func reportsEverythingAtOnce() throws {
    let file = try fixture()
    var expected = expectations(file)
    let bias = try #require(expected.firstIndex { $0.name == "final_logits_bias" })
    expected[bias] = ExpectedTensor("final_logit_bias", shape: [1, 101])
    let queries = "model.encoder.layers.0.self_attn.q_proj.weight"
    let query = try #require(expected.firstIndex { $0.name == queries })
    expected[query] = ExpectedTensor(queries, shape: [64, 32])
    let keys = "model.encoder.layers.0.self_attn.k_proj.weight"
    let key = try #require(expected.firstIndex { $0.name == keys })
    expected[key] = ExpectedTensor(keys, shape: [32, 32], elementTypes: [.int8])
    expected.append(ExpectedTensor("something.else.entirely", shape: []))
    let error = #expect(throws: CheckpointError.self) { try file.check(against: expected) }
    let problems = Set(error?.problems ?? [])
    #expect(
      problems == [
        .missing(name: "final_logit_bias", closest: "final_logits_bias"),
        .unexpected(name: "final_logits_bias", closest: "final_logit_bias"),
        .shape(name: queries, expected: [64, 32], found: [32, 32]),
        .elementType(name: keys, expected: [.int8], found: .float32),
        .missing(name: "something.else.entirely", closest: nil),
      ])
    let text = error?.description ?? ""
    #expect(text.contains("model.safetensors: 5 problems:\n"))
    #expect(text.contains("\"\(queries)\" must have shape [64, 32], found [32, 32]"))
    #expect(text.contains("is missing (the closest name in the file is \"final_logits_bias\")"))
  }

  /// The banded distance against the textbook recurrence.
  @Test func findsTheClosestName() {
    func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
      var table = [[Int]](repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
      for i in 0...left.count {
        for j in 0...right.count {
          if i == 0 || j == 0 {
            table[i][j] = i + j
          } else {
            let replaced = table[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, replaced)
          }
        }
      }
      return table[left.count][right.count]
    }
    var generator = CaseGenerator(state: 3)
    func word() -> String {
      String(
        (0..<Int.random(in: 0...9, using: &generator)).map { _ in
          "abc".randomElement(using: &generator) ?? "a"
        })
    }
    var foundCount = 0
    for _ in 0..<2_000 {
      let name = word()
      let candidates = (0..<6).map { _ in word() }
      let distances = candidates.map { distance(Array(name.utf8), Array($0.utf8)) }
      let smallest = distances.min() ?? 0
      let expected =
        smallest <= max(2, name.utf8.count / 3)
        ? distances.firstIndex(of: smallest).map { candidates[$0] } : nil
      #expect(NameMatching.closest(to: name, among: candidates) == expected)
      foundCount += expected == nil ? 0 : 1
    }
    #expect((200..<1_900).contains(foundCount))
    #expect(NameMatching.closest(to: "x", among: []) == nil)
  }
}
