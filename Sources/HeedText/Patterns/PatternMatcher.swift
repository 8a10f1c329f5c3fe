/// Runs a program over one text: a backtracking search with a stack of its own.
///
/// A text has a budget of steps, so that an expression that would take exponential time finds nothing more once it has
/// spent it. Expressions of tokenizers spend a few steps on each scalar.
struct PatternMatcher {
  private let instructions: UnsafeBufferPointer<PatternProgram.Instruction>
  private let sets: UnsafeBufferPointer<PatternProgram.CompiledSet>
  private let pageNumbers: UnsafeBufferPointer<UInt16>
  private let pages: UnsafeBufferPointer<UInt64>
  private let alternatives: UnsafeBufferPointer<Int32>
  private let viable: UnsafeBufferPointer<UInt64>
  private let text: UnsafeBufferPointer<UInt8>
  private let start: Int
  private let end: Int
  private var stack: [Frame] = []
  private var registers: [Int]
  private var budget: Int

  /// What to do when the way taken last fails.
  private struct Frame {
    /// Where to go on; below zero, register `-1 - instruction` is to be `position` again.
    var instruction: Int32
    var position: Int
    /// Of a repetition the farthest back (or forward) that `position` may still go; else the position.
    var bound: Int
  }

  /// Runs `body` with a matcher of `program` for a stretch of `text`.
  @inline(__always) static func run(
    _ program: PatternProgram, _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
    _ body: (inout PatternMatcher) -> Void
  ) {
    program.instructions.withUnsafeBufferPointer { instructions in
      program.sets.withUnsafeBufferPointer { sets in
        program.pageNumbers.withUnsafeBufferPointer { pageNumbers in
          program.pages.withUnsafeBufferPointer { pages in
            program.alternatives.withUnsafeBufferPointer { alternatives in
              program.viable.withUnsafeBufferPointer { viable in
                var matcher = PatternMatcher(
                  instructions: instructions, sets: sets, pageNumbers: pageNumbers, pages: pages,
                  alternatives: alternatives, viable: viable, text: text, start: range.lowerBound,
                  end: range.upperBound,
                  registers: program.registerCount == 0
                    ? [] : [Int](repeating: -1, count: program.registerCount),
                  budget: 4_000_000 + 400 * range.count)
                body(&matcher)
              }
            }
          }
        }
      }
    }
  }

  private init(
    instructions: UnsafeBufferPointer<PatternProgram.Instruction>,
    sets: UnsafeBufferPointer<PatternProgram.CompiledSet>, pageNumbers: UnsafeBufferPointer<UInt16>,
    pages: UnsafeBufferPointer<UInt64>, alternatives: UnsafeBufferPointer<Int32>,
    viable: UnsafeBufferPointer<UInt64>, text: UnsafeBufferPointer<UInt8>, start: Int, end: Int,
    registers: [Int],
    budget: Int
  ) {
    (self.instructions, self.sets, self.pageNumbers, self.pages) = (instructions, sets, pageNumbers, pages)
    (self.alternatives, self.viable, self.text, self.start) = (alternatives, viable, text, start)
    (self.end, self.registers, self.budget) = (end, registers, budget)
  }

  /// Returns the first match that begins at `position` or after it.
  mutating func firstMatch(from position: Int) -> Range<Int>? {
    var position = position
    while position <= end {
      var choices = viable[position < end ? Int(text[position]) : 256]
      while choices != 0 {
        let choice = choices.trailingZeroBitCount
        choices &= choices - 1
        if let matchEnd = match(alternatives[choice], position) { return position..<matchEnd }
      }
      guard position < end, budget > 0 else { return nil }
      position += UTF8Scanning.length(lead: text[position])
    }
    return nil
  }

  /// Whether a set holds the scalar at `position`, and that scalar's length; 0 if not.
  @inline(__always) private func length(of set: PatternProgram.CompiledSet, at position: Int) -> Int {
    let byte = text[position]
    if byte < 0x40 { return Int(truncatingIfNeeded: set.low >> UInt64(byte) & 1) }
    if byte < 0x80 { return Int(truncatingIfNeeded: set.high >> UInt64(byte & 63) & 1) }
    if set.pageStart < 0 { return 0 }
    let (scalar, length) = UTF8Scanning.scalar(text, at: position)
    let page = Int(pageNumbers[set.pageStart + Int(scalar >> 8)])
    return pages[page * 4 + Int(scalar >> 6 & 3)] >> UInt64(scalar & 63) & 1 == 0 ? 0 : length
  }

