import ArgumentParser
import Foundation
import Heed
import HeedLayers

/// A file that an inspection is written to, by the end of its name.
enum InspectionFile: Equatable {
  case html
  case svg
  case npz
  case safetensors

  init(path: String) throws {
    switch URL(fileURLWithPath: path).pathExtension.lowercased() {
    case "html", "htm": self = .html
    case "svg": self = .svg
    case "npz": self = .npz
    case "safetensors": self = .safetensors
    default:
      throw CommandError.usage(
        "--output \(path): expected a name that ends in .html, .svg, .npz or .safetensors")
    }
  }
}

extension InspectCommand {
  /// Writes a file, which says what heads the model is without.
  func write(
    _ format: InspectionFile, _ inspection: Inspection, _ kind: AttentionKind, _ layer: Int,
    without removed: [HeadPlace] = []
  ) throws {
    guard let output else { return }
    let names = removed.map(\.description).joined(separator: ", ")
    var inspection = inspection
    if !removed.isEmpty { inspection.notes.append("Without \(names).") }
    let url = URL(fileURLWithPath: output)
    switch format {
    case .html:
      var page = AttentionPage(inspection)
      if choice.kind != nil || choice.layer != nil || choice.head != nil {
        page.start = HeadPlace(kind, layer: layer, head: choice.head ?? 0)
        page.startsWithMean = choice.head == nil
      }
      page.byteLimit = Int(picture.pageSize * 1e6)
      try AtomicFile.write(Data(page.html.utf8), to: url)
    case .svg:
      guard let map = map(inspection, kind, layer) else { return }
      let change = removed.isEmpty ? "" : ", without \(names)"
      let drawn = AttentionPicture(map, title: title(kind, layer) + change)
      try AtomicFile.write(Data(drawn.svg(picture.form).utf8), to: url)
    case .npz: try inspection.writeNPZ(to: url) { choice.includes($0) }
    case .safetensors: try inspection.writeSafetensors(to: url) { choice.includes($0) }
    }
  }

  /// Draws one head, or the mean of a layer.
  func writeHeatMap(_ inspection: Inspection, _ kind: AttentionKind, _ layer: Int) throws {
    guard let map = map(inspection, kind, layer) else { return }
    var stream = ResultStream()
    if let outcome = inspection.outcome {
      stream.append(line: "\(outcome.title): \(column(outcome.text))")
    }
    stream.append(line: title(kind, layer))
    for note in inspection.notes { stream.append(line: note) }
    stream.append(line: "")
    stream.append(TerminalHeatMap(map).render(width: picture.columnCount, style: picture.style))
    try stream.flush()
  }

  /// Writes everything about one head, or the mean of a layer, as JSON.
  func writeJSON(_ inspection: Inspection, _ kind: AttentionKind, _ layer: Int) throws {
    var report = InspectionReport(inspection)
    report.add(inspection, kind, layer: layer, head: choice.head, words: picture.words)
    if measures { report.measures = chosenMeasures(inspection).map(InspectionReport.Measured.init) }
    if alignments { report.alignment = alignment(inspection).map(InspectionReport.Aligned.init) }
    try ResultStream.write(json: report)
  }

  /// Writes pairs of words.
  func writeAlignment(_ inspection: Inspection) throws {
    guard let found = alignment(inspection) else { return }
    let place =
      found.place.map { "layer \($0.layer), head \($0.head)" } ?? "the mean of layer \(choice.layer ?? 0)"
    StandardError.say(
      "read off \(place): confidence \(Double(found.confidence).formatted(2)), "
        + "\(Double(found.coverage * 100).formatted(0)) % of the source's words linked")
    try ResultStream.write(Alignment.pharaoh(from: found.map))
  }

  /// Writes a table of measures.
  func writeMeasures(_ inspection: Inspection) throws {
    let found = chosenMeasures(inspection)
    let columns = HeadMeasures.Measure.allCases
    var rows = [["kind", "layer", "head"] + columns.map(\.rawValue)]
    for one in found {
      rows.append(
        [one.place.kind.rawValue, "\(one.place.layer)", "\(one.place.head)"]
          + columns.map { one[$0].map { Double($0).formatted(3) } ?? "-" })
    }
    let widths = rows[0].indices.map { place in rows.map { $0[place].count }.max() ?? 0 }
    var stream = ResultStream()
    for row in rows {
      let cells = zip(row, widths).enumerated().map { place, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return place == 0 ? cell.0 + space : space + cell.0
      }
      stream.append(line: cells.joined(separator: "  "))
    }
    try stream.flush()
  }

  /// The measures of the heads that were named, or of all.
  private func chosenMeasures(_ inspection: Inspection) -> [HeadMeasures] {
    inspection.measures(choice.kind).filter { choice.includes($0.place) }
  }

  /// The alignment that was asked for: that of a head, of a layer's mean, or of the best head.
  private func alignment(_ inspection: Inspection) -> HeadAlignment? {
    if let head = choice.head {
      let layer = choice.layer ?? max(0, (inspection.layers(.cross).last ?? 0) - 1)
      return inspection.alignment(HeadPlace(.cross, layer: layer, head: head))
    }
    if let layer = choice.layer { return inspection.alignment(layer: layer) }
    return inspection.bestAlignment()
  }

  private func map(_ inspection: Inspection, _ kind: AttentionKind, _ layer: Int) -> AttentionMap? {
    let map =
      choice.head.map { inspection.map(HeadPlace(kind, layer: layer, head: $0)) }
      ?? inspection.mean(kind, layer: layer)
    return picture.words ? map.map { inspection.words($0, kind) } : map
  }

  private func title(_ kind: AttentionKind, _ layer: Int) -> String {
    "\(kind.title), layer \(layer), " + (choice.head.map { "head \($0)" } ?? "mean of heads")
  }
}
