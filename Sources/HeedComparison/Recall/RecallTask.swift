import HeedTensor
import HeedTraining

/// Work on generated sequences that cannot be done without what stood far back.
package enum RecallTask: String, Codable, CaseIterable, Sendable {
  /// A sequence of symbols is written again behind a delimiter: everything has to be kept, over its own length.
  case copying
  /// Pairs of a key and a value come first, then symbols without meaning, then one of the keys, whose value is asked: little
  /// has to be kept, over the distance. The decoder reads the key, so that no encoder knows what will be asked.
  case recall

  /// What it is called in a report.
  package var title: String {
    switch self {
    case .copying: "copying"
    case .recall: "associative recall"
    }
  }

  /// The share of symbols that are right by chance, for one who knows the task and remembers nothing of what stood where:
  /// any symbol of a copy, any of the values that were there.
  package var chance: Double {
    switch self {
    case .copying: 1 / Double(RecallVocabulary.symbols.count)
    case .recall: 1 / Double(RecallSequence.pairCount)
    }
  }
}

extension RecallTask {
  /// The loss for each label, in nats, that nobody who learns the task can go below: of the keys that a lesson holds in some
  /// order, the first is one of all, the next one of those that are left, and so on.
  package var leastLoss: Double {
    switch self {
    case .copying: return 0
    case .recall:
      let count = RecallSequence.pairCount
      let orders = (1...count).reduce(0.0) { $0 + Double.logarithm(Double($1)) }
      // Keys, values, and the end.
      return orders / Double(2 * count + 1)
    }
  }
}

/// The tokens of generated sequences, the same for both tasks.
package enum RecallVocabulary {
  /// What the decoder reads first.
  package static let start: Int32 = 1
  /// What ends sequences, and stands between a sequence and its copy.
  package static let end: Int32 = 2
  /// What copies are made of.
  package static let symbols: Range<Int32> = 3..<19
  /// The keys of pairs.
  package static let keys: Range<Int32> = 19..<27
  /// The values of pairs.
  package static let values: Range<Int32> = 27..<35
  /// What stands between pairs and query.
  package static let fillers: Range<Int32> = 35..<43
  /// How many tokens there are, with those that begin, fill and end sequences.
  package static let size = 43
}

/// A generated sequence and what has to be made of it.
package struct RecallSequence: Sendable, Hashable {
  /// What the encoder reads; of a copy with the delimiter at its end.
  package let source: [Int32]
  /// What the decoder is given: nothing of a copy, the key that is asked for.
  package let given: [Int32]
  /// What has to be written then, without the end of sequence: the copy, the value.
  package let answer: [Int32]
  /// What the decoder learns to write, without the end of sequence: the copy; all keys in some order, each with its value
  /// behind it. Which key comes next cannot be known, and costs every model the same.
  package let lesson: [Int32]
  /// The place in the source of what the last token of the answer depends on: the symbol that it copies, the key that was
  /// asked for.
  package let origin: Int

  /// How many pairs of key and value come before a query.
  package static let pairCount = 4
  /// The shortest length: pairs that fill all of the distance to the query.
  package static let shortest = 2 * pairCount

  /// The place of the last token of the source before a delimiter.
  package var lastInput: Int { source.last == RecallVocabulary.end ? source.count - 2 : source.count - 1 }

  /// A sequence.
  ///
  /// - Parameters:
  ///   - task: What is to be made of it.
  ///   - length: For a copy the number of symbols; for a query the places from the key of the asked pair to its second
  ///     appearance, were that to follow the source at once.
  ///   - asked: The pair that is asked for, counted from 0; nil draws one. It has no meaning for a copy.
  ///   - generator: What all choices are drawn from.
  /// - Precondition: The length is `shortest` at least.
  package init(_ task: RecallTask, length: Int, asked: Int? = nil, _ generator: inout SplitMix64) {
    precondition(length >= Self.shortest, "a sequence of length \(length) is shorter than \(Self.shortest)")
    switch task {
    case .copying:
      answer = (0..<length).map { _ in Self.draw(RecallVocabulary.symbols, &generator) }
      source = answer + [RecallVocabulary.end]
      given = []
      lesson = answer
      origin = length - 1
    case .recall:
      let asked = asked ?? generator.next(below: Self.pairCount)
      precondition((0..<Self.pairCount).contains(asked), "there is no pair \(asked)")
      var keys = Array(RecallVocabulary.keys)
      var values = Array(RecallVocabulary.values)
      // All keys differ, so that there is one answer; all values differ, so that only the key tells which it is.
      generator.shuffle(&keys)
      generator.shuffle(&values)
      let pairs = (0..<Self.pairCount).map { [keys[$0], values[$0]] }
      var tokens = pairs.flatMap { $0 }
      // Later pairs are closer to what follows: as many more fillers make the distance the same for all.
      while tokens.count < 2 * asked + length {
        tokens.append(Self.draw(RecallVocabulary.fillers, &generator))
      }
      source = tokens
      given = [keys[asked]]
      answer = [values[asked]]
      var order = pairs
      generator.shuffle(&order)
      lesson = order.flatMap { $0 }
      origin = 2 * asked
    }
  }

  private static func draw(_ tokens: Range<Int32>, _ generator: inout SplitMix64) -> Int32 {
    tokens.lowerBound + Int32(generator.next(below: tokens.count))
  }
}

