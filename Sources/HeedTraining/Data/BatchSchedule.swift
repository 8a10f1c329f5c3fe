import HeedTensor

/// An example, or all of them, from which no batch can be made.
public enum BatchScheduleError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is no example at all.
  case noExamples
  /// There are more examples than a schedule can count.
  case tooManyExamples(Int)
  /// An example alone is larger than a batch may be.
  case exampleOverBudget(example: Int, length: Int, budget: Int)

  /// One sentence for standard error.
  public var description: String {
    switch self {
    case .noExamples: "There is nothing to make batches of; all examples were left out, or none were read."
    case .tooManyExamples(let count):
      "\(count) examples are more than the 4294967295 that a schedule can order."
    case .exampleOverBudget(let example, let length, let budget):
      "Example \(example) has \(length) tokens and a batch may have \(budget); "
        + "raise training.batch_tokens or lower data.max_length."
    }
  }
}

/// A place in the order of the training data: the batch that comes next.
public struct BatchPosition: Sendable, Hashable, Codable {
  /// The pass over the data, from 0.
  public var epoch: Int
  /// The batch in that pass, from 0.
  public var batchIndex: Int

  /// Creates a position; the start of the data unless told otherwise.
  public init(epoch: Int = 0, batchIndex: Int = 0) {
    self.epoch = epoch
    self.batchIndex = batchIndex
  }
}

/// Which examples go into which batch, for every epoch, from nothing but a seed.
///
/// An epoch's examples are shuffled, cut into large chunks, and sorted by length inside each chunk, so that the
/// sentences of a batch are of similar length while each epoch composes its batches anew. Batches are cut from
/// that order and then shuffled among themselves, so that lengths come in random order. Everything depends on
/// (seed, epoch) alone: an epoch and a batch index are enough to go on where a run has stopped.
public struct BatchSchedule: Sendable {
  /// The seed of all orders.
  public let seed: UInt64
  /// How many tokens a batch may have on its larger side.
  public let tokenBudget: Int
  /// How many examples are sorted together.
  public let chunkSize: Int
  /// Both sides of each example.
  private let sizes: [ExampleSize]

  /// Prepares the schedule of some examples.
  ///
  /// - Parameters:
  ///   - sizes: The examples; each must fit into a batch.
  ///   - tokenBudget: How many tokens a batch may have on its larger side, ends of sentence included.
  ///   - seed: The seed of all orders.
  ///   - chunkSize: How many examples are sorted together.
  /// - Throws: `BatchScheduleError` if there is no example or one is too large for a batch.
  public init(_ sizes: [ExampleSize], tokenBudget: Int, seed: UInt64, chunkSize: Int = 1 << 16)
    throws(BatchScheduleError)
  {
    precondition(tokenBudget > 0 && tokenBudget <= Int(Int32.max), "BatchSchedule: tokenBudget out of range")
    precondition(chunkSize > 0, "BatchSchedule: chunkSize must be positive")
    guard !sizes.isEmpty else { throw .noExamples }
    guard UInt32(exactly: sizes.count) != nil else { throw .tooManyExamples(sizes.count) }
    if let index = sizes.firstIndex(where: { $0.larger > tokenBudget }) {
      throw .exampleOverBudget(example: index, length: sizes[index].larger, budget: tokenBudget)
    }
    self.sizes = sizes
    self.tokenBudget = tokenBudget
    self.seed = seed
    self.chunkSize = chunkSize
  }

  /// How many examples an epoch has.
  public var exampleCount: Int { sizes.count }

  /// The batches of an epoch, in order.
  public func batches(ofEpoch epoch: Int) -> EpochBatches {
    var random = SplitMix64(seed: seed, stream: UInt64(bitPattern: Int64(epoch)))
    var order = Array(0..<UInt32(sizes.count))
    random.shuffle(&order)
    var starts: [Int] = []
    for chunkStart in stride(from: 0, to: order.count, by: chunkSize) {
      let chunk = chunkStart..<min(order.count, chunkStart + chunkSize)
      sortByLength(&order, chunk)
      cut(order, chunk, into: &starts)
    }
    starts.append(order.count)
    var batches = Array(0..<starts.count - 1)
    random.shuffle(&batches)
    return EpochBatches(examples: order, starts: starts, batches: batches)
  }

  /// Sorts a chunk by its examples' larger side; the shuffled order decides between equals.
  private func sortByLength(_ order: inout [UInt32], _ chunk: Range<Int>) {
    // One integer per pair, length above place, makes the order total and the sort fast.
    var keys = chunk.map { place in
      UInt64(sizes[Int(order[place])].larger) << 32 | UInt64(place - chunk.lowerBound)
    }
    keys.sort()
    let unsorted = Array(order[chunk])
    for (place, key) in zip(chunk, keys) { order[place] = unsorted[Int(key & 0xFFFF_FFFF)] }
  }

  private func cut(_ order: [UInt32], _ chunk: Range<Int>, into starts: inout [Int]) {
    var sourceCount = 0
    var targetCount = 0
    for place in chunk {
      let size = sizes[Int(order[place])]
      sourceCount += Int(size.source)
      targetCount += Int(size.target)
      if place == chunk.lowerBound || max(sourceCount, targetCount) > tokenBudget {
        starts.append(place)
        (sourceCount, targetCount) = (Int(size.source), Int(size.target))
      }
    }
  }
}

/// The batches of one epoch: for each, the positions of its examples.
public struct EpochBatches: Sendable {
  private let examples: [UInt32]
  private let starts: [Int]
  private let batches: [Int]

  init(examples: [UInt32], starts: [Int], batches: [Int]) {
    self.examples = examples
    self.starts = starts
    self.batches = batches
  }

  /// How many batches there are.
  public var count: Int { batches.count }

  /// The positions of a batch's examples.
  public subscript(batchIndex: Int) -> [Int] {
    let batch = batches[batchIndex]
    return examples[starts[batch]..<starts[batch + 1]].map { Int($0) }
  }
}

/// Gives batch after batch, epoch after epoch, from any position.
public struct BatchCursor: Sendable {
  /// The batch that comes next. It is the only state, so saving it is enough to resume.
  public private(set) var position: BatchPosition
  private let schedule: BatchSchedule
  private var batches: EpochBatches

  /// Starts at a position.
  ///
  /// A position at or past the end of an epoch means the start of the next one.
  public init(_ schedule: BatchSchedule, from position: BatchPosition = BatchPosition()) {
    precondition(position.epoch >= 0 && position.batchIndex >= 0, "BatchCursor: negative position")
    self.schedule = schedule
    self.position = position
    batches = schedule.batches(ofEpoch: position.epoch)
    normalize()
  }

  /// How many batches the current epoch has.
  public var batchCount: Int { batches.count }

  /// The positions of the next batch's examples; never ends.
  public mutating func next() -> [Int] {
    let batch = batches[position.batchIndex]
    position.batchIndex += 1
    normalize()
    return batch
  }

  private mutating func normalize() {
    guard position.batchIndex >= batches.count else { return }
    position = BatchPosition(epoch: position.epoch + 1, batchIndex: 0)
    batches = schedule.batches(ofEpoch: position.epoch)
  }
}
