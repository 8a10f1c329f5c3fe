/// The order of the rows of query and key projections in GGUF files of type `llama`.
///
/// Row 2i + s of a head in such a file is row s · headSize / 2 + i of that head in a Hugging Face checkpoint.
public enum GGUFRowOrder {
  /// Puts interleaved rows back where Hugging Face's layers expect them, in place.
  ///
  /// - Parameters:
  ///   - values: A matrix `[rows, columns]`, or a bias `[rows]`.
  ///   - rowCount: Rows of all heads.
  ///   - headCount: Heads that share the rows: of keys, the heads of keys and values.
  /// - Precondition: Each head has an even number of rows, and the rows are whole.
  public static func separateHalves(
    _ values: UnsafeMutableBufferPointer<Float>, rowCount: Int, headCount: Int
  ) {
    precondition(values.count.isMultiple(of: max(1, rowCount)), "the rows are not whole")
    let rowSize = rowCount == 0 ? 0 : values.count / rowCount * MemoryLayout<Float>.stride
    let order = sources(rowCount: rowCount, headCount: headCount)
    let head = UnsafeMutableRawBufferPointer(values)
    let headByteCount = order.count * rowSize
    guard headByteCount > 0 else { return }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: headByteCount, alignment: 16)
    defer { scratch.deallocate() }
    for start in stride(from: 0, to: head.count, by: headByteCount) {
      let rows = UnsafeMutableRawBufferPointer(rebasing: head[start..<start + headByteCount])
      scratch.copyMemory(from: UnsafeRawBufferPointer(rows))
      gather(UnsafeRawBufferPointer(scratch), rowSize: rowSize, order, into: rows)
    }
  }

  /// For each row of a head, the row of the file that belongs there.
  static func sources(rowCount: Int, headCount: Int) -> [Int] {
    precondition(
      headCount > 0 && rowCount.isMultiple(of: 2 * headCount), "\(rowCount) rows of \(headCount) heads")
    let half = rowCount / headCount / 2
    return (0..<2 * half).map { $0 < half ? 2 * $0 : 2 * ($0 - half) + 1 }
  }

  /// Writes the rows of one head in another order.
  static func gather(
    _ rows: UnsafeRawBufferPointer, rowSize: Int, _ sources: [Int], into target: UnsafeMutableRawBufferPointer
  ) {
    for (row, source) in sources.enumerated() {
      let bytes = UnsafeRawBufferPointer(rebasing: rows[source * rowSize..<(source + 1) * rowSize])
      UnsafeMutableRawBufferPointer(rebasing: target[row * rowSize..<(row + 1) * rowSize]).copyMemory(
        from: bytes)
    }
  }
}
