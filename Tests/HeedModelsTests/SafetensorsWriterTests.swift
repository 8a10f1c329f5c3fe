import Foundation
import HeedModels
import Testing

@Suite struct SafetensorsWriterTests {
  /// What was read, as it would be written again.
  private func tensors(of file: SafetensorsFile) -> [SafetensorsTensor] {
    file.entries.map { entry in
      SafetensorsTensor(name: entry.name, elementType: entry.elementType, shape: entry.shape) {
        (sink: SafetensorsTensor.Sink) throws(FileError) in
        try file.withBytes(of: entry) { (bytes: UnsafeRawBufferPointer) throws(FileError) in
          // In pieces, as a large tensor would be.
          let half = bytes.count / 2
          try sink(UnsafeRawBufferPointer(rebasing: bytes[..<half]))
          try sink(UnsafeRawBufferPointer(rebasing: bytes[half...]))
        }
      }
    }
  }

  @Test(arguments: [
    "marian/model", "marian/reference", "marian/training", "m2m_100/model", "m2m_100/reference",
    "m2m_100/training",
  ])
  func writesTheBytesOfTheReferenceImplementation(_ name: String) throws {
    let original = CheckpointFixtures.file("\(name).safetensors")
    let file = try SafetensorsFile(url: original)
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appendingPathComponent("copy.safetensors")
      try SafetensorsWriter.write(tensors(of: file).reversed(), metadata: file.metadata, to: url)
      let copy = try Data(contentsOf: url)
      // The reference implementation leaves the order of metadata open.
      if file.metadata.count < 2 {
        #expect(try copy == Data(contentsOf: original))
      }
      let again = try SafetensorsFile(url: url)
      #expect(again.metadata == file.metadata)
      #expect(again.names == file.names)
      for name in file.names {
        let (left, right) = (try #require(file.entry(name)), try #require(again.entry(name)))
        #expect(left.shape == right.shape && left.elementType == right.elementType)
        file.withBytes(of: left) { expected in
          again.withBytes(of: right) { #expect($0.elementsEqual(expected)) }
        }
      }
    }
  }

  @Test func escapesNames() throws {
    let names = ["plain", "quote \" backslash \\ slash /", "line\nfeed\ttab\u{1}", "ä😀", ""]
    let written = names.enumerated().map { index, name in
      SafetensorsTensor(name: name, shape: [1], integers: [Int64(index)])
    }
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appendingPathComponent("names.safetensors")
      try SafetensorsWriter.write(written, metadata: ["\u{7f}\"": "\r\u{8}\u{c}"], to: url)
      let file = try SafetensorsFile(url: url)
      #expect(file.metadata == ["\u{7f}\"": "\r\u{8}\u{c}"])
      for (index, name) in names.enumerated() {
        #expect(try file.integers(of: try #require(file.entry(name))) == [Int64(index)])
      }
      #expect(file.entries.allSatisfy { file.byteRange(of: $0).lowerBound.isMultiple(of: 8) })
    }
  }

  @Test func writesNothingAtAll() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appendingPathComponent("empty.safetensors")
      try SafetensorsWriter.write([], to: url)
      #expect(try SafetensorsFile(url: url).entries.isEmpty)
    }
  }
}
