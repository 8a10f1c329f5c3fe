/// Turns an expression into a program.
struct PatternCompiler {
  private var program = PatternProgram()
  private var setNumbers: [ScalarSet: Int32] = [:]

  static let instructionLimit = 20_000
  /// So that the page numbers of all sets fit.
  static let setLimit = 60

  static func compile(_ node: PatternNode) throws(PatternProblem) -> PatternProgram {
    var compiler = PatternCompiler()
    var branches = [node]
    if case .alternation(let parts) = node, parts.count <= 64 { branches = parts }
    for branch in branches {
      compiler.program.alternatives.append(compiler.next)
      try compiler.emit(branch, before: .empty)
      try compiler.append(.match)
    }
    compiler.program.viable = viable(branches)
    return compiler.program
  }

  /// For each first byte, and for the end of the text, the alternatives that may match.
  private static func viable(_ branches: [PatternNode]) -> [UInt64] {
    var result = [UInt64](repeating: 0, count: 257)
    for (position, branch) in branches.enumerated() {
      let bit = UInt64(1) << UInt64(position)
      let first = branch.firstSet
      let beyond = first.ranges.last.map { $0.upperBound >= 0x80 } ?? false
      for byte in 0..<256 {
        let mayBegin = byte < 0x80 ? first.contains(UInt32(byte)) : beyond
        if mayBegin || branch.isNullable { result[byte] |= bit }
      }
      if branch.isNullable { result[256] |= bit }
    }
    return result
  }

  private var next: Int32 { Int32(truncatingIfNeeded: program.instructions.count) }

  private mutating func append(
    _ operation: PatternProgram.Operation, _ first: Int32 = 0, _ second: Int32 = 0, _ third: Int32 = 0
  ) throws(PatternProblem) {
    guard program.instructions.count < Self.instructionLimit else {
      throw PatternProblem(message: "its repetitions make it too large")
    }
    program.instructions.append(
      PatternProgram.Instruction(operation: operation, first: first, second: second, third: third))
  }

  private mutating func number(_ set: ScalarSet) throws(PatternProblem) -> Int32 {
    if let number = setNumbers[set] { return number }
    guard setNumbers.count < Self.setLimit else {
      throw PatternProblem(message: "it has too many different classes")
    }
    let number = program.add(set)
    setNumbers[set] = number
    return number
  }

  /// Appends the instructions of a node. `before` holds the scalars with which what comes after it may begin, all of
  /// them if it may fail without consuming one.
  private mutating func emit(_ node: PatternNode, before: ScalarSet) throws(PatternProblem) {
    switch node {
    case .empty: break
    case .set(let set):
      if set.ranges.count == 1, set.ranges[0].count == 1, set.ranges[0].lowerBound < 0x80 {
        try append(.byte, Int32(truncatingIfNeeded: set.ranges[0].lowerBound))
      } else {
        try append(.set, number(set))
      }
    case .sequence(let parts):
      var after = [before]
      for part in parts.reversed().dropLast() {
        after.append(part.isNullable ? part.firstSet.union(after[after.count - 1]) : part.firstSet)
      }
      for (part, before) in zip(parts, after.reversed()) { try emit(part, before: before) }
    case .alternation(let parts): try emitAlternation(parts, before: before)
    case .repetition(let body, let minimum, let maximum, let greed):
      try emitRepetition(body, minimum, maximum, greed, before: before)
    case .look(let body, let isBehind, let isNegated):
      let start = Int(next)
      let length = isBehind ? body.fixedLength ?? 0 : 0
      try append(isBehind ? .lookBehind : .lookAhead, 0, isNegated ? 1 : 0, Int32(truncatingIfNeeded: length))
      try emit(body, before: .empty)
      try append(.match)
      program.instructions[start].first = next
    case .atomic(let body):
      let start = Int(next)
      try append(.atomic)
      try emit(body, before: .empty)
      try append(.match)
      program.instructions[start].first = next
    case .anchor(let anchor): try append(.anchor, anchor.rawValue)
    }
  }

  private mutating func emitAlternation(_ parts: [PatternNode], before: ScalarSet) throws(PatternProblem) {
    var ends: [Int] = []
    for (position, part) in parts.enumerated() {
      guard position < parts.count - 1 else {
        try emit(part, before: before)
        break
      }
      let split = Int(next)
      try append(.split, next + 1)
      try emit(part, before: before)
      ends.append(Int(next))
      try append(.jump)
      program.instructions[split].second = next
    }
    for end in ends { program.instructions[end].first = next }
  }

  private mutating func emitRepetition(
    _ body: PatternNode, _ minimum: Int, _ maximum: Int?, _ greed: PatternNode.Greed, before: ScalarSet
  ) throws(PatternProblem) {
    if maximum == 0 { return }
    if case .set(let set) = body {
      // What nothing after it can use, a repetition never has to give back.
      let takesAll = greed == .possessive || greed == .greedy && set.isDisjoint(with: before)
      let limit = maximum.map { Int32(truncatingIfNeeded: $0) } ?? .max
      try append(
        takesAll ? .takeSet : greed == .lazy ? .takeSetLazily : .takeSetGreedily, number(set),
        Int32(truncatingIfNeeded: minimum), limit)
      return
    }
    if greed == .possessive {
      return try emit(
        .atomic(.repetition(body, minimum: minimum, maximum: maximum, .greedy)), before: before)
    }
    let around = before.union(body.firstSet).union(body.isNullable ? .all : .empty)
    for _ in 0..<minimum { try emit(body, before: around) }
    if let maximum {
      var splits: [Int] = []
      for _ in minimum..<maximum {
        splits.append(Int(next))
        try append(.split)
        try emit(body, before: around)
      }
      for split in splits { set(split, inner: Int32(truncatingIfNeeded: split) + 1, outer: next, greed) }
      return
    }
    let split = Int(next)
    try append(.split)
    let register = Int32(truncatingIfNeeded: program.registerCount)
    if body.isNullable {
      program.registerCount += 1
      try append(.mark, register)
    }
    try emit(body, before: around)
    let leave = Int(next)
    if body.isNullable { try append(.leaveIfStill, register) }
    try append(.jump, Int32(truncatingIfNeeded: split))
    if body.isNullable { program.instructions[leave].second = next }
    set(split, inner: Int32(truncatingIfNeeded: split) + 1, outer: next, greed)
  }

  private mutating func set(_ split: Int, inner: Int32, outer: Int32, _ greed: PatternNode.Greed) {
    program.instructions[split].first = greed == .lazy ? outer : inner
    program.instructions[split].second = greed == .lazy ? inner : outer
  }
}
