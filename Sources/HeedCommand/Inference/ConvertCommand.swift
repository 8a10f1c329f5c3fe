import ArgumentParser
import Foundation
import Heed

extension WeightPrecision: ExpressibleByArgument, Encodable {}

/// `heed convert`: the same model with its numbers stored otherwise.
struct ConvertCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model as a Hugging Face directory, with the precision asked for.",
    discussion: """
      Reads model directories with weights and tokenizers in any form, and GGUF files. float32 and bfloat16 are opened \
      by transformers; int8 and int4 are Heed's own forms (see heed quantize).
      """)

  @Argument(help: ArgumentHelp("A model directory, ORG/NAME on the hub, or a GGUF file.", valueName: "model"))
  var directory: String

  @Option(help: ArgumentHelp("Where the new model directory is written.", valueName: "dir"))
  var output: String

  @Option(help: "How the numbers are stored.")
  var precision: WeightPrecision = .float32

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  func perform() throws {
    try Conversion(output: output, precision: precision, overwrites: overwrite).run(directory)
  }
}

/// `heed quantize`: the same model, smaller and faster, with weights that are computed with as they are stored.
struct QuantizeCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model with weights of fewer bits.",
    discussion: """
      int8 keeps a scale for each row of a weight, int4 a scale and a minimum for every 32 numbers (as GGUF's Q4_1), \
      bfloat16 the upper half of each number. Models run in that form without being converted again; \
      `heed convert --precision float32` writes what transformers opens.
      """)

  @Argument(help: ArgumentHelp("A model directory, ORG/NAME on the hub, or a GGUF file.", valueName: "model"))
  var directory: String

  @Option(help: ArgumentHelp("Where the new model directory is written.", valueName: "dir"))
  var output: String

  @Option(help: "int8, int4 or bfloat16.")
  var precision: WeightPrecision = .int8

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  @Flag(help: "Print the sizes as a JSON object.")
  var json = false

  func validate() throws {
    guard precision != .float32 else {
      throw ValidationError("--precision float32 quantises nothing; heed convert writes it.")
    }
  }

  func perform() throws {
    try Conversion(output: output, precision: precision, overwrites: overwrite).run(directory)
    let file = ModelDirectory(URL(fileURLWithPath: output, isDirectory: true)).weightsURL
    let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
    let count = try CheckpointLoader.open(file: file).entries.reduce(0) { count, entry in
      count + (entry.name.hasSuffix(".scale") ? 0 : entry.numberCount)
    }
    let bits = 8 * Double(size) / Double(max(1, count))
    if json {
      print(
        try jsonLine(
          Sizes(bitsPerNumber: bits, bytes: size, numbers: count, precision: precision), isPretty: true))
    } else {
      let megabytes = (Double(size) / 1e6).formatted(1)
      print("\(file.path): \(count) numbers in \(megabytes) MB, \(bits.formatted(2)) bits each")
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

/// Writing a model as a Hugging Face directory.
private struct Conversion {
  let output: String
  let precision: WeightPrecision
  let overwrites: Bool

  func run(_ model: String) throws {
    if let file = ggufFile(model) { return try convert(gguf: file) }
    let url = try modelDirectory(model)
    try ModelFiles.checkOutput(output, inputs: [url], overwrites: overwrites)
    switch try ModelDirectory(url).loadAny() {
    case .encoderDecoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .encoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .decoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    }
  }

  private func convert(gguf file: URL) throws {
    try ModelFiles.checkOutput(output, inputs: [file], overwrites: overwrites)
    let gguf = try GGUFModel(try GGUFFile(url: file))
    let description = gguf.description.tokenizer
    let tokenizer = try TextTokenizer.gguf(GGUFTokenizerFields(description))
    try ModelFiles.write(try gguf.model(), precision, to: output)
    try ModelFiles.write(
      tokenizer.tokenizer, specialTokens: tokenizer.specialTokens.byName,
      chatTemplate: description.chatTemplate, to: output)
  }
}
