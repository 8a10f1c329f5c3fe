import Foundation
import Heed
import HeedEvaluation
import HeedInspection
import HeedTraining

/// What the numbers example shows in the end: how many held-out numbers come out right, and where the model looks, if it
/// has attention.
struct NumbersReport {
  private let heldOut: [NumbersExample.Pair]
  private let translator: Translator
  private let options: TranslationOptions

  /// Takes the model out of the run directory, as anybody would.
  init(_ numbers: NumbersTraining, directory: String) throws {
    heldOut = numbers.heldOut
    translator = try Translator(directory: URL(fileURLWithPath: directory))
    var options = TranslationOptions()
    options.beamSize = 1
    options.splitsSentences = false
    // The longest number has some twenty parts; a model cut short may not find the end.
    options.maximumLength = 64
    self.options = options
  }

  /// Prints all of it to standard output.
  func print() throws {
    let translations = try translator.translate(heldOut.map(\.english), options).map(\.text)
    let share = exactMatch(hypotheses: translations, references: heldOut.map(\.german))
    Swift.print("exact match on \(heldOut.count) held-out numbers: \(figure(100 * share, 1)) %")
    var hasPictures = false
    for number in Self.pictured {
      let pair = NumbersExample.Pair(number)
      let inspection = try translator.inspect(pair.english, options)
      let translation = inspection.outcome?.text ?? ""
      let verdict = translation == pair.german ? "" : "  (should be \(pair.german))"
      Swift.print("\n\(number)  \(pair.english) → \(translation)\(verdict)")
      guard let map = clearestMap(inspection) else { continue }
      hasPictures = true
      let picture = TerminalHeatMap(map).render(
        width: TerminalSize.columns(of: STDOUT_FILENO), style: Self.style)
      Swift.print(picture, terminator: "")
    }
    if hasPictures {
      Swift.print(
        "\nRows are written from top to bottom; bright is where the model looks while it writes them.")
    }
  }

  /// In all of them tens and units turn round.
  private static let pictured = [42, 342, 76_591]
  private static let longestPicture = 24

  /// The encoder-decoder attention that follows the meaning best, of every head and the mean of each layer's; nil
  /// without any.
  private func clearestMap(_ inspection: Inspection) -> AttentionMap? {
    let heads = inspection.heads.filter { $0.kind == .cross }.compactMap { inspection.map($0) }
    let means = inspection.layers(.cross).compactMap { inspection.mean(.cross, layer: $0) }
    let maps = (heads + means).map { map in
      // A model cut short may go on and on.
      let rows = map.rows.prefix(Self.longestPicture)
      return AttentionMap(
        rows: Array(rows), columns: map.columns,
        weights: Array(map.weights.prefix(rows.count * map.columns.count)))
    }
    return maps.max { agreement($0) < agreement($1) }
  }

  /// How much of the attention goes to the English words that the German ones mean.
  private func agreement(_ map: AttentionMap) -> Float {
    var sum: Float = 0
    for (row, german) in map.rows.enumerated() {
      guard let english = NumbersExample.meaning(ofGerman: german) else { continue }
      for (column, word) in map.columns.enumerated() where word == english { sum += map[row, column] }
    }
    return sum
  }

  private static var style: TerminalHeatMap.Style {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(STDOUT_FILENO) != 0, environment["NO_COLOR"]?.isEmpty ?? true else { return .shades }
    return environment["COLORTERM"] == "truecolor" ? .trueColor : .color256
  }
}
