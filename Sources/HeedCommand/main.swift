import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedText
import HeedTraining

let a = CommandLine.arguments
func config(_ L: Int, _ D: Int, _ FF: Int, _ H: Int, _ V: Int, dropout: Float, dec: Int? = nil) -> TransformerConfiguration {
  let b = BlockConfiguration(hiddenSize: D, headCount: H, feedForwardSize: FF, dropout: dropout)
  return try! TransformerConfiguration(b, encoderLayerCount: L, decoderLayerCount: dec ?? L, vocabularySize: V)
}
if a[1] == "bench" {
  let sizes: [String: (Int, Int, Int, Int, Int)] = ["tiny": (4, 128, 256, 4, 10000), "small": (3, 256, 1024, 4, 8000), "base": (6, 512, 2048, 8, 10000)]
  let (L, D, FF, H, V) = sizes[a[2]]!
  var ini = ParameterInitializer(seed: 1)
  let model = EncoderDecoder(config(L, D, FF, H, V, dropout: 0.1), &ini)
  var s = TrainerSettings(); s.clipNorm = 1; s.schedule = .constant(rate: 1e-4, warmupSteps: 0, initial: 0)
  var session = TrainingSession(model, s)
  var g = HeedTensor.SplitMix64(seed: 7)
  func gauss() -> Double { (0..<12).reduce(-6.0) { x, _ in x + Double(g.nextUnit()) } }
  var lens: [(Int, Int)] = (0..<8000).map { _ in let x = max(4, min(40, Int(14 + 5 * gauss()))); return (x, max(4, min(40, x + Int.random(in: -3...3, using: &g)))) }
  lens.sort { $0 < $1 }
  var store = PairStore()
  for (x, y) in lens { store.append(source: (0..<x).map { _ in Int32.random(in: 4..<Int32(V), using: &g) }, target: (0..<y).map { _ in Int32.random(in: 4..<Int32(V), using: &g) }) }
  let sch = try BatchSchedule(store, tokenBudget: 4096, seed: 1)
  var cur = BatchCursor(sch)
  let n = a[2] == "base" ? 6 : 20
  var best = 0.0
  for i in 0..<n {
    let b = RaggedBatch(store, cur.next(), startToken: 1, endToken: 2)
    let t = Date.timeIntervalSinceReferenceDate
    let r = session.take([b])
    let dt = Date.timeIntervalSinceReferenceDate - t
    best = max(best, Double(b.targetTokenCount) / dt)
    if i % 5 == 4 { print(i, r.report.loss, b.targetTokenCount, dt, Double(b.targetTokenCount) / dt) }
  }
  print("best", best)
} else {
  // train DATA OUT L D FF H V steps tokens lr warmup dropout decLayers
  let data = a[2], out = URL(filePath: a[3])
  let n = a[4...].compactMap { Double($0) }
  var o = BPETrainer.Options(); o.vocabularySize = Int(n[4])
  var tr = BPETrainer(o)
  let corpus = ParallelCorpus(.plain(source: data + "/train.en", target: data + "/train.de"))
  var t0 = Date()
  _ = try corpus.forEach { tr.add($0.source); tr.add($0.target) }
  let tok = try tr.train()
  try FileManager.default.createDirectory(at: out.appending(path: "checkpoints"), withIntermediateDirectories: true)
  try tok.write(to: out.appending(path: "tokenizer.json"))
  print("tokenizer", tok.vocabularySize, Date().timeIntervalSince(t0)); t0 = Date()
  let f = PairFilter(maximumLength: 128, maximumRatio: 5)
  let (train, rep) = try PairStore.load(corpus, filter: f, encodeSource: { tok.encode($0, addingSpecialTokens: true) }, encodeTarget: { tok.encode($0, addingSpecialTokens: false) })
  let (valid, _) = try PairStore.load(ParallelCorpus(.plain(source: data + "/valid.en", target: data + "/valid.de")), filter: f, encodeSource: { tok.encode($0, addingSpecialTokens: true) }, encodeTarget: { tok.encode($0, addingSpecialTokens: false) })
  print(rep.summary, train.sourceTokens.count, train.targetTokens.count, Date().timeIntervalSince(t0))
  var ini = ParameterInitializer(seed: 1)
  let model = EncoderDecoder(config(Int(n[0]), Int(n[1]), Int(n[2]), Int(n[3]), tok.vocabularySize, dropout: Float(n[9]), dec: Int(n[10])), &ini)
  print("parameters", model.parameterCount)
  var s = TrainerSettings()
  s.adam = .init(beta1: 0.9, beta2: 0.98, epsilon: 1e-9)
  s.maximumSteps = Int(n[5]); s.clipNorm = 1
  s.schedule = .linear(peak: n[7], warmupSteps: Int(n[8]), initial: 0, totalSteps: Int(n[5]), floor: 0)
  s.validationInterval = 500
  var run = try TrainingRun(model, training: train, validation: valid, tokenBudget: Int(n[6]), s)
  let last = out.appending(path: "checkpoints/last.safetensors")
  if FileManager.default.fileExists(atPath: last.path) { try run.resume(from: last); print("resumed at", run.state.step) }
  var toks = 0, secs = 0.0
  let end = try run.train { e, r in
    switch e {
    case .step(let st):
      toks += st.targetTokenCount; secs += st.seconds
      if st.step % 50 == 0 { print("step", st.step, "epoch", st.epoch, "loss", st.loss, "nll", st.negativeLogLikelihood, "norm", st.gradientNorm, "tok/s", Double(toks) / secs); toks = 0; secs = 0 }
    case .validated(let v):
      print("VALID", v.step, v.loss, v.isBest, v.seconds)
      if v.isBest { try ModelDirectory(out).save(r.session.snapshot) }
    case .checkpoint: try r.save(to: last)
    case .skipped(let st, let k): print("SKIPPED", st, k)
    }
  }
  print(end)
}
