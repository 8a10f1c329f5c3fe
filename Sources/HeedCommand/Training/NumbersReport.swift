import Foundation
import HeedEvaluation
import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedText
import HeedTraining

/// What the numbers example shows in the end: how many held-out numbers come out right, and where the model looks.
struct NumbersReport {
  private let heldOut: [NumbersExample.Pair]
  private let generator: SequenceGenerator<EncoderDecoder>
  private let vocabularies: Vocabularies

  /// Takes the model out of the run directory, as anybody would.
  init(_ numbers: NumbersTraining, directory: String) throws {
    heldOut = numbers.heldOut
    let model = ModelDirectory(URL(fileURLWithPath: directory))
    generator = try SequenceGenerator([model.loadModel()])
    guard let found = try Vocabularies(in: model, joint: true) else {
      throw CommandError(.missingInput, "\(model.tokenizerURL.path): the tokenizer is missing")
    }
    vocabularies = found
  }

  /// Prints all of it to standard output.
  func print() throws {
    let translations = try translate(heldOut.map(\.english))
    let share = exactMatch(hypotheses: translations, references: heldOut.map(\.german))
    Swift.print("exact match on \(heldOut.count) held-out numbers: \(figure(100 * share, 1)) %")
    for number in Self.pictured {
      let pair = NumbersExample.Pair(number)
      let translation = try translate([pair.english])[0]
      let verdict = translation == pair.german ? "" : "  (should be \(pair.german))"
      Swift.print("\n\(number)  \(pair.english) → \(translation)\(verdict)")
      Swift.print(picture(source: pair.english, target: translation), terminator: "")
    }
    Swift.print(
      "\nRows are written from top to bottom; bright is where the model looks while it writes them.")
  }

  /// In all of them tens and units turn round.
  private static let pictured = [42, 342, 76_591]
  private static let longestPicture = 24

  private func translate(_ texts: [String]) throws -> [String] {
    var options = GenerationConfiguration.defaults(for: generator.configuration)
    // The longest number has some twenty parts; a model cut short may not find the end.
    options.maximumNewTokens = 64
    let inputs = texts.indices.map { SearchInput(identity: UInt64($0)) }
    let found = try generator.generate(texts.map(vocabularies.encodeSource), inputs, options)
    return found.map { vocabularies.target.decode($0.first?.tokens ?? []) }
  }

  private func picture(source: String, target: String) -> String {
    let model = generator.models[0]
    let configuration = model.configuration
    let sources = vocabularies.encodeSource(source)
    let labels = vocabularies.encodeTarget(target)
    let recorder = AttentionRecorder()
    var context = ForwardContext.recording(recorder)
    let sequences = TokenSequences([sources])
    let memory = model.encode(sequences, &context)
    // Row i looks for label i, because the decoder has read those before it.
    _ = model.decode(
      TokenSequences([[configuration.startToken] + labels.dropLast()]), memory: memory, sequences.ranges,
      &context)
    // A model cut short may go on and on.
    let rows = labels.prefix(Self.longestPicture).map { label(vocabularies.target, $0) }
    let columns = sources.map { label(vocabularies.source, $0) }
    let maps = crossAttention(recorder, rows: rows, columns: columns)
    guard let clearest = maps.max(by: { agreement($0) < agreement($1) }) else { return "" }
    return TerminalHeatMap(clearest).render(
      width: TerminalSize.columns(of: STDOUT_FILENO), style: Self.style)
  }

  /// Every head of every layer, and the mean of each layer's.
  private func crossAttention(_ recorder: AttentionRecorder, rows: [String], columns: [String])
    -> [AttentionMap]
  {
    (0..<recorder.layerCount(.cross)).flatMap { layer -> [AttentionMap] in
      let heads = (0..<recorder.headCount(.cross, layer: layer)).compactMap { head in
        recorder.weights(.cross, layer: layer, head: head, sequence: 0).map {
          AttentionMap(
            rows: rows, columns: columns, weights: Array($0.scalars.prefix(rows.count * columns.count)))
        }
      }
      return heads.isEmpty ? [] : heads + [AttentionMap.mean(of: heads)]
    }
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

  /// A token without the mark that stands for a space.
  private func label(_ tokenizer: TextTokenizer, _ id: TokenID) -> String {
    (tokenizer.token(for: id) ?? "?").replacingOccurrences(of: "▁", with: "")
  }

  private static var style: TerminalHeatMap.Style {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(STDOUT_FILENO) != 0, environment["NO_COLOR"]?.isEmpty ?? true else { return .shades }
    return environment["COLORTERM"] == "truecolor" ? .trueColor : .color256
  }
}