/// Where the sequences of a seed come from: for each use a stream of its own, so that none depends on how many others were
/// drawn.
package struct RecallData: Sendable {
  /// What sequences are for.
  package let task: RecallTask
  /// What all choices follow from.
  package let seed: UInt64

  /// The data of a task.
  package init(_ task: RecallTask, seed: UInt64) {
    self.task = task
    self.seed = seed
  }

  /// What sequences are drawn for.
  private enum Use: UInt64 {
    case training = 1
    case validation, test, gradient
  }

  /// Sequences to learn from. Their lengths are drawn from a range, each halving of it as often as the others, so that there
  /// are as many short ones as long ones.
  package func training(count: Int, lengths: ClosedRange<Int>) -> [RecallSequence] {
    mixed(.training, count: count, lengths: lengths)
  }

  /// The same, to tell how far learning has come.
  package func validation(count: Int, lengths: ClosedRange<Int>) -> [RecallSequence] {
    mixed(.validation, count: count, lengths: lengths)
  }

  /// Sequences of one length, to be judged by.
  package func test(count: Int, length: Int) -> [RecallSequence] {
    var generator = generator(.test, length)
    return (0..<count).map { _ in RecallSequence(task, length: length, &generator) }
  }

  /// Sequences of one length for gradients: of pairs the first is asked for, so that the first token of all matters.
  package func gradient(count: Int, length: Int) -> [RecallSequence] {
    var generator = generator(.gradient, length)
    return (0..<count).map { _ in RecallSequence(task, length: length, asked: 0, &generator) }
  }

  private func mixed(_ use: Use, count: Int, lengths: ClosedRange<Int>) -> [RecallSequence] {
    var generator = generator(use, 0)
    let octaves = Self.octaves(of: lengths)
    return (0..<count).map { _ in
      let octave = octaves[generator.next(below: octaves.count)]
      let length = octave.lowerBound + generator.next(below: octave.count)
      return RecallSequence(task, length: length, &generator)
    }
  }

  /// The upper half of a range of lengths, the upper half of what is left, and so on; the last is what cannot be halved.
  package static func octaves(of lengths: ClosedRange<Int>) -> [ClosedRange<Int>] {
    var found: [ClosedRange<Int>] = []
    var upper = lengths.upperBound
    while upper / 2 >= 2 * lengths.lowerBound {
      found.append(upper / 2 + 1...upper)
      upper /= 2
    }
    return found + [lengths.lowerBound...upper]
  }

  private func generator(_ use: Use, _ length: Int) -> SplitMix64 {
    let number = UInt64(RecallTask.allCases.firstIndex(of: task) ?? 0) << 8 | use.rawValue
    return SplitMix64(seed: seed, stream: number << 32 | UInt64(length))
  }
}

extension PairStore {
  /// The store of generated sequences.
  init(_ sequences: [RecallSequence]) {
    self.init(sequences.map { EncodedPair(source: $0.source, target: $0.lesson) })
  }
}
