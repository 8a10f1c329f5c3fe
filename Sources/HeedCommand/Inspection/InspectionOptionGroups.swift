import ArgumentParser
import Foundation
import Heed
import HeedLayers

/// What the model reads and writes.
struct InspectedExampleOptions: ParsableArguments {
  @Option(
    help:
      "What the model is to have written: a translation, or a continuation (default: what it writes itself).")
  var target: String?

  @Option(
    help:
      "A second text, for text encoders: the hypothesis of a premise, or the text that answers the question.")
  var pair: String?

  @Option(help: "The most tokens that the model writes (default: the model's; 24 for language models).")
  var maxNewTokens: Int?

  @Option(
    name: [.customLong("beam-size"), .customLong("beam"), .customShort("b")],
    help: "Hypotheses kept at each step; 1 is greedy search (default: the model's).")
  var beamSize: Int?

  /// A page of a few sentences is what language models are asked for; a whole text hides what is looked at.
  private static let usualNewTokens = 24

  /// Checks the numbers.
  func check() throws {
    if let maxNewTokens { try requireAtLeastOne(maxNewTokens, "--max-new-tokens") }
    if let beamSize { try requireAtLeastOne(beamSize, "--beam-size") }
  }

  /// The example, whose text comes from standard input where it is nil.
  func example(_ text: String?, _ inspector: Inspector) throws -> Inspector.Example {
    var example = Inspector.Example(try text ?? Self.standardInput(), pair: pair, target: target)
    example.beamSize = beamSize
    example.maximumNewTokens = maxNewTokens
    if case .generator = inspector {
      example.maximumNewTokens = maxNewTokens ?? Self.usualNewTokens
      // A language model may well begin with nothing, if that was asked for.
      if text != nil { return example }
    }
    guard example.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw CommandError.usage("there is no text: give one as the argument, or on standard input")
    }
    return example
  }

  private static func standardInput() throws -> String {
    var source = LineSource.standardInput
    var lines: [String] = []
    while true {
      let more = try source.window(maximumCount: 1 << 12, maximumBytes: 1 << 20)
      if more.isEmpty { break }
      lines += more
    }
    return lines.joined(separator: "\n")
  }
}

/// Which head is shown.
struct HeadOptions: ParsableArguments {
  @Option(help: "Which attention: encoder, decoder or cross (default: cross, where there is one).")
  var kind: AttentionKind?

  @Option(help: "Which layer, from 0 (default: the last but one).")
  var layer: Int?

  @Option(help: "Which head, from 0 (default: the mean of the layer's heads).")
  var head: Int?

  /// The attention that is shown.
  func kind(of attentions: AttentionSizes) throws -> AttentionKind {
    let kinds = attentions.kinds
    guard let last = kinds.last else { throw TranslatorError.noAttention }
    guard let kind else { return last }
    guard kinds.contains(kind) else { throw InspectionError.noSuchKind(kind, available: kinds) }
    return kind
  }

  /// The layer that is shown.
  func layer(_ kind: AttentionKind, of attentions: AttentionSizes) throws -> Int {
    let size = attentions.size(of: kind)
    if let layer { try attentions.check(HeadPlace(kind, layer: layer, head: 0)) }
    let layer = layer ?? max(0, size.layerCount - 2)
    if let head { try attentions.check(HeadPlace(kind, layer: layer, head: head)) }
    return layer
  }

  /// Whether a head is among those that were named; all are where none was.
  func includes(_ place: HeadPlace) -> Bool {
    (kind.map { $0 == place.kind } ?? true) && (layer.map { $0 == place.layer } ?? true)
      && (head.map { $0 == place.head } ?? true)
  }
}

/// How it is shown.
struct PictureOptions: ParsableArguments {
  /// When colours are used.
  enum Colour: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
  }

  @Option(help: "Colours on the terminal: auto, always or never.")
  var color: Colour = .auto

  @Option(help: "Columns of the heat map (default: the terminal's, or 80).")
  var width: Int?

  @Flag(
    help: "Show words instead of tokens: attention to the pieces of a word is summed, from them averaged.")
  var words = false

  @Option(help: "What an .svg shows: map or lines.")
  var form: AttentionPicture.Form = .map

  @Option(
    help: ArgumentHelp(
      "About how large a page may become; long texts and large models are shown in part then.",
      valueName: "megabytes"))
  var pageSize = 8.0

  @Option(help: "How many candidates are shown for each token.")
  var candidates = 10

  /// Checks the numbers.
  func check() throws {
    if let width { try requireAtLeastOne(width, "--width") }
    guard (0...1000).contains(candidates) else {
      throw CommandError.usage("--candidates must be from 0 to 1000, got \(candidates)")
    }
    guard pageSize > 0, pageSize <= 1000 else {
      throw CommandError.usage("--page-size must be above 0 and at most 1000, got \(pageSize)")
    }
  }

  /// The columns of the terminal.
  var columnCount: Int {
    if let width { return width }
    var size = winsize()
    if isatty(STDOUT_FILENO) != 0, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return 80
  }

  /// The colours of the terminal.
  var style: TerminalHeatMap.Style {
    let environment = ProcessInfo.processInfo.environment
    let depth: TerminalHeatMap.Style =
      ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") ? .trueColor : .color256
    switch color {
    case .always: return depth
    case .never: return .shades
    case .auto:
      let isPlain = environment["TERM"] == "dumb" || !(environment["NO_COLOR"] ?? "").isEmpty
      return isatty(STDOUT_FILENO) != 0 && !isPlain ? depth : .shades
    }
  }
}

extension AttentionPicture.Form: ExpressibleByArgument {}
