import CHeedKernels

extension Tensor {
  /// scale · table[ids] + positions[positionIDs]: token embeddings with their positions.
  ///
  /// - Parameters:
  ///   - ids: The rows to look up, `[tokens]`.
  ///   - scale: The factor of the looked-up rows; the paper takes √hidden (section 3.4).
  ///   - positions: `[length, hidden]`; a constant table, or a parameter.
  ///   - positionIDs: The row of `positions` for each token.
  /// - Returns: `[tokens, hidden]` for a table `[vocabulary, hidden]`.
  /// - Precondition: every id is a row of its table.
  public func embedding(
    of ids: [Int32], scale: Float = 1, positions: Tensor? = nil, positionIDs: [Int32] = []
  ) -> Tensor {
    precondition(shape.rank == 2, "an embedding table has two axes, not \(shape)")
    let (width, tokens) = (shape[1], ids.count)
    Tensor.check(ids, rowsOf: shape, "embedding")
    if let positions {
      precondition(positions.shape.columns == width, "positions \(positions.shape) for a table \(shape)")
      precondition(positionIDs.count == tokens, "\(positionIDs.count) positions for \(tokens) tokens")
      Tensor.check(positionIDs, rowsOf: positions.shape, "position")
    }
    guard isUnpacked else {
      return unpackedRows(ids).embedding(
        of: Array(0..<Int32(tokens)), scale: scale, positions: positions, positionIDs: positionIDs)
    }
    let output = Tensor(uninitialized: [tokens, width])
    let (table, y, positionTable) = (pointer, output.pointer, positions.map { UnsafePointer($0.pointer) })
    ids.withUnsafeBufferPointer { idBuffer in
      positionIDs.withUnsafeBufferPointer { positionBuffer in
        let (idBase, positionBase) = (idBuffer.baseAddress, positionBuffer.baseAddress)
        Tensor.parallelRows(output.shape) { rows in
          let first = rows.lowerBound
          heed_embed(
            table, idBase.map { $0 + first }, scale, positionTable, positionBase.map { $0 + first },
            y + first * width, rows.count, width, 0, width)
        }
      }
    }
    return output.recorded(as: "embedding", inputs: [self] + (positions.map { [$0] } ?? [])) { gradient in
      let tableGradient = gradient.scattered(to: self, ids: ids, scale: scale)
      guard let positions else { return [tableGradient] }
      return [tableGradient, gradient.scattered(to: positions, ids: positionIDs, scale: 1)]
    }
  }

  /// Adds rows of this gradient to the rows `ids` of the gradient of `table`. Threads take columns, so that every row
  /// of the table sums its tokens in their order.
  private func scattered(to table: Tensor, ids: [Int32], scale: Float) -> Tensor? {
    guard let node = table.node else { return nil }
    let result = node.parameterGradient ?? Tensor(zeros: table.shape)
    let (tokens, width) = (ids.count, table.shape.columns)
    let (dy, target) = (pointer, result.pointer)
    ids.withUnsafeBufferPointer { buffer in
      let base = buffer.baseAddress
      let grain = max(16, Elementwise.grain / max(1, tokens) / 16 * 16)
      ThreadPool.shared.parallel(over: width, grain: grain) { columns in
        heed_embed_gradient(dy, base, scale, target, tokens, width, columns.lowerBound, columns.count)
      }
    }
    return node.parameterGradient == nil ? result : nil
  }

  private static func check(_ ids: [Int32], rowsOf shape: Shape, _ name: String) {
    for id in ids where id < 0 || Int(id) >= shape[0] {
      preconditionFailure("\(name) id \(id) is not a row of a table \(shape)")
    }
  }
}
