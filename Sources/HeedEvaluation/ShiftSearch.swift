/// Tercom's greedy search for the shifts of word blocks that save most edits.
///
/// In each round every block of the hypothesis that also stands in the reference is tried at the places where the
/// reference has it, and the shift that lowers the edit distance most is made, until none does.
struct ShiftSearch {
  /// Limits of Tercom: words in a block, and positions between its places in hypothesis and reference.
  static let maximumBlockLength = 10
  static let maximumShiftDistance = 50
  /// A limit of sacreBLEU: shifts tried for one segment, over all rounds.
  static let maximumCandidateCount = 1_000

  /// Edits and shifts that turn `hypothesis` into `reference`, words being numbers.
  static func editCount(from hypothesis: [UInt32], to reference: [UInt32]) -> Int {
    if reference.isEmpty { return hypothesis.count }
    var search = ShiftSearch(hypothesis, reference)
    var shiftCount = 0
    while let shifted = search.bestShift() {
      search.distance.setHypothesis(shifted)
      shiftCount += 1
    }
    return shiftCount + search.distance.value
  }

  private var distance: BandedEditDistance
  private var triedCount = 0

  private init(_ hypothesis: [UInt32], _ reference: [UInt32]) {
    distance = BandedEditDistance(from: hypothesis, to: reference)
  }

  /// The hypothesis after the best shift, or nil if none helps or too many have been tried.
  private mutating func bestShift() -> [UInt32]? {
    let reference = distance.reference
    let alignment = WordAlignment(distance.operations())
    var best: Candidate?

    for start in distance.hypothesis.indices {
      // Blocks begin with a word that stands in the reference at no more than the allowed distance.
      let nearby = max(0, start - Self.maximumShiftDistance)
      let end = min(reference.count, start + Self.maximumShiftDistance + 1)
      guard nearby < end else { break }
      for target in nearby..<end {
        let longest = matchLength(start, target)
        guard longest > 0 else { continue }
        for length in 1...longest {
          guard alignment.needsShift(block: start, target, length: length) else { continue }
          tryBlock(at: start, target, length, alignment, &best)
          if triedCount >= Self.maximumCandidateCount { return nil }
        }
      }
    }
    guard let best, best.gain > 0 else { return nil }
    return Self.shifted(distance.hypothesis, best.start, best.length, to: best.destination)
  }

  /// Tries one block before and behind each of the words that it is to stand among.
  private mutating func tryBlock(
    at start: Int, _ target: Int, _ length: Int, _ alignment: WordAlignment, _ best: inout Candidate?
  ) {
    var previous = -1
    for position in (target - 1)..<(target + length) {
      let destination: Int
      if position == -1 {
        destination = 0
      } else if position < alignment.hypothesisPositions.count {
        destination = alignment.hypothesisPositions[position] + 1
      } else {
        break
      }
      if destination == previous { continue }
      previous = destination

      let words = Self.shifted(distance.hypothesis, start, length, to: destination)
      let gain = distance.value - distance.value(of: words, samePrefix: min(start, destination))
      let candidate = Candidate(gain: gain, length: length, start: start, destination: destination)
      triedCount += 1
      if best.map({ $0 < candidate }) ?? true { best = candidate }
    }
  }

  /// How many words are equal from the two positions on, up to the longest block that may be shifted.
  private func matchLength(_ start: Int, _ target: Int) -> Int {
    let limit = min(
      Self.maximumBlockLength, distance.hypothesis.count - start, distance.reference.count - target)
    var length = 0
    while length < limit, distance.hypothesis[start + length] == distance.reference[target + length] {
      length += 1
    }
    return length
  }

  /// The words with the block of `length` at `start` put before the word at `destination`.
  ///
  /// A destination inside the block moves it that many words to the right, as Tercom does.
  static func shifted(_ words: [UInt32], _ start: Int, _ length: Int, to destination: Int) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(words.count)
    let end = start + length
    if destination < start {
      result += words[..<destination]
      result += words[start..<end]
      result += words[destination..<start]
      result += words[end...]
    } else {
      let middle = destination > end ? destination : min(words.count, length + destination)
      result += words[..<start]
      result += words[end..<middle]
      result += words[start..<end]
      result += words[middle...]
    }
    return result
  }
}

/// A shift, ordered as Tercom ranks them: by what it saves, then longer, then earlier in hypothesis and destination.
private struct Candidate: Comparable {
  let gain: Int
  let length: Int
  let start: Int
  let destination: Int

  static func < (left: Candidate, right: Candidate) -> Bool {
    (left.gain, left.length, right.start, right.destination)
      < (right.gain, right.length, left.start, left.destination)
  }
}

/// Which words of hypothesis and reference stand at the same place, and which are wrong.
private struct WordAlignment {
  /// For each word of the reference, the position in the hypothesis of its partner or of the word before; −1 at the start.
  private(set) var hypothesisPositions: [Int] = []
  /// For each position, how many words before it are wrong.
  private var hypothesisErrors = [0]
  private var referenceErrors = [0]

  init(_ operations: [BandedEditDistance.Operation]) {
    var position = -1
    for operation in operations {
      let error = operation == .keep ? 0 : 1
      if operation != .insert {
        position += 1
        hypothesisErrors.append((hypothesisErrors.last ?? 0) + error)
      }
      if operation != .delete {
        hypothesisPositions.append(position)
        referenceErrors.append((referenceErrors.last ?? 0) + error)
      }
    }
  }

  /// Whether a word of the block is wrong where it is, one is wrong where it would go, and it does not go into itself.
  func needsShift(block start: Int, _ target: Int, length: Int) -> Bool {
    hypothesisErrors[start + length] > hypothesisErrors[start]
      && referenceErrors[target + length] > referenceErrors[target]
      && !(start..<start + length).contains(hypothesisPositions[target])
  }
}
