import ArgumentParser
import Foundation
import Heed
import HeedEvaluation
import HeedLayers

/// A head as the command line names it: `LAYER:HEAD` or `KIND:LAYER:HEAD`.
struct NamedHead {
  let kind: AttentionKind?
  let layer: Int
  let head: Int

  /// The head in a model; without a kind that of the model's last attention: cross, where there is one.
  ///
  /// - Throws: `InspectionError` if there is no such head.
  func place(in attentions: AttentionSizes) throws(InspectionError) -> HeadPlace {
    let place = HeadPlace(kind ?? attentions.kinds.last ?? .cross, layer: layer, head: head)
    try attentions.check(place)
    return place
  }
}

/// Heads that are removed, and what the change is measured on.
struct AblationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Remove a head, which then adds nothing, and show what changes; repeat it for several.",
      valueName: "[kind:]layer:head"))
  var ablate: [String] = []

  @Option(help: ArgumentHelp("With --ablate: a test set to translate, a segment a line.", valueName: "file"))
  var source: String?

  @Option(help: ArgumentHelp("With --source: what it should become.", valueName: "file"))
  var reference: String?

  /// Whether the change is measured on files.
  var isOnFile: Bool { source != nil }

  /// Checks what goes together.
  func check(
    text: String?, output: String?, alignments: Bool, measures: Bool, _ example: InspectedExampleOptions,
    _ choice: HeadOptions
  ) throws {
    guard (source == nil) == (reference == nil) else {
      throw CommandError.usage("--source and --reference belong together")
    }
    guard !ablate.isEmpty || source == nil else { throw CommandError.usage("--source is only for --ablate") }
    if source != nil, text != nil || output != nil {
      throw CommandError.usage("--source takes the place of a text; leave out the argument and --output")
    }
    if source != nil, example.target != nil || example.pair != nil {
      throw CommandError.usage("--source takes the place of an example; leave out --target and --pair")
    }
    if !ablate.isEmpty, output == nil, choice.layer != nil || choice.head != nil {
      throw CommandError.usage(
        "--ablate shows what changes, and no head; leave out --layer and --head, or add --output")
    }
    if !ablate.isEmpty, alignments || measures {
      throw CommandError.usage("--ablate shows what changes; leave out --alignments and --measures")
    }
  }

  /// The heads that were named.
  ///
  /// - Parameter kind: The attention of those without one of their own.
  /// - Returns: The heads, which a model may or may not have.
  /// - Throws: `CommandError` for what is no name of a head.
  func places(_ kind: AttentionKind?) throws -> [NamedHead] {
    try ablate.map { text in
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let numbers = parts.suffix(2).compactMap { Int($0) }
      let named = parts.count == 3 ? AttentionKind(rawValue: parts[0]) : kind
      guard numbers.count == 2, parts.count == 2 || (parts.count == 3 && named != nil) else {
        throw CommandError.usage(
          "--ablate \(text): expected LAYER:HEAD or KIND:LAYER:HEAD, such as 3:2 or cross:3:2, with numbers from 0"
        )
      }
      return NamedHead(kind: named, layer: numbers[0], head: numbers[1])
    }
  }

  /// Translates a test set with and without the heads, and writes both scores.
  func compareOnFiles(
    _ inspector: Inspector, _ heads: [HeadPlace], _ example: InspectedExampleOptions, json: Bool
  ) throws {
    guard let source, let reference else { return }
    guard case .translator(let translator) = inspector else {
      throw CommandError.usage("--source and --reference are for models that translate")
    }
    let sources = try ParallelLines.lines(of: source), references = try ParallelLines.lines(of: reference)
    guard sources.count == references.count else {
      throw CommandError(
        .data,
        "\(source) has \(sources.count) lines and \(reference) has \(references.count); expected a reference for "
          + "each line")
    }
    let without = try translator.removingHeads(heads)
    var options = TranslationOptions()
    options.maximumLength = example.maxNewTokens
    options.beamSize = example.beamSize
    let outputs = try [("all heads", translator), ("without", without)].map { name, model in
      try withFlagNames { try Self.translations(of: sources, model, options, name) }
    }
    let metric = BLEU()
    let found = PairedBootstrap().compare(
      baseline: outputs[0], systems: [outputs[1]], references: [references], metric: metric)
    let changed = zip(outputs[0], outputs[1]).count { $0 != $1 }
    // Between equal scores there is no difference to test. The test, as sacreBLEU has it, counts resamples that differ
    // by more: of equal outputs none does, and it would be sure of a difference.
    let (before, after) = (found.baseline.score.score, found.systems[0].score.score)
    let report = BLEUChange(
      removed: heads.map(\.description), lines: sources.count, changedLines: changed,
      before: before, after: after, pValue: before == after ? nil : found.systems[0].pValue,
      signature: found.baseline.score.signature())
    if json {
      try ResultStream.write(json: report)
    } else {
      try ResultStream.write(
        "removed     \(report.removed.joined(separator: ", "))",
        "all heads   BLEU \(report.before.formatted(2))",
        "without     BLEU \(report.after.formatted(2))",
        "difference  \((report.after - report.before).formatted(2))"
          + (report.pValue.map { " (p = \($0.formatted(4)))" } ?? ""),
        "changed     \(changed) of \(sources.count) lines",
        "signature   \(report.signature)")
    }
  }

  private static func translations(
    of sources: [String], _ translator: Translator, _ options: TranslationOptions, _ name: String
  ) throws -> [String] {
    let windowLineCount = 512
    var lines: [String] = []
    while lines.count < sources.count {
      let window = Array(sources.dropFirst(lines.count).prefix(windowLineCount))
      lines += try translator.translate(window, options, firstLine: lines.count)
        .map { $0.text.replacing("\n", with: " ") }
      Progress.show("\(name): \(lines.count) of \(sources.count) lines")
    }
    Progress.clear()
    return lines
  }
}

/// What removing heads does to a test set.
private struct BLEUChange: Encodable {
  let removed: [String]
  let lines: Int
  let changedLines: Int
  let before: Double
  let after: Double
  let pValue: Double?
  let signature: String
}
