import ArgumentParser
import Heed

/// `heed convert`: the same model with its numbers stored otherwise.
struct ConvertCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model as a Hugging Face directory, with the precision asked for.",
    discussion: """
      Reads model directories with weights and tokenizers in any form, and GGUF files. float32 and bfloat16 are opened \
      by transformers; int8 and int4 are Heed's own forms (see heed quantize).
      """)

  @OptionGroup var conversion: ConversionOptions

  @Option(help: "How the numbers are stored: float32, bfloat16, int8 or int4.")
  var precision: WeightPrecision = .float32

  func perform() throws { try conversion.run(precision) }
}
