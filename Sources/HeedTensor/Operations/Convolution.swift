import CHeedKernels

extension Tensor {
  /// The neighbourhood of each token, laid side by side: what a linear layer makes a convolution of (Gehring et al. 2017).
  ///
  /// The product of the result with a weight `[outputs, width × columns]` is a 1-d convolution, all tokens in one
  /// multiply. Place j of a window is the row `j − past` tokens after its own; before the beginning of a sequence and
  /// behind its end there are zeros. With `past` = `width − 1` the convolution is causal, with (width − 1) / 2 centred.
  ///
  /// - Parameters:
  ///   - sequences: The rows of each sequence, one behind the other.
  ///   - width: The tokens of a window.
  ///   - past: How many of them come before the token itself.
  /// - Returns: `[tokens, width × columns]` for this tensor `[tokens, columns]`.
  public func windows(_ sequences: [Range<Int>], width: Int, past: Int) -> Tensor {
    precondition(
      width > 0 && (0..<width).contains(past), "a window of \(width) with \(past) before the token")
    let (shape, columns) = (self.shape, self.shape.columns)
    let owner = Tensor.sequenceOfRow(sequences, count: shape.rows)
    let output = Tensor(uninitialized: [shape.rows, width * columns])
    let (x, y) = (pointer, output.pointer)
    Tensor.parallelRows(output.shape) { rows in
      for row in rows {
        for place in 0..<width {
          let target = y + (row * width + place) * columns
          let source = row + place - past
          if sequences[owner[row]].contains(source) {
            target.update(from: x + source * columns, count: columns)
          } else {
            target.update(repeating: 0, count: columns)
          }
        }
      }
    }
    return output.recorded(as: "windows", inputs: [self]) { gradient in
      // A token is in the windows of its neighbours: dx(t) = Σ_j dy(t − j + past, place j), places in their order.
      let result = Tensor(zeros: shape)
      let (dy, dx) = (gradient.pointer, result.pointer)
      Tensor.parallelRows(gradient.shape) { rows in
        for row in rows {
          for place in 0..<width {
            let window = row - place + past
            guard sequences[owner[row]].contains(window) else { continue }
            let (source, target) = (dy + (window * width + place) * columns, dx + row * columns)
            heed_add(target, source, target, columns)
          }
        }
      }
      return [result]
    }
  }

  /// value ⊙ σ(gate) for rows that hold values and then as many gates: a gated linear unit (Dauphin et al. 2017).
  ///
  /// - Returns: `[rows, width]` for this tensor `[rows, 2 × width]`.
  public func gatedLinearUnit() -> Tensor {
    precondition(shape.columns.isMultiple(of: 2), "values and as many gates in a tensor \(shape)")
    let (shape, width) = (self.shape, self.shape.columns / 2)
    let output = Tensor(uninitialized: Shape(shape.dimensions.dropLast() + [width]))
    let (x, y) = (pointer, output.pointer)
    Tensor.parallelRows(shape) { rows in
      let first = rows.lowerBound
      heed_gated_linear_unit(x + first * 2 * width, y + first * width, rows.count, width)
    }
    return output.recorded(as: "gatedLinearUnit", inputs: [self]) { gradient in
      let result = Tensor(uninitialized: shape)
      let (x, dy, dx) = (self.pointer, gradient.pointer, result.pointer)
      Tensor.parallelRows(shape) { rows in
        let first = rows.lowerBound
        heed_gated_linear_unit_gradient(
          x + first * 2 * width, dy + first * width, dx + first * 2 * width, rows.count, width)
      }
      return [result]
    }
  }

  /// The sequence that each row belongs to.
  static func sequenceOfRow(_ sequences: [Range<Int>], count: Int) -> [Int] {
    var owner: [Int] = []
    owner.reserveCapacity(count)
    for (index, range) in sequences.enumerated() {
      precondition(range.lowerBound == owner.count, "sequences do not lie end to end at row \(owner.count)")
      for _ in range { owner.append(index) }
    }
    precondition(owner.count == count, "sequences of \(owner.count) rows in a tensor of \(count)")
    return owner
  }
}
