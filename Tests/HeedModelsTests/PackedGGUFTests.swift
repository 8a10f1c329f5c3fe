import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// GGUF files whose stacked weights do not begin with panels of 16, loaded straight into the form that they are computed
/// with: values begin at row 40 behind 32 rows of queries and 8 of keys, the upper projection at row 40 behind the gate.
@Suite struct PackedGGUFTests {
  /// The types of blocks that the tests choose from, by their numbers in a file.
  enum Blocks: UInt32, Sendable {
    case q4Scaled = 2
    case q4Shifted = 3
    case q5Scaled = 6
    case q8Scaled = 8

    /// The bytes before the numbers of a block of 32, and all of them.
    fileprivate var layout: (scales: Int, size: Int) {
      switch self {
      case .q4Scaled: (1, 18)
      case .q4Shifted: (2, 20)
      case .q5Scaled: (1, 22)
      case .q8Scaled: (1, 34)
      }
    }
  }

  private static let stacks = [
    "decoder.blocks.0.attention.projection.weight", "decoder.blocks.0.feedForward.inner.weight",
  ]

  /// A model of one layer: queries, keys and the gate in blocks of the one type, values and the upper projection of the
  /// other.
  private static func model(_ first: Blocks, _ second: Blocks) throws -> GGUFModel {
    var random = CaseGenerator(state: 7)
    var tensors: [CheckpointFixtures.GGUFTensor] = []
    var data: [UInt8] = []
    func add(_ name: String, _ rows: Int, _ columns: Int, _ blocks: Blocks?) {
      data += [UInt8](repeating: 0, count: (32 - data.count % 32) % 32)
      let dimensions = rows == 1 ? [UInt64(columns)] : [UInt64(columns), UInt64(rows)]
      tensors.append(
        .init(name: name, dimensions: dimensions, type: blocks?.rawValue ?? 0, offset: UInt64(data.count)))
      guard let blocks else {
        for _ in 0..<rows * columns {
          CheckpointFixtures.append(Float.random(in: -1...1, using: &random).bitPattern, to: &data)
        }
        return
      }
      for _ in 0..<rows * columns / 32 {
        // 2^−8, 2^−7 or 2^−6 in half precision.
        for _ in 0..<blocks.layout.scales {
          CheckpointFixtures.append(
            [0x1C00, 0x2000, 0x2400].randomElement(using: &random) ?? UInt16(0), to: &data)
        }
        for _ in 2 * blocks.layout.scales..<blocks.layout.size {
          data.append(.random(in: 0...255, using: &random))
        }
      }
    }
    add("token_embd.weight", 12, 32, first)
    add("output_norm.weight", 1, 32, nil)
    add("blk.0.attn_norm.weight", 1, 32, nil)
    add("blk.0.attn_q.weight", 32, 32, first)
    add("blk.0.attn_k.weight", 8, 32, first)
    add("blk.0.attn_v.weight", 8, 32, second)
    add("blk.0.attn_output.weight", 32, 32, first)
    add("blk.0.ffn_norm.weight", 1, 32, nil)
    add("blk.0.ffn_gate.weight", 40, 32, first)
    add("blk.0.ffn_up.weight", 40, 32, second)
    add("blk.0.ffn_down.weight", 32, 40, nil)

    var epsilon: [UInt8] = []
    CheckpointFixtures.append(Float(1e-5).bitPattern, to: &epsilon)
    var tokens: [UInt8] = []
    CheckpointFixtures.append(UInt32(8), to: &tokens)
    CheckpointFixtures.append(UInt64(12), to: &tokens)
    for index in 0..<12 { CheckpointFixtures.append("t\(index)", to: &tokens) }
    let header = CheckpointFixtures.ggufHeader(
      values: [
        .string("general.architecture", "llama"), .integer("llama.context_length", 64),
        .integer("llama.embedding_length", 32), .integer("llama.block_count", 1),
        .integer("llama.feed_forward_length", 40), .integer("llama.attention.head_count", 4),
        .integer("llama.attention.head_count_kv", 1),
        .raw("llama.attention.layer_norm_rms_epsilon", type: 6, epsilon),
        .string("tokenizer.ggml.model", "llama"), .raw("tokenizer.ggml.tokens", type: 9, tokens),
        .integer("tokenizer.ggml.eos_token_id", 2),
      ], tensors: tensors)
    let padding = [UInt8](repeating: 0, count: (32 - header.count % 32) % 32)
    return try GGUFModel(try CheckpointFixtures.gguf(header + padding + data))
  }

  private static func weights(_ model: GGUFModel, _ use: ModelUse) throws -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: try model.model(for: use).parameters.map { ($0.path, $0.value) })
  }

  /// As they are stored: in one form where there is one for both types, and otherwise as floats, which lose nothing.
  @Test(arguments: [
    (Blocks.q8Scaled, Blocks.q8Scaled, PackedMatrix.Form.int8Blocks), (.q5Scaled, .q5Scaled, .int8Blocks),
    (.q4Scaled, .q4Scaled, .int4Blocks), (.q4Shifted, .q4Shifted, .int4Blocks),
    (.q8Scaled, .q5Scaled, .float32), (.q4Scaled, .q4Shifted, .float32), (.q8Scaled, .q4Scaled, .float32),
  ])
  func stacksKeepTheirValues(_ first: Blocks, _ second: Blocks, _ form: PackedMatrix.Form) throws {
    let model = try Self.model(first, second)
    let floats = try Self.weights(model, .training)
    let packed = try Self.weights(model, .inference())
    for (path, value) in floats {
      #expect(sameBits(try #require(packed[path]).unpacked, value), "\(path)")
    }
    for path in Self.stacks { #expect(packed[path]?.packed?.form == form, "\(path)") }
  }

  /// Rounded to what is asked for, whatever the types are: to round when it is loaded is to round the floats.
  @Test(
    arguments: [(Blocks.q8Scaled, Blocks.q8Scaled), (.q4Scaled, .q4Shifted), (.q8Scaled, .q4Scaled)],
    [
      (WeightPrecision.float32, PackedMatrix.Form.float32), (.bfloat16, .bfloat16), (.int8, .int8Rows),
      (.int4, .int4Blocks),
    ])
  func stacksAreRoundedAsWanted(
    _ types: (Blocks, Blocks), _ wanted: (precision: WeightPrecision, form: PackedMatrix.Form)
  ) throws {
    let model = try Self.model(types.0, types.1)
    let floats = try Self.weights(model, .training)
    let packed = try Self.weights(model, .inference(wanted.precision))
    for path in Self.stacks {
      let found = try #require(packed[path])
      #expect(found.packed?.form == wanted.form, "\(path)")
      #expect(
        sameBits(found.unpacked, try #require(floats[path]).packedForMultiply(as: wanted.form).unpacked),
        "\(path)")
    }
  }
}
