import ArgumentParser
import Heed

/// How text is generated; what is not said is as the model's `generation_config.json` has it.
struct GenerationFlags: ParsableArguments {
  @Option(
    name: [.customLong("max-new-tokens"), .customLong("max-length"), .customShort("n")],
    help: "The most tokens that are written (default: the model's, else 256).")
  var maxNewTokens: Int?

  @Option(
    name: [.customLong("min-new-tokens"), .customLong("min-length")],
    help: "The fewest tokens that are written before the end.")
  var minNewTokens: Int?

  @Option(
    name: [.customLong("beam-size"), .customLong("beam"), .customShort("b")],
    help: "Hypotheses kept at each step; 1 is greedy search.")
  var beamSize: Int?

  @Option(
    name: [.customLong("length-penalty"), .customLong("lenpen")], help: "α: scores are divided by length^α.")
  var lengthPenalty: Float?

  @Option(help: "No sequence of so many tokens appears twice; 0 allows all.")
  var noRepeatNgramSize: Int?

  @Option(help: "Makes tokens that appeared before less likely; 1 changes nothing.")
  var repetitionPenalty: Float?

  @Flag(help: "Take the likeliest token at each step, whatever the model's settings say.")
  var greedy = false

  @OptionGroup var sampling: SamplingFlags

  @Flag(help: "Pass over the settings of search in the model's generation_config.json.")
  var ignoreGenerationConfig = false

  /// What is made of the directory's settings.
  var source: GenerationConfiguration.Source { ignoreGenerationConfig ? .ignored : .directory }

  /// The model's options with these choices.
  func options(_ defaults: GenerationOptions) throws -> GenerationOptions {
    var options = defaults
    if let drawing = try sampling.options(defaults.sampling) {
      options.sampling = drawing
      options.beamSize = 1
    }
    if let beamSize {
      guard beamSize == 1 || !sampling.isAsked else {
        throw CommandError.usage(
          "drawing (--sample, --temperature, --top-k, --top-p, --min-p) needs --beam-size 1")
      }
      options.beamSize = beamSize
      if beamSize > 1 { options.sampling = nil }
    }
    if greedy {
      guard beamSize ?? 1 == 1, !sampling.isAsked else {
        throw CommandError.usage("--greedy cannot be used with --beam-size or with drawing")
      }
      options.beamSize = 1
      options.sampling = nil
    }
    if let maxNewTokens {
      options.maximumNewTokens = maxNewTokens
      options.maximumLength = nil
    }
    if let minNewTokens {
      options.minimumNewTokens = minNewTokens
      options.minimumLength = nil
    }
    if let lengthPenalty { options.lengthPenalty = .huggingFace(lengthPenalty) }
    if let noRepeatNgramSize { options.noRepeatNgramSize = noRepeatNgramSize }
    if let repetitionPenalty { options.repetitionPenalty = repetitionPenalty }
    options.returnedCount = 1
    return options
  }
}
