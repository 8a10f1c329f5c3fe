import Foundation
import HeedModels

extension ComparisonReport {
  /// Writes `report.html`, `report.md` with its charts as SVG files, and `report.json` into a directory, which is
  /// made if it is missing.
  ///
  /// Each file takes its name only when it is whole; what Markdown refers to is there before it.
  ///
  /// - Throws: `FileError` if a file cannot be written; `EncodingError` for figures that cannot be encoded.
  package func write(to directory: URL) throws {
    let json = try json
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    for picture in pictures {
      try AtomicFile.write(Data(picture.svg.utf8), to: directory.appending(path: picture.name))
    }
    try AtomicFile.write(Data(markdown.utf8), to: directory.appending(path: "report.md"))
    try AtomicFile.write(json, to: directory.appending(path: "report.json"))
    try AtomicFile.write(Data(html.utf8), to: directory.appending(path: "report.html"))
  }

  /// The figures as a file of JSON.
  package var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "not a number")
      var data = try encoder.encode(figures)
      data.append(UInt8(ascii: "\n"))
      return data
    }
  }
}
