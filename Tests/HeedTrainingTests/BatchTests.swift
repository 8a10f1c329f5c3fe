import HeedTensor
import HeedTraining
import Testing

/// Pairs of random lengths, whose first source token is the pair's position.
private func randomStore(count: Int, maximumLength: Int, seed: UInt64) -> PairStore {
  var random = SplitMix64(seed: seed)
  var store = PairStore()
  for index in 0..<count {
    let sourceLength = 1 + Int(random.next(below: UInt64(maximumLength)))
    let targetLength = Int(random.next(below: UInt64(maximumLength)))
    store.append(
      source: [Int32(index)] + [Int32](repeating: 7, count: sourceLength - 1),
      target: (0..<targetLength).map { Int32(100 + $0) })
  }
  return store
}

@Suite struct BatchTests {
  @Test(arguments: UInt64(0)..<8, [1, 17, 400, 5000])
  func eachPairStandsInOneBatchOfAnEpoch(_ seed: UInt64, _ chunkSize: Int) throws {
    let store = randomStore(count: 997, maximumLength: 30, seed: seed)
    let schedule = try BatchSchedule(store.exampleSizes, tokenBudget: 128, seed: seed, chunkSize: chunkSize)
    for epoch in 0..<3 {
      let batches = schedule.batches(ofEpoch: epoch)
      let all = (0..<batches.count).flatMap { batches[$0] }
      #expect(all.sorted() == Array(0..<997))
      for index in 0..<batches.count {
        let pairs = batches[index]
        #expect(!pairs.isEmpty)
        #expect(pairs.reduce(0) { $0 + store.sourceLength($1) } <= 128)
        #expect(pairs.reduce(0) { $0 + store.targetLength($1) } <= 128)
      }
    }
  }

  @Test func orderDependsOnSeedAndEpochAlone() throws {
    let store = randomStore(count: 500, maximumLength: 30, seed: 1)
    func order(_ seed: UInt64, _ epoch: Int) throws -> [[Int]] {
      let batches = try BatchSchedule(store.exampleSizes, tokenBudget: 100, seed: seed).batches(
        ofEpoch: epoch)
      return (0..<batches.count).map { batches[$0] }
    }
    #expect(try order(1, 0) == order(1, 0))
    #expect(try order(1, 0) != order(1, 1))
    #expect(try order(1, 0) != order(2, 0))
    // Batches themselves differ between epochs, not only their order.
    let first = Set(try order(1, 0).map { Set($0) })
    #expect(first.intersection(try order(1, 1).map { Set($0) }).count < 20)
  }

  /// The order is part of what makes a run repeatable: it must be the same on every system and release.
  /// The expected one was worked out by a separate program.
  @Test func orderIsTheOneItHasAlwaysBeen() throws {
    let store = randomStore(count: 12, maximumLength: 5, seed: 3)
    let batches = try BatchSchedule(store.exampleSizes, tokenBudget: 10, seed: 42).batches(ofEpoch: 2)
    let expected = [[10], [7, 1, 0], [8, 6, 9, 2], [5, 11], [4, 3]]
    #expect((0..<batches.count).map { batches[$0] } == expected)
  }

  @Test func batchesAreFullAndOfSimilarLength() throws {
    let store = randomStore(count: 20_000, maximumLength: 60, seed: 5)
    let schedule = try BatchSchedule(store.exampleSizes, tokenBudget: 2048, seed: 9)
    let batches = schedule.batches(ofEpoch: 0)
    var fill = 0.0
    var spread = 0.0
    for index in 0..<batches.count {
      let pairs = batches[index]
      let source = pairs.reduce(0) { $0 + store.sourceLength($1) }
      let target = pairs.reduce(0) { $0 + store.targetLength($1) }
      fill += Double(max(source, target)) / 2048
      let lengths = pairs.map { max(store.sourceLength($0), store.targetLength($0)) }
      spread += Double((lengths.max() ?? 0) - (lengths.min() ?? 0))
    }
    #expect(fill / Double(batches.count) > 0.95)
    #expect(spread / Double(batches.count) < 2)
    // Lengths come in no order: the first half of the batches holds half of the pairs, roughly.
    let first = (0..<batches.count / 2).reduce(0) { $0 + batches[$1].count }
    #expect(first > 7_000 && first < 13_000)
  }

  @Test func cursorResumesAnywhere() throws {
    let store = randomStore(count: 200, maximumLength: 20, seed: 6)
    let schedule = try BatchSchedule(store.exampleSizes, tokenBudget: 64, seed: 10)
    var cursor = BatchCursor(schedule)
    var positions: [BatchPosition] = []
    var batches: [[Int]] = []
    let epochLength = cursor.batchCount
    for _ in 0..<(epochLength * 2 + 5) {
      positions.append(cursor.position)
      batches.append(cursor.next())
    }
    #expect(positions[epochLength] == BatchPosition(epoch: 1, batchIndex: 0))
    for place in stride(from: 0, to: batches.count, by: 3) {
      var resumed = BatchCursor(schedule, from: positions[place])
      #expect(batches[place...].prefix(8).allSatisfy { $0 == resumed.next() })
    }
    #expect(BatchCursor(schedule, from: BatchPosition(epoch: 0, batchIndex: 1_000_000)).position.epoch == 1)
  }

  @Test func refusesWhatCannotBeBatched() throws {
    #expect(throws: BatchScheduleError.noExamples) {
      _ = try BatchSchedule([], tokenBudget: 8, seed: 0)
    }
    let store = PairStore([
      EncodedPair(source: [1], target: [1]), EncodedPair(source: [1], target: [2, 3, 4]),
    ])
    #expect(throws: BatchScheduleError.exampleOverBudget(example: 1, length: 4, budget: 3)) {
      _ = try BatchSchedule(store.exampleSizes, tokenBudget: 3, seed: 0)
    }
    #expect(try BatchSchedule(store.exampleSizes, tokenBudget: 4, seed: 0).batches(ofEpoch: 0).count == 2)
  }

  @Test func layoutHasNoPadding() {
    let store = PairStore([
      EncodedPair(source: [10, 11, 2], target: [20]), EncodedPair(source: [12, 2], target: []),
      EncodedPair(source: [13, 2], target: [21, 22]),
    ])
    let batch = RaggedBatch(store, [2, 0, 1], startToken: 0, endToken: 2)
    #expect(batch.sourceIDs == [13, 2, 10, 11, 2, 12, 2])
    #expect(batch.sourceOffsets == [0, 2, 5, 7])
    #expect(batch.targetInputIDs == [0, 21, 22, 0, 20, 0])
    #expect(batch.labels == [21, 22, 2, 20, 2, 2])
    #expect(batch.targetOffsets == [0, 3, 5, 6])
    #expect(batch.labelCount == 6)
    #expect(batch.pairCount == 3)
  }

  /// The first outputs for seed 1234567, as published with Vigna's reference implementation.
  @Test func generatorMatchesTheReference() {
    var random = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in random.next() } == expected)
  }

  @Test func boundedNumbersAreUniform() {
    var random = SplitMix64(seed: 11)
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[Int(random.next(below: 6))] += 1 }
    // Five standard deviations of a binomial count are 456.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 456 })
  }
}
