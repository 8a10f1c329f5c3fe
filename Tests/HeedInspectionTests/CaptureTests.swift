import HeedInspection
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Captured attention against transformers' (`Scripts/Fixtures/attention.py`), and against the pass that it came from.
@Suite struct CaptureTests {
  static let names = [
    "marian", "m2m_100", "bart", "t5", "t5-v1.1", "bert", "roberta-masked-lm", "distilbert", "gpt2", "llama",
    "qwen2",
  ]

  @Test(arguments: names) func rowsEqualThoseOfTransformers(_ name: String) throws {
    let pass = try RecordedPass(name)
    let fixture = try Fixture("Checkpoint/\(name)/attention")
    #expect(Set(fixture.names) == Set(pass.places.map { "\($0.kind.rawValue).\($0.layer)" }))
    for place in pass.places {
      let expected = try fixture.tensor("\(place.kind.rawValue).\(place.layer)")
      let (rowCount, columnCount) = (expected.shape[2], expected.shape[3])
      for sequence in pass.sources.indices {
        let found = try #require(
          pass.recorder.weights(place.kind, layer: place.layer, head: place.head, sequence: sequence))
        let start = (sequence * expected.shape[1] + place.head) * rowCount * columnCount
        let rows = (0..<found.shape.rows).flatMap { row in
          let first = start + row * columnCount
          return Array(expected.scalars[first..<first + found.shape.columns])
        }
        expectClose(found.scalars, rows, absolute: 1e-5, "\(name) \(place) \(sequence)")
      }
    }
  }

  @Test(arguments: names) func rowsSumToOneAndCanBeAskedForInParts(_ name: String) throws {
    let pass = try RecordedPass(name)
    for place in pass.places {
      let whole = try #require(
        pass.recorder.weights(place.kind, layer: place.layer, head: place.head, sequence: 1))
      let columns = whole.shape.columns
      for row in 0..<whole.shape.rows {
        let sum = whole.scalars[row * columns..<(row + 1) * columns].reduce(0, +)
        #expect(abs(sum - 1) < 1e-5, "\(name) \(place) row \(row)")
      }
      let part = try #require(
        pass.recorder.weights(place.kind, layer: place.layer, head: place.head, sequence: 1, rows: 1..<3))
      #expect(part.scalars == Array(whole.scalars[columns..<3 * columns]))
    }
  }

  /// softmax(scale · q·k + bias), masked, is the row; rows times values, joined and projected, are what the layer gave.
  @Test(arguments: names) func vectorsGiveTheWeightsAndWeightsTheOutput(_ name: String) throws {
    let pass = try RecordedPass(name)
    for (kind, layer) in Set(pass.places.map { Pair(kind: $0.kind, layer: $0.layer) }).map({
      ($0.kind, $0.layer)
    }) {
      let headCount = pass.recorder.headCount(kind, layer: layer)
      var joined: [[Float]] = []
      for head in 0..<headCount {
        let vectors = try #require(pass.recorder.vectors(kind, layer: layer, head: head, sequence: 0))
        let weights = try #require(pass.recorder.weights(kind, layer: layer, head: head, sequence: 0))
        expectClose(
          softmaxed(vectors), weights.scalars, absolute: 2e-6, "\(name) \(kind) \(layer) \(head)")
        joined.append(vectors.attended(weights).scalars)
      }
      let rows = joined[0].count / pass.headSize(kind)
      let size = pass.headSize(kind)
      let heads = Tensor(
        (0..<rows).flatMap { row in joined.flatMap { $0[row * size..<(row + 1) * size] } },
        [rows, headCount * size])
      let output = try #require(pass.recorder.output(kind, layer: layer, sequence: 0))
      expectClose(
        pass.projection(kind, layer)(heads), output, absolute: 1e-5, relative: 1e-5,
        "\(name) \(kind) \(layer)")
    }
  }

  @Test func aRecorderKeepsOnlyWhatItWants() throws {
    let pass = try RecordedPass("marian", AttentionRecorder { kind, layer in kind == .cross && layer == 1 })
    #expect(pass.recorder.layers(.cross) == [1])
    #expect(pass.recorder.layerCount(.encoder) == 0)
    #expect(pass.recorder.weights(.encoder, layer: 0, head: 0, sequence: 0) == nil)
    #expect(pass.recorder.headCount(.cross, layer: 0) == 0)
  }

  /// A removed head's rows and values are as before, and what it adds to the layer's output is gone.
  @Test(arguments: ["marian", "bert", "llama", "t5"]) func removedHeadsAddNothing(_ name: String) throws {
    let kind: AttentionKind = name == "bert" ? .encoder : .decoder
    let place = HeadPlace(kind, layer: 0, head: 2)
    let (whole, without) = (try RecordedPass(name), try RecordedPass(name, removing: [place]))
    let weights = try #require(whole.recorder.weights(kind, layer: 0, head: 2, sequence: 0))
    #expect(without.recorder.weights(kind, layer: 0, head: 2, sequence: 0)?.scalars == weights.scalars)
    let vectors = try #require(whole.recorder.vectors(kind, layer: 0, head: 2, sequence: 0))
    let attended = vectors.attended(weights)
    let (rows, size) = (attended.shape.rows, attended.shape.columns)
    let width = size * whole.recorder.headCount(kind, layer: 0)
    var alone = [Float](repeating: 0, count: rows * width)
    for row in 0..<rows {
      for column in 0..<size {
        alone[row * width + 2 * size + column] = attended.scalars[row * size + column]
      }
    }
    var projection = whole.projection(kind, 0)
    projection.bias = nil
    let expected = projection(Tensor(alone, [rows, width]))
    let before = try #require(whole.recorder.output(kind, layer: 0, sequence: 0))
    let after = try #require(without.recorder.output(kind, layer: 0, sequence: 0))
    expectClose(before + after * -1, expected, absolute: 1e-5, relative: 1e-4)
    #expect(expected.scalars.contains { abs($0) > 1e-3 })
  }

  private struct Pair: Hashable {
    let kind: AttentionKind
    let layer: Int
  }

  /// The weights that follow from queries and keys, in double precision.
  private func softmaxed(_ vectors: HeadVectors) -> [Float] {
    let (rows, columns, size) = (
      vectors.queries.shape.rows, vectors.keys.shape.rows, vectors.keys.shape.columns
    )
    let (queries, keys) = (vectors.queries.scalars, vectors.keys.scalars)
    return (0..<rows).flatMap { row -> [Float] in
      let scores = (0..<columns).map { column -> Double in
        if vectors.isCausal, column > row + columns - rows { return -.infinity }
        let product = (0..<size).reduce(0.0) {
          $0 + Double(queries[row * size + $1]) * Double(keys[column * size + $1])
        }
        return product * Double(vectors.scale) + Double(vectors.bias(query: row, key: column))
      }
      let shares = scores.map { Double.exponential($0 - (scores.max() ?? 0)) }
      return shares.map { Float($0 / shares.reduce(0, +)) }
    }
  }
}

