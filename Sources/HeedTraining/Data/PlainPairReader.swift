/// Reads two files side by side, where line n of one is the translation of line n of the other.
final class PlainPairReader {
  /// How many pairs were left out because a line was too long.
  private(set) var overlongPairCount = 0

  private let overlongLines: RecordFile.OverlongLines
  private let source: LineReader
  private let target: LineReader
  private var sourceLine: [UInt8] = []
  private var targetLine: [UInt8] = []

  init(
    _ source: String, _ target: String, maximumLineLength: Int, overlongLines: RecordFile.OverlongLines
  ) throws(CorpusError) {
    self.overlongLines = overlongLines
    self.source = try LineReader(source, maximumLineLength: maximumLineLength)
    self.target = try LineReader(target, maximumLineLength: maximumLineLength)
  }

  /// Reads the next pair; nil at the end of both files.
  func next() throws(CorpusError) -> SentencePair? {
    while true {
      let outcome = try source.next(into: &sourceLine)
      let targetOutcome = try target.next(into: &targetLine)
      if outcome == .end || targetOutcome == .end {
        try checkEnd()
        return nil
      }
      if outcome == .tooLong || targetOutcome == .tooLong {
        guard overlongLines == .skip else { throw (outcome == .tooLong ? source : target).lineTooLong }
        overlongPairCount += 1
        continue
      }
      try source.checkUTF8(sourceLine)
      try target.checkUTF8(targetLine)
      return SentencePair(
        source: String(decoding: sourceLine, as: UTF8.self),
        target: String(decoding: targetLine, as: UTF8.self), line: source.lineCount)
    }
  }

  /// Called when one file has ended: both must have, and none may be empty.
  private func checkEnd() throws(CorpusError) {
    let sourceCount = try source.countRemainingLines()
    let targetCount = try target.countRemainingLines()
    if sourceCount == 0 { throw CorpusError(file: source.file, .empty) }
    if targetCount == 0 { throw CorpusError(file: target.file, .empty) }
    guard sourceCount == targetCount else {
      throw CorpusError(
        file: source.file,
        .unequalLength(lineCount: sourceCount, otherFile: target.file, otherLineCount: targetCount))
    }
  }
}
