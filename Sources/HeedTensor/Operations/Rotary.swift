import CHeedKernels
import Synchronization

/// Cosines and sines of rotary positions (Su et al. 2021), computed for as many positions as are asked for.
///
/// The angle of pair p at position t is t × inverseFrequencies[p], in single precision as PyTorch has it. Copies share
/// what is computed.
public struct RotaryTable: Sendable {
  /// The angle between neighbouring positions, for each pair of columns.
  public let inverseFrequencies: [Float]
  /// What cosines and sines are multiplied by; 1 unless long contexts are scaled (as YaRN does).
  public let attentionFactor: Float

  private let rows: Rows

  /// Describes a table.
  public init(inverseFrequencies: [Float], attentionFactor: Float = 1) {
    self.inverseFrequencies = inverseFrequencies
    self.attentionFactor = attentionFactor
    rows = Rows()
  }

  /// How many columns of a head are rotated: two for each frequency.
  public var dimension: Int { 2 * inverseFrequencies.count }

  /// `[positions, dimension]`, the cosines of a row before its sines; with at least this many rows.
  func values(positionCount: Int) -> Tensor {
    rows.known.withLock { known in
      if known.shape.rows < positionCount {
        known = grown(known, to: max(64, positionCount, known.shape.rows * 2))
      }
      return known
    }
  }

  private func grown(_ known: Tensor, to positionCount: Int) -> Tensor {
    let (pairs, first) = (inverseFrequencies.count, known.shape.rows)
    var table = Tensor(uninitialized: [positionCount, dimension])
    if first > 0 { table.copyRows(from: known) }
    for position in first..<positionCount {
      let row = table.pointer + position * dimension
      for (pair, frequency) in inverseFrequencies.enumerated() {
        let angle = Double(Float(position) * frequency)
        row[pair] = Float(Double.cosine(angle)) * attentionFactor
        row[pairs + pair] = Float(Double.sine(angle)) * attentionFactor
      }
    }
    return table
  }

  private final class Rows: Sendable {
    let known = Mutex(Tensor(uninitialized: [0, 0]))
  }
}

/// Which columns of a head are rotated together.
public enum RotaryLayout: String, Sendable, CaseIterable, Codable {
  /// Columns i and i + dimension / 2, as in Hugging Face's checkpoints.
  case halves
  /// Columns 2 i and 2 i + 1, as in the paper.
  case interleaved
}

extension Tensor {
  /// Rotates the first `headCount × headSize` columns of each row by its position; the rest is copied.
  ///
  /// Queries and keys lie in front of a packed projection, so that one call rotates both.
  ///
  /// - Parameters:
  ///   - headCount: The number of heads to rotate.
  ///   - headSize: The columns of a head; the first `table.dimension` of them are rotated.
  ///   - positions: The position of each row.
  ///   - table: Cosines and sines.
  ///   - layout: Which columns of a head form a pair.
  /// - Returns: A tensor of the same shape.
  public func rotated(
    headCount: Int, headSize: Int, positions: [Int32], table: RotaryTable, layout: RotaryLayout
  ) -> Tensor {
    precondition(
      headCount * headSize <= shape.columns && table.dimension <= headSize,
      "a rotation of \(table.dimension) columns of \(headCount) heads of \(headSize) in a tensor \(shape)")
    precondition(positions.count == shape.rows, "\(positions.count) positions for a tensor \(shape)")
    precondition(positions.allSatisfy { $0 >= 0 }, "a position is negative")
    let values = table.values(positionCount: (positions.max().map { Int($0) } ?? -1) + 1)
    let rotate = { (input: Tensor, isInverse: Bool) -> Tensor in
      let output = Tensor(uninitialized: input.shape)
      var job = heed_rotation_job()
      job.x = UnsafePointer(input.pointer)
      job.y = output.pointer
      job.columns = input.shape.columns
      job.head_count = headCount
      job.head_size = headSize
      job.pairs = table.inverseFrequencies.count
      job.interleaved = layout == .interleaved
      job.inverse = isInverse
      job.table = UnsafePointer(values.pointer)
      positions.withUnsafeBufferPointer { positions in
        job.positions = positions.baseAddress
        let common = job
        Tensor.parallelRows(input.shape) { rows in
          var job = common
          heed_rotate_rows(&job, rows.lowerBound, rows.count)
        }
      }
      withExtendedLifetime(values) {}
      return output
    }
    return rotate(self, false).recorded(as: "rotated", inputs: [self]) { [rotate($0, true)] }
  }
}
