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
    while let shift = search.bestShift() {
      let words = shift.applied(to: search.distance.hypothesis)
      search.distance.setHypothesis(words, changed: shift.changed(wordCount: words.count))
      shiftCount += 1
    }
    return shiftCount + search.distance.value
  }

  private var distance: BandedEditDistance
  private var triedCount = 0

  private init(_ hypothesis: [UInt32], _ reference: [UInt32]) {
    distance = BandedEditDistance(from: hypothesis, to: reference)
  }

  /// The best shift, or nil if none helps or too many have been tried.
  private mutating func bestShift() -> BlockShift? {
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
    return best.shift
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

      let shift = BlockShift(start: start, length: length, destination: destination)
      let words = shift.applied(to: distance.hypothesis)
      let edits = distance.value(of: words, changed: shift.changed(wordCount: words.count))
      let candidate = Candidate(gain: distance.value - edits, shift: shift)
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
}

/// Moving a block of words to another place.
private struct BlockShift {
  let start: Int
  let length: Int
  /// The word before which the block is put; one inside the block moves it that many words to the right, as in Tercom.
  let destination: Int

  /// The positions at which words may be others afterwards.
  func changed(wordCount: Int) -> Range<Int> {
    let end = start + length
    if destination < start { return destination..<end }
    return start..<(destination > end ? destination : min(wordCount, destination + length))
  }

  func applied(to words: [UInt32]) -> [UInt32] {
    let changed = changed(wordCount: words.count)
    let block = words[start..<start + length]
    var result = words
    if destination < start {
      result.replaceSubrange(changed, with: block + words[destination..<start])
    } else {
      result.replaceSubrange(changed, with: words[(start + length)..<changed.upperBound] + block)
    }
    return result
  }
}

/// A shift and what it saves, ordered as Tercom ranks them: by edits saved, then longer, then earlier in the hypothesis,
/// then to an earlier place.
private struct Candidate: Comparable {
  let gain: Int
  let shift: BlockShift

  private var rank: (Int, Int, Int, Int) { (gain, shift.length, -shift.start, -shift.destination) }

  static func < (left: Candidate, right: Candidate) -> Bool { left.rank < right.rank }

  static func == (left: Candidate, right: Candidate) -> Bool { left.rank == right.rank }
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
