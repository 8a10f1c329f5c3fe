import ArgumentParser
import Foundation
import Heed

/// `heed quantize`: the same model, smaller and faster, with weights that are computed with as they are stored.
struct QuantizeCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model with weights of fewer bits.",
    discussion: """
      int8 keeps a scale for each row of a weight, int4 a scale and a minimum for every 32 numbers (as GGUF's Q4_1) \
      where a row is whole blocks of 32, and int8 elsewhere, \
      bfloat16 the upper half of each number. Models run in that form without being converted again; \
      `heed convert --precision float32` writes what transformers opens.
      """)

  @OptionGroup var conversion: ConversionOptions

  @Option(help: "int8, int4 or bfloat16.")
  var precision: WeightPrecision = .int8

  @Flag(help: "Print the sizes as a JSON object.")
  var json = false

  func validate() throws {
    guard precision != .float32 else {
      throw ValidationError("--precision float32 quantises nothing; heed convert writes it.")
    }
  }

  func perform() throws {
    let file = try conversion.run(precision)
    let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
    let entries = try CheckpointLoader.open(file: file).entries
    if precision == .int4 {
      let wider = entries.count { $0.elementType == .int8 }
      let matrices = wider + entries.count { $0.elementType == .uint8 }
      if wider > 0 {
        StandardError.say(
          "\(wider) of \(matrices) matrices are int8: int4 takes rows of whole blocks of 32 numbers, up to 65504"
        )
      }
    }
    let count = entries.reduce(0) { count, entry in
      count + (entry.name.hasSuffix(".scale") ? 0 : entry.numberCount)
    }
    let bits = 8 * Double(size) / Double(max(1, count))
    if json {
      try ResultStream.write(
        json: Sizes(bitsPerNumber: bits, bytes: size, numbers: count, precision: precision))
    } else {
      let megabytes = (Double(size) / 1e6).formatted(1)
      try ResultStream.write(
        "\(file.path): \(count) numbers in \(megabytes) MB, \(bits.formatted(2)) bits each")
    }
  }

  private struct Sizes: Encodable {
    let bitsPerNumber: Double
    let bytes, numbers: Int
    let precision: WeightPrecision
  }
}

extension TensorEntry {
  /// The numbers of the model that the tensor stands for: of 4-bit blocks, two for each byte that is not a scale.
  fileprivate var numberCount: Int {
    elementType == .uint8
      ? elementCount / ElementType.q4Shifted.blockByteSize * ElementType.q4Shifted.blockLength : elementCount
  }
}
