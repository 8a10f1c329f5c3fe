import HeedLayers
import HeedModels

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Inspection {
  /// Writes weights as a safetensors file: `KIND.LAYER`, `[heads, rows, columns]`, float32. The metadata hold the
  /// tokens of rows and columns (`cross.rows`, …), the numbers of the heads (`cross.0.heads`) and ``notes``, as JSON.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - includes: Which heads are written.
  /// - Throws: `FileError`.
  public func writeSafetensors(to url: URL, includes: (HeadPlace) -> Bool = { _ in true }) throws(FileError) {
    let arrays = AttentionArrays(self, includes: includes)
    var metadata = ["model": model, "input": input]
    if !notes.isEmpty { metadata["notes"] = Self.json(notes) }
    for (name, tokens) in arrays.tokens { metadata[name] = Self.json(tokens) }
    for entry in arrays.entries {
      metadata["\(entry.name).heads"] = Self.json(entry.heads.map(\.head))
    }
    let tensors = arrays.entries.map { entry in
      SafetensorsTensor(name: entry.name, elementType: .float32, shape: entry.shape) {
        (sink: SafetensorsTensor.Sink) throws(FileError) in
        for place in entry.heads {
          let bits = arrays.weights(place).map(\.bitPattern.littleEndian)
          let result = bits.withUnsafeBytes { bytes in Result { () throws(FileError) in try sink(bytes) } }
          try result.get()
        }
      }
    }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// Writes weights as NumPy's `.npz`: `KIND.LAYER`, `[heads, rows, columns]`, float32; `KIND.LAYER.heads` the numbers
  /// of the heads; `KIND.rows` and `KIND.columns` the tokens.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - includes: Which heads are written.
  /// - Throws: `FileError`; `ArchiveTooLarge` where the arrays do not fit into a zip file.
  public func writeNPZ(to url: URL, includes: (HeadPlace) -> Bool = { _ in true }) throws {
    let arrays = AttentionArrays(self, includes: includes)
    let size = arrays.entries.reduce(0) { $0 + $1.shape.reduce(4, *) }
    guard size < ZipStream.largestSize else { throw ArchiveTooLarge(byteCount: size) }
    try AtomicFile.write(to: url) { (output: borrowing AtomicFile.Output) throws(FileError) in
      var zip = ZipStream()
      for entry in arrays.entries {
        try output.write(zip.begin("\(entry.name).npy"))
        try output.write(zip.content(NumPyHeader.bytes(descriptor: "<f4", shape: entry.shape)))
        for place in entry.heads {
          let bits = arrays.weights(place).flatMap { LittleEndian.bytes($0.bitPattern) }
          try output.write(zip.content(bits))
        }
        try output.write(zip.end())
        let heads = entry.heads.flatMap { LittleEndian.bytes(UInt64($0.head)) }
        try output.write(zip.begin("\(entry.name).heads.npy"))
        try output.write(
          zip.content(NumPyHeader.bytes(descriptor: "<i8", shape: [entry.heads.count]) + heads))
        try output.write(zip.end())
      }
      for (name, tokens) in arrays.tokens {
        try output.write(zip.begin("\(name).npy"))
        try output.write(zip.content(NumPyHeader.array(of: tokens)))
        try output.write(zip.end())
      }
      try output.write(zip.directory())
    }
  }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    // Strings and integers can always be encoded.
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }
}

/// Arrays that do not fit into a zip file.
public struct ArchiveTooLarge: Error, Sendable, Hashable, CustomStringConvertible {
  /// The bytes of the arrays.
  public let byteCount: Int

  /// One sentence.
  public var description: String {
    "the weights take \(byteCount) bytes, and an .npz file holds \(ZipStream.largestSize) at most; write .safetensors, "
      + "or fewer heads"
  }
}
