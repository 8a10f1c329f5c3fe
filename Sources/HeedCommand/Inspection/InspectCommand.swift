import ArgumentParser
import Foundation
import Heed
import HeedLayers

/// `heed inspect`: attention made visible.
struct InspectCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what each token of an example attends to.",
    discussion: """
      Runs the model on a text, and shows one head, or the mean of a layer's heads, as a heat map: the darkest cell \
      is zero, the brightest the largest weight. Layers and heads count from 0. A row belongs to the token that looks; \
      in cross-attention that is the token being written.

      --output writes instead: .html a page with all heads, lines between words, queries, keys and values, and \
      decoding step by step, which needs no other file; .svg a picture of one head or mean; .npz and .safetensors the \
      weights of all heads, or of those that --kind, --layer and --head name.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Example") var example: InspectedExampleOptions
  @OptionGroup(title: "Head") var choice: HeadOptions
  @OptionGroup(title: "Picture") var picture: PictureOptions
  @OptionGroup(title: "Removed heads") var ablation: AblationOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where it is written: a file that ends in .html, .svg, .npz or .safetensors.", valueName: "file"))
  var output: String?

  @Flag(help: "Write the pairs of words that belong together, source-target, as Pharaoh files have them.")
  var alignments = false

  @Flag(help: "Write a table of what each head does: entropy, distance, shares to some tokens.")
  var measures = false

  @Flag(help: "Write a JSON object.")
  var json = false

  @Argument(help: "The text that the model reads (default: all of standard input).")
  var text: String?

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let format = try output.map { try InspectionFile(path: $0) }
    try check(format)
    let removed = try ablation.places(choice.kind)
    let inspector = try loadInspector(model)
    let kind = try choice.kind(of: inspector.attentions)
    let layer = try choice.layer(kind, of: inspector.attentions)
    let heads = try removed.map { try $0.place(in: inspector.attentions) }
    if ablation.isOnFile {
      try ablation.compareOnFiles(inspector, heads, example, json: json)
      return
    }
    let example = try example.example(text, inspector)
    if !heads.isEmpty {
      let changed = try inspector.removingHeads(heads)
      try AblationReport(inspector, changed, example, heads).write(json: json)
      if let format {
        try write(format, try inspect(changed, example, kind, layer, format), kind, layer, without: heads)
      }
      return
    }
    let inspection = try inspect(inspector, example, kind, layer, format)
    if let format {
      try write(format, inspection, kind, layer)
    } else if json {
      try writeJSON(inspection, kind, layer)
    } else if alignments {
      try writeAlignment(inspection)
    } else if measures {
      try writeMeasures(inspection)
    } else {
      try writeHeatMap(inspection, kind, layer)
    }
  }

  private func check(_ format: InspectionFile?) throws {
    guard model.model.count <= 1 else {
      throw CommandError.usage("an ensemble cannot be looked into; name one model")
    }
    try picture.check()
    try example.check()
    if output != nil {
      for (name, isSet) in [("--json", json), ("--alignments", alignments), ("--measures", measures)]
      where isSet {
        throw CommandError.usage(
          "\(name) writes to standard output; leave out --output, or run the command twice")
      }
    }
    if !json, alignments, measures {
      throw CommandError.usage("--alignments and --measures go together only with --json")
    }
    if alignments, let kind = choice.kind, kind != .cross {
      throw CommandError.usage("--alignments are read off cross-attention; leave out --kind \(kind.rawValue)")
    }
    let isTable = output == nil && !json && measures
    let isComparison = output == nil && !ablation.ablate.isEmpty
    if picture.words, isTable || isComparison || (format != nil && format != .svg) {
      throw CommandError.usage(
        "--words is for heat maps, --alignments, --json and .svg files; a page shows words when it is asked to there"
      )
    }
    try ablation.check(
      text: text, output: output, alignments: alignments, measures: measures, example, choice)
  }

  /// Runs the example and records what will be shown.
  private func inspect(
    _ inspector: Inspector, _ example: Inspector.Example, _ kind: AttentionKind, _ layer: Int,
    _ format: InspectionFile?
  ) throws -> Inspection {
    var options = InspectionOptions()
    options.modelName = modelName(model)
    options.candidateCount = picture.candidates
    let isOneLayer = format == .svg || (format == nil && !alignments && !measures)
    if isOneLayer {
      options.kinds = [kind]
      options.layers = [layer]
    } else if alignments, !measures, !json {
      options.kinds = [.cross]
      if let chosen = choice.layer { options.layers = [chosen] }
    }
    if format != .html, !json { options.predictionLimit = 0 }
    let inspection = try withFlagNames { try inspector.inspect(example, options) }
    if alignments, !inspection.kinds.contains(.cross) {
      throw CommandError.usage("--alignments needs a model with an encoder and a decoder")
    }
    return inspection
  }
}

/// Loads the model that is looked into: a directory, a GGUF file, or the one in the binary.
func loadInspector(_ options: ModelOptions) throws -> Inspector {
  guard let path = options.model.first else { return .translator(try options.translator()) }
  var task = TranslationTask(
    from: options.sourceLanguage, to: options.targetLanguage, sourcePrefix: options.sourcePrefix)
  if options.ignoreGenerationConfig { task.search = .ignored }
  switch try ModelLocation(path) {
  case .gguf(let file): return .generator(try TextGenerator(gguf: file, precision: options.weights.precision))
  case .directory(let directory):
    return try Inspector(directory: directory, task, precision: options.weights.precision)
  }
}

/// What pages call the model.
private func modelName(_ options: ModelOptions) -> String {
  options.model.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "the model in the binary"
}

extension AttentionKind: ExpressibleByArgument {}
