import HeedTensor
import TestSupport

/// The operations of recurrent and convolutional models.
enum SequenceCases {
  static let all: [GradientCase] = recurrences() + columns() + convolutions() + additiveAttentions()

  /// Sequences of these lengths, one behind the other.
  static func ranges(_ lengths: [Int]) -> [Range<Int>] {
    lengths.reduce(into: []) { ranges, length in
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + length)
    }
  }

  static func recurrences() -> [GradientCase] {
    RecurrentCell.allCases.flatMap { cell in
      [false, true].flatMap { reversed in
        // Equal lengths, an empty sequence, one token; nine hidden units are no whole vectors.
        [([3, 1, 4, 0, 4, 2], 5), ([6], 9), ([2, 2], 1)].flatMap { lengths, size in
          recurrences(cell, lengths, size: size, reversed: reversed)
        }
      }
    }
  }

  static func recurrences(
    _ cell: RecurrentCell, _ lengths: [Int], size: Int, reversed: Bool
  ) -> [GradientCase] {
    let (sequences, gates) = (ranges(lengths), cell.gateCount * size)
    let inputs = [
      normalValues([lengths.reduce(0, +), gates], seed: 61),
      normalValues([gates, size], seed: 62, deviation: 0.5), normalValues([gates], seed: 63),
      normalValues([lengths.count, cell.statePartCount * size], seed: 64),
    ]
    let name = "recurrence \(cell) \(lengths) \(size)\(reversed ? ", reversed" : "")"
    return [
      GradientCase("\(name), initial states", inputs) {
        $0[0].recurrence(
          cell, weight: $0[1], bias: $0[2], initial: $0[3], sequences: sequences, reversed: reversed)
      },
      GradientCase(name, Array(inputs.prefix(3))) {
        $0[0].recurrence(cell, weight: $0[1], bias: $0[2], sequences: sequences, reversed: reversed)
      },
    ]
  }

  static func largeRecurrence(_ cell: RecurrentCell) -> GradientCase {
    let gates = cell.gateCount * 48
    let inputs = [
      normalValues([700, gates], seed: 65), normalValues([gates, 48], seed: 66, deviation: 0.2),
      normalValues([gates], seed: 67), normalValues([100, cell.statePartCount * 48], seed: 68),
    ]
    let sequences = ranges((0..<100).map { 2 + $0 % 11 })
    let tokens = sequences.last?.upperBound ?? 0
    return GradientCase("large recurrence \(cell)", inputs) {
      $0[0].rows(Array(0..<tokens)).recurrence(
        cell, weight: $0[1], bias: $0[2], initial: $0[3], sequences: sequences)
    }
  }

  static func columns() -> [GradientCase] {
    let (a, b) = (normalValues([4, 5], seed: 71), normalValues([4, 3], seed: 72))
    return [
      GradientCase("columnSlice", [a]) { $0[0].columnSlice(1..<4) },
      GradientCase("columnSlice, all", [a]) { $0[0].columnSlice(0..<5) * 2 },
      GradientCase("joinedColumns", [a, b]) { .joinedColumns([$0[0], $0[1], $0[0]]) },
      GradientCase("scaledRows", [a]) { $0[0].scaledRows([0.5, -2, 0, 3]) },
    ]
  }

  static func convolutions() -> [GradientCase] {
    let sequences = ranges([3, 1, 0, 5])
    let x = normalValues([9, 3], seed: 73)
    let weight = normalValues([4, 9], seed: 74)
    return [
      GradientCase("windows, causal", [x]) { $0[0].windows(sequences, width: 3, past: 2) },
      GradientCase("windows, centred", [x]) { $0[0].windows(sequences, width: 5, past: 2) },
      GradientCase("windows of one", [x]) { $0[0].windows(sequences, width: 1, past: 0) },
      GradientCase("gatedLinearUnit", [normalValues([4, 18], seed: 75)]) { $0[0].gatedLinearUnit() },
      GradientCase("convolution", [x, weight]) {
        $0[0].windows(sequences, width: 3, past: 1).linear($0[1]).gatedLinearUnit()
      },
    ]
  }

  static func additiveAttentions() -> [GradientCase] {
    let inputs = [
      normalValues([6, 5], seed: 76), normalValues([9, 5], seed: 77), normalValues([5], seed: 78),
      normalValues([9, 4], seed: 79),
    ]
    let queries = ranges([2, 1, 0, 3])
    return [
      ("", [0..<3, 3..<4, 4..<6, 4..<9]), (", a memory in common", [0..<3, 0..<3, 0..<9, 2..<7]),
      (", no keys", [0..<3, 3..<3, 3..<4, 4..<9]),
    ].map { name, keys in
      GradientCase("additiveAttention\(name)", inputs) {
        additiveAttention(
          queries: $0[0], keys: $0[1], vector: $0[2], values: $0[3], queryRanges: queries, keyRanges: keys)
      }
    }
  }

  static var largeAdditiveAttention: GradientCase {
    let inputs = [
      normalValues([300, 40], seed: 81), normalValues([400, 40], seed: 82), normalValues([40], seed: 83),
      normalValues([400, 24], seed: 84),
    ]
    let (queries, keys) = (ranges([100, 1, 149, 50]), ranges([50, 200, 1, 149]))
    return GradientCase("large additiveAttention", inputs) {
      additiveAttention(
        queries: $0[0], keys: $0[1], vector: $0[2], values: $0[3], queryRanges: queries, keyRanges: keys)
    }
  }
}
