import Foundation
import HeedEvaluation
import Testing

@Suite struct ParallelLinesTests {
  private func withFiles(_ contents: [[UInt8]], _ body: ([String]) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let files = contents.indices.map { directory.appending(path: "\($0).txt") }
    for (file, bytes) in zip(files, contents) { try Data(bytes).write(to: file) }
    try body(files.map(\.path))
  }

  @Test func linesEndAtLineFeedsOnly() throws {
    let text = "one \r\n\n two\u{2028}three\u{85}\u{3000}\nlast"
    try withFiles([Array(text.utf8)]) { files in
      let lines = try ParallelLines.lines(of: files[0])
      #expect(
        lines.map { Array($0.utf8) } == ["one", "", " two\u{2028}three", "last"].map { Array($0.utf8) })
    }
  }

  @Test func unequalCountsAreAnErrorWithBoth() throws {
    try withFiles([Array("a\nb\n".utf8), Array("a\nb\nc\n".utf8)]) { files in
      let error = EvaluationError.unequalLineCounts(
        hypothesesFile: files[0], hypothesisCount: 2, referencesFile: files[1], referenceCount: 3)
      #expect(throws: error) { try ParallelLines(hypothesesFile: files[0], referenceFiles: [files[1]]) }
      #expect(error.description.contains("2 lines"))
      #expect(error.description.contains("has 3"))
    }
  }

  /// What a shell makes of `<(zcat text.gz)`: a name that leads to a pipe, whose end comes when its writer is done.
  @Test func pipesAreFiles() throws {
    let pipe = Pipe()
    // Less than a pipe holds, so that nobody has to read while it is written.
    let text = (0..<5_000).map { "line \($0)" }.joined(separator: "\n")
    try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try pipe.fileHandleForWriting.close()
    let lines = try ParallelLines.lines(of: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
    #expect(lines.count == 5_000 && lines.last == "line 4999")
  }

  /// As sacreBLEU reads them, and told by what they hold: the name does not matter.
  @Test func gzippedFilesAreRead() throws {
    // printf 'a\nb c \n' | gzip -9n
    let gzipped: [UInt8] = [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0xE4, 0x4A, 0x52, 0x48, 0x56, 0xE0,
      0x02, 0x00, 0x9F, 0x88, 0x36, 0x6D, 0x07, 0x00, 0x00, 0x00,
    ]
    try withFiles([gzipped, Array(gzipped.dropLast(8))]) { files in
      let lines = try ParallelLines.lines(of: files[0])
      #expect(lines == ["a", "b c"])
      let error = #expect(throws: EvaluationError.self) { try ParallelLines.lines(of: files[1]) }
      #expect(error?.description.hasPrefix("\(files[1]): gzip could not decompress the file: ") == true)
    }
  }

  @Test func systemsMustBeAsLongAsTheBaseline() throws {
    try withFiles([Array("a\nb\n".utf8), Array("c\nd\n".utf8), Array("e\n".utf8)]) { files in
      let lines = try ParallelLines(hypothesesFile: files[0], referenceFiles: [files[0]])
      #expect(try lines.hypotheses(of: files[1], asManyAs: files[0]) == ["c", "d"])
      #expect(throws: EvaluationError.self) { try lines.hypotheses(of: files[2], asManyAs: files[0]) }
    }
  }

  @Test func badFilesAreErrors() throws {
    try withFiles([[], [0x61, 0x0A, 0x62, 0xFF, 0x0A]]) { files in
      #expect(throws: EvaluationError.empty(file: files[0])) { try ParallelLines.lines(of: files[0]) }
      #expect(throws: EvaluationError.notUTF8(file: files[1], line: 2)) {
        try ParallelLines.lines(of: files[1])
      }
      let missing = files[0] + ".missing"
      #expect(throws: EvaluationError.unreadable(file: missing, reason: "there is no such file")) {
        try ParallelLines.lines(of: missing)
      }
      let folder = URL(fileURLWithPath: files[0]).deletingLastPathComponent().path
      #expect(throws: EvaluationError.unreadable(file: folder, reason: "it is a directory")) {
        try ParallelLines.lines(of: folder)
      }
      #expect(throws: EvaluationError.noReferences) {
        try ParallelLines(hypothesesFile: files[1], referenceFiles: [])
      }
    }
  }
}
