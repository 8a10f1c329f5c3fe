import ArgumentParser
import Foundation
import Heed
import HeedLayers

/// `heed doctor`: loads a model directory strictly, says what it is, and checks it against what others computed.
struct DoctorCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check a model directory.",
    discussion: """
      Loads the directory strictly and says what it is. Where it holds reference.safetensors or search.json, what \
      another system computed is computed again: exit status 0 if all agrees, 65 if not.
      """)

  @Argument(help: ArgumentHelp("A model directory.", valueName: "dir"))
  var directory: String

  @Option(
    help: ArgumentHelp(
      "Expected outputs of the model (default: reference.safetensors in the directory).", valueName: "file"))
  var reference: String?

  @Flag(help: "Write a JSON object.")
  var json = false

  @OptionGroup var machine: MachineOptions

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let url = try modelDirectory(directory)
    let files = ModelDirectory(url)
    let model = try files.loadModel()
    var report = DoctorReport(try ModelSummary(files, model))
    // As transformers' generate: nothing is suppressed that the file does not name.
    let options = try GenerationConfiguration.options(
      for: model.configuration, file: files.generationConfigurationURL, suppressingPad: false)
    if let file = referenceFile(url) {
      report.outputs = try ReferenceCheck(
        file: try SafetensorsFile(url: file), model: model, options: options
      ).run()
    }
    let search = url.appending(path: "search.json")
    if FileManager.default.fileExists(atPath: search.path) {
      report.search = try SearchCheck(file: search, model: model, options: options).run()
    }
    if json {
      try ResultStream.write(json: report)
    } else {
      var stream = ResultStream()
      for line in report.lines { stream.append(line: line) }
      try stream.flush()
    }
    if !report.isHealthy {
      throw CommandError(.data, "\(directory): the model does not compute what the reference expects")
    }
  }

  private func referenceFile(_ directory: URL) -> URL? {
    if let reference { return URL(fileURLWithPath: reference) }
    let file = directory.appending(path: "reference.safetensors")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }
}

/// What a model directory is.
struct ModelSummary: Encodable {
  let directory: String
  let family: String
  let encoderLayers: Int
  let decoderLayers: Int
  let hiddenSize: Int
  let encoderFeedForwardSize: Int
  let decoderFeedForwardSize: Int
  let encoderHeads: Int
  let decoderHeads: Int
  let norms: String
  let activation: String
  let sourceVocabularySize: Int
  let targetVocabularySize: Int
  let sharesEmbeddings: Bool
  let maximumPositions: Int
  let parameters: Int
  let weightTypes: [String]
  let weightBytes: Int
  let tokenizer: String?
  let tokenizerTokens: Int?
  let peakMemoryBytes: Int

  init(_ files: ModelDirectory, _ model: EncoderDecoder) throws {
    let configuration = model.configuration
    directory = files.url.path
    family = configuration.family.rawValue
    encoderLayers = configuration.encoderLayerCount
    decoderLayers = configuration.decoderLayerCount
    hiddenSize = configuration.hiddenSize
    encoderFeedForwardSize = configuration.encoder.feedForwardSize
    decoderFeedForwardSize = configuration.decoder.feedForwardSize
    encoderHeads = configuration.encoder.headCount
    decoderHeads = configuration.decoder.headCount
    norms = configuration.encoder.normPlacement == .after ? "after sublayers" : "before sublayers"
    activation = "\(configuration.encoder.activation)"
    sourceVocabularySize = configuration.sourceVocabularySize
    targetVocabularySize = configuration.targetVocabularySize
    sharesEmbeddings = configuration.sharesEmbeddings
    maximumPositions = configuration.maximumPositions
    parameters = model.parameterCount
    let weights = try SafetensorsFile(url: files.weightsURL)
    weightTypes = Set(weights.entries.map(\.elementType.rawValue)).sorted()
    weightBytes = weights.entries.reduce(0) { $0 + $1.byteCount }
    if FileManager.default.fileExists(atPath: files.tokenizerURL.path) {
      let source = try TextTokenizer(contentsOf: files.tokenizerURL)
      let hasTarget = FileManager.default.fileExists(atPath: files.targetTokenizerURL.path)
      let target = hasTarget ? try TextTokenizer(contentsOf: files.targetTokenizerURL) : nil
      // Checks that tokenizers and embeddings belong together, and takes the memory that translating takes.
      let translator = try Translator(
        model: model, sourceTokenizer: source, targetTokenizer: target, name: directory)
      tokenizer = hasTarget ? "tokenizer.json, target_tokenizer.json" : "tokenizer.json"
      tokenizerTokens = translator.sourceTokenizer.vocabularySize
    } else {
      tokenizer = nil
      tokenizerTokens = nil
    }
    peakMemoryBytes = Machine.peakMemoryBytes
  }

  var lines: [String] {
    let vocabulary =
      sharesEmbeddings
      ? "\(sourceVocabularySize) tokens, one embedding for source, target and output"
      : "\(sourceVocabularySize) source and \(targetVocabularySize) target tokens"
    let feedForward =
      encoderFeedForwardSize == decoderFeedForwardSize
      ? "\(encoderFeedForwardSize)" : "\(encoderFeedForwardSize) and \(decoderFeedForwardSize)"
    let heads = encoderHeads == decoderHeads ? "\(encoderHeads)" : "\(encoderHeads) and \(decoderHeads)"
    return [
      "directory    \(directory)",
      "family       \(family): encoder and decoder, norms \(norms), \(activation)",
      "layers       \(encoderLayers) + \(decoderLayers), hidden \(hiddenSize), feed-forward \(feedForward), "
        + "heads \(heads), positions \(maximumPositions)",
      "vocabulary   \(vocabulary)",
      "tokenizer    "
        + (tokenizer.map { "\($0), \(tokenizerTokens ?? 0) tokens" } ?? "none in the directory"),
      "weights      \(parameters) parameters, \(weightTypes.joined(separator: " and ")), "
        + "\((Double(weightBytes) / 1e6).formatted(1)) MB",
      "memory       \((Double(peakMemoryBytes) / 1e6).formatted(0)) MB with the model loaded",
    ]
  }
}

/// What the doctor found.
struct DoctorReport: Encodable {
  let model: ModelSummary
  var outputs: [OutputCheck]?
  var search: [CaseCheck]?

  enum CodingKeys: String, CodingKey {
    case model, outputs, search
    case isHealthy = "healthy"
  }

  init(_ model: ModelSummary) {
    self.model = model
  }

  var isHealthy: Bool {
    (outputs ?? []).allSatisfy(\.isEqual) && (search ?? []).allSatisfy(\.isEqual)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(outputs, forKey: .outputs)
    try container.encodeIfPresent(search, forKey: .search)
    try container.encode(isHealthy, forKey: .isHealthy)
  }

  var lines: [String] {
    var lines = model.lines
    if let outputs { lines += ["", "reference"] + outputs.map { "  \($0.line)" } }
    if let search { lines += ["", "search.json"] + search.flatMap(\.lines).map { "  \($0)" } }
    let wasChecked = outputs != nil || search != nil
    let verdict = wasChecked ? "everything agrees" : "loads; there is no reference to compare with"
    return lines + ["", isHealthy ? verdict : "differs from the reference"]
  }
}