  /// Runs from `first` until a match, and returns where that ends.
  private mutating func match(_ first: Int32, _ from: Int) -> Int? {
    let base = stack.count
    var current = Int(first)
    var position = from
    while true {
      let instruction = instructions[current]
      current += 1
      var isFailed = false
      switch instruction.operation {
      case .match:
        stack.removeLast(stack.count - base)
        return position
      case .byte:
        if position < end, Int32(text[position]) == instruction.first {
          position += 1
        } else {
          isFailed = true
        }
      case .set:
        let length = position < end ? length(of: sets[Int(instruction.first)], at: position) : 0
        if length > 0 { position += length } else { isFailed = true }
      case .takeSet, .takeSetGreedily:
        let set = sets[Int(instruction.first)]
        var count: Int32 = 0
        var least = position
        while count < instruction.third, position < end {
          let length = length(of: set, at: position)
          if length == 0 { break }
          position += length
          count += 1
          if count == instruction.second { least = position }
        }
        budget -= Int(count)
        if count < instruction.second {
          isFailed = true
        } else if instruction.operation == .takeSetGreedily, position > least {
          stack.append(
            Frame(instruction: Int32(truncatingIfNeeded: current), position: position, bound: least))
        }
      case .takeSetLazily:
        let set = sets[Int(instruction.first)]
        var count: Int32 = 0
        while count < instruction.second, position < end {
          let length = length(of: set, at: position)
          if length == 0 { break }
          position += length
          count += 1
        }
        if count < instruction.second {
          isFailed = true
        } else if count < instruction.third {
          // The bound counts how many more may be taken; the frame's instruction tells it is lazy.
          stack.append(
            Frame(
              instruction: Int32(truncatingIfNeeded: current), position: position,
              bound: -1 - Int(instruction.third - count)))
        }
      case .split:
        stack.append(Frame(instruction: instruction.second, position: position, bound: position))
        current = Int(instruction.first)
        budget -= 1
      case .jump: current = Int(instruction.first)
      case .lookAhead:
        let isMatch = match(Int32(truncatingIfNeeded: current), position) != nil
        isFailed = isMatch == (instruction.second == 1)
        current = Int(instruction.first)
      case .lookBehind:
        let isMatch = back(position, by: instruction.third).map {
          match(Int32(truncatingIfNeeded: current), $0) != nil
        }
        isFailed = (isMatch ?? false) == (instruction.second == 1)
        current = Int(instruction.first)
      case .atomic:
        if let matchEnd = match(Int32(truncatingIfNeeded: current), position) {
          position = matchEnd
        } else {
          isFailed = true
        }
        current = Int(instruction.first)
      case .anchor: isFailed = !holds(instruction.first, at: position)
      case .mark:
        let register = Int(instruction.first)
        stack.append(Frame(instruction: -1 - instruction.first, position: registers[register], bound: 0))
        registers[register] = position
      case .leaveIfStill:
        if registers[Int(instruction.first)] == position { current = Int(instruction.second) }
      }
      if isFailed || budget <= 0 {
        guard budget > 0, let (instruction, place) = backtrack(to: base) else {
          stack.removeLast(stack.count - base)
          return nil
        }
        (current, position) = (instruction, place)
      }
    }
  }

  /// Takes the latest way not taken yet.
  private mutating func backtrack(to base: Int) -> (instruction: Int, position: Int)? {
    while stack.count > base {
      budget -= 1
      let top = stack.count - 1
      let frame = stack[top]
      if frame.instruction < 0 {
        registers[Int(-1 - frame.instruction)] = frame.position
        stack.removeLast()
        continue
      }
      if frame.bound < 0 {
        // One more of a lazy repetition.
        let set = sets[Int(instructions[Int(frame.instruction) - 1].first)]
        let length = frame.position < end ? length(of: set, at: frame.position) : 0
        guard length > 0, frame.bound < -1 else {
          stack.removeLast()
          continue
        }
        stack[top].position += length
        stack[top].bound += 1
        let position = stack[top].position
        if stack[top].bound == -1 { stack.removeLast() }
        return (Int(frame.instruction), position)
      }
      guard frame.position > frame.bound else {
        stack.removeLast()
        return (Int(frame.instruction), frame.position)
      }
      // One fewer of a greedy repetition.
      let position = UTF8Scanning.start(before: frame.position, in: text)
      if position <= frame.bound { stack.removeLast() } else { stack[top].position = position }
      return (Int(frame.instruction), position)
    }
    return nil
  }

  private func back(_ position: Int, by count: Int32) -> Int? {
    var position = position
    for _ in 0..<count {
      guard position > start else { return nil }
      position = UTF8Scanning.start(before: position, in: text)
    }
    return position
  }

  private func holds(_ anchor: Int32, at position: Int) -> Bool {
    switch PatternNode.Anchor(rawValue: anchor) {
    case .textStart: position == start
    case .textEnd: position == end
    case .textEndOrLastLine: position == end || position == end - 1 && text[position] == 0x0A
    case .lineStart: position == start || text[position - 1] == 0x0A && position < end
    case .lineEnd: position == end || text[position] == 0x0A
    case .wordBoundary: isWord(before: position) != isWord(after: position)
    case .noWordBoundary: isWord(before: position) == isWord(after: position)
    case nil: false
    }
  }

  private func isWord(before position: Int) -> Bool {
    position > start && isWord(after: UTF8Scanning.start(before: position, in: text))
  }

  private func isWord(after position: Int) -> Bool {
    position < end && ScalarProperties.word.contains(UTF8Scanning.scalar(text, at: position).value)
  }
}