extension Double {
  /// e to the power of this, by halving and its series.
  fileprivate static func exponential(_ value: Double) -> Double {
    guard value > -700 else { return 0 }
    let part = value / 1024
    var (term, sum) = (1.0, 1.0)
    for index in 1...12 {
      term *= part / Double(index)
      sum += term
    }
    return (0..<10).reduce(sum) { result, _ in result * result }
  }
}

/// One of the tiny checkpoints after a pass over the inputs of its reference.
struct RecordedPass {
  let model: AnyModel
  let recorder: AttentionRecorder
  let sources: [[Int32]]

  init(_ name: String, _ recorder: AttentionRecorder = AttentionRecorder(), removing heads: [HeadPlace] = [])
    throws
  {
    let reference = try Fixture("Checkpoint/\(name)/reference")
    sources =
      reference.names.contains("attention_mask")
      ? try reference.rows("input_ids", mask: "attention_mask") : try reference.rows("input_ids")
    self.recorder = recorder
    model = try CheckpointFixture.directory(name).loadAny(for: .inference()).removingHeads(heads)
    var context = ForwardContext.recording(recorder)
    let sequences = TokenSequences(sources)
    switch model {
    case .encoderDecoder(let model):
      let memory = model.encode(sequences, &context)
      let targets = TokenSequences(try reference.rows("decoder_input_ids"))
      _ = model.decode(targets, memory: memory, sequences.ranges, &context)
    case .encoder(let model):
      var segments: [Int32]?
      if reference.names.contains("token_type_ids") {
        segments = try reference.rows("token_type_ids", mask: "attention_mask").flatMap { $0 }
      }
      _ = model(sequences, segmentIDs: segments, &context)
    case .decoder(let model): _ = model(sequences, &context)
    }
  }

  var places: [HeadPlace] {
    AttentionKind.allCases.flatMap { kind in
      recorder.layers(kind).flatMap { layer in
        (0..<recorder.headCount(kind, layer: layer)).map { HeadPlace(kind, layer: layer, head: $0) }
      }
    }
  }

  func headSize(_ kind: AttentionKind) -> Int {
    kind == .encoder ? model.configuration.encoder.headSize : model.configuration.decoder.headSize
  }

  /// What joins the heads of a layer.
  func projection(_ kind: AttentionKind, _ layer: Int) -> Linear {
    let stack =
      switch model {
      case .encoderDecoder(let model): kind == .encoder ? model.encoder : model.decoder
      case .encoder(let model): model.encoder
      case .decoder(let model): model.decoder
      }
    let block = stack.blocks[layer]
    return kind == .cross ? block.crossAttention?.output ?? block.attention.output : block.attention.output
  }
}
