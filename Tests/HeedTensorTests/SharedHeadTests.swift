import Foundation
import HeedTensor
import TestSupport
import Testing

/// Attention with fewer heads of keys and values, with relative biases, and step by step from a cache.
@Suite struct SharedHeadTests {
  let ranges = [0..<70, 70..<71, 71..<130]
  /// Four heads of queries, two of keys and of values, of five columns.
  let x = normalValues([130, 40], seed: 71)
  /// For the distances −69 ... 69.
  let bias = RelativeBias(values: normalValues([4, 139], seed: 72), firstDistance: -69)

  func layout(_ ranges: [Range<Int>], isCausal: Bool) -> AttentionLayout {
    AttentionLayout(
      queryRanges: ranges, keyRanges: ranges, headCount: 4, keyValueHeadCount: 2, headSize: 5,
      isCausal: isCausal)
  }

  func attend(_ x: Tensor, _ ranges: [Range<Int>], isCausal: Bool, bias: RelativeBias? = nil) -> Tensor {
    attention(
      queries: x.columns(from: 0), keys: x.columns(from: 20), values: x.columns(from: 30),
      layout(ranges, isCausal: isCausal), scale: 0.4, bias: bias)
  }

  /// Groups are heads that have copies of the same keys and values.
  @Test(arguments: [false, true])
  func groupsEqualCopiedHeads(_ isCausal: Bool) {
    let copied = (0..<130).flatMap { row -> [Float] in
      let values = x.scalars[row * 40..<row * 40 + 40].map { $0 }
      let heads = (0..<8).map { Array(values[$0 * 5..<$0 * 5 + 5]) }
      return [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7].flatMap { heads[$0] }
    }
    let wide = Tensor(copied, [130, 60])
    let expected = attention(
      queries: wide.columns(from: 0), keys: wide.columns(from: 20), values: wide.columns(from: 40),
      AttentionLayout(
        queryRanges: ranges, keyRanges: ranges, headCount: 4, headSize: 5, isCausal: isCausal),
      scale: 0.4, bias: bias)
    #expect(sameBits(attend(x, ranges, isCausal: isCausal, bias: bias), expected))
  }

  @Test(arguments: [false, true])
  func biasesFollowTheFormula(_ isCausal: Bool) {
    let found = attend(x, ranges, isCausal: isCausal, bias: bias).scalars
    let (values, table) = (x.scalars, bias.values.scalars)
    var expected: [Float] = []
    var weights: [[Float]] = []  // of the third sequence's last head
    for range in ranges {
      for query in range {
        for head in 0..<4 {
          let keyColumn = head / 2 * 5
          let keys = isCausal ? range.lowerBound..<query + 1 : range
          let scores = keys.map { key -> Double in
            let product = (0..<5).reduce(0.0) {
              $0 + Double(values[query * 40 + head * 5 + $1]) * Double(values[key * 40 + 20 + keyColumn + $1])
            }
            return 0.4 * product + Double(table[head * 139 + key - query + 69])
          }
          let exponentials = scores.map { exp($0) }
          let sum = exponentials.reduce(0, +)
          for column in 0..<5 {
            let total = zip(keys, exponentials).reduce(0.0) {
              $0 + $1.1 * Double(values[$1.0 * 40 + 30 + keyColumn + column])
            }
            expected.append(Float(total / sum))
          }
          if range.lowerBound == 71 && head == 3 {
            weights.append(
              exponentials.map { Float($0 / sum) } + [Float](repeating: 0, count: range.count - keys.count))
          }
        }
      }
    }
    expectClose(found, expected, absolute: 1e-5, "biased attention")
    let shown = attentionWeights(
      queries: x.columns(from: 0), keys: x.columns(from: 20), layout(ranges, isCausal: isCausal), scale: 0.4,
      bias: bias, sequence: 2, head: 3)
    expectClose(shown.scalars, Array(weights.joined()), absolute: 1e-5, "weights")
  }

  /// A sequence alone gives the same bits, and so does its causal beginning.
  @Test func sequencesAreAlone() {
    for isCausal in [false, true] {
      let whole = attend(x, ranges, isCausal: isCausal, bias: bias)
      for range in ranges {
        let alone = attend(
          x.rowsWithoutGradient(range), [0..<range.count], isCausal: isCausal, bias: bias)
        #expect(sameBits(alone, whole.rowsWithoutGradient(range)), "\(range) causal \(isCausal)")
      }
      guard isCausal else { continue }
      let beginning = attend(x.rowsWithoutGradient(0..<33), [0..<33], isCausal: true, bias: bias)
      #expect(sameBits(beginning, whole.rowsWithoutGradient(0..<33)))
    }
  }

  @Test func aBiasMustHoldAllDistances() async {
    await #expect(processExitsWith: .failure) {
      let x = normalValues([4, 6], seed: 1)
      let layout = AttentionLayout(
        queryRanges: [0..<4], keyRanges: [0..<4], headCount: 1, headSize: 2, isCausal: false)
      _ = attention(
        queries: x.columns(from: 0), keys: x.columns(from: 2), values: x.columns(from: 4), layout, scale: 1,
        bias: RelativeBias(values: Tensor(zeros: [1, 6]), firstDistance: -3))
    }
  }

  // MARK: The cache

  /// Three prompts, stored at once, whose rows are then attended to again: as if they had been decoded token by token.
  @Test(arguments: [false, true])
  func theCacheGivesWhatTheSequenceGives(_ hasBias: Bool) {
    let bias = hasBias ? bias : nil
    let expected = attend(x, ranges, isCausal: true, bias: bias)
    let cache = Tensor(zeros: [140, 20])
    // Slots in another order than tokens, the last token of each sequence left for the step.
    let slots = (0..<130).map { Int32(($0 * 37 + 5) % 140) }
    for range in ranges {
      let prompt = range.dropLast()
      cache.storeInCache(
        x.rowsWithoutGradient(prompt.startIndex..<prompt.endIndex), slots: Array(slots[prompt]), headCount: 4,
        keyValueHeadCount: 2, headSize: 5)
    }
    let last = ranges.map { $0.upperBound - 1 }
    let newest = Tensor(last.flatMap { x.scalars[$0 * 40..<$0 * 40 + 40] }, [3, 40])
    let histories = ranges.flatMap { slots[$0] }
    let offsets = ranges.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    let found = cache.attendGathered(
      newest, slots: histories, offsets: offsets, headCount: 4, keyValueHeadCount: 2, headSize: 5, scale: 0.4,
      bias: bias)
    let wanted = last.flatMap { expected.scalars[$0 * 20..<$0 * 20 + 20] }
    expectClose(found.scalars, wanted, absolute: 1e-5, "cached step")
    // One row of them alone gives the same bits.
    let alone = cache.attendGathered(
      newest.rowsWithoutGradient(2..<3), slots: Array(slots[ranges[2]]), offsets: [0, ranges[2].count],
      headCount: 4, keyValueHeadCount: 2, headSize: 5, scale: 0.4, bias: bias)
    #expect(sameBits(alone, found.rowsWithoutGradient(2..<3)))
  }

  /// A chunk of new tokens of one sequence: each sees those before it.
  @Test func aChunkSeesItsOwnBeginning() {
    let expected = attend(x, ranges, isCausal: true, bias: bias)
    let cache = Tensor(zeros: [70, 20])
    let slots = (0..<70).map { Int32($0) }
    cache.storeInCache(
      x.rowsWithoutGradient(0..<60), slots: Array(slots[..<60]), headCount: 4, keyValueHeadCount: 2,
      headSize: 5)
    let histories = (60..<70).flatMap { slots[...$0] }
    let offsets = (60..<70).reduce(into: [0]) { $0.append($0[$0.count - 1] + $1 + 1) }
    let found = cache.attendGathered(
      x.rowsWithoutGradient(60..<70), slots: histories, offsets: offsets, headCount: 4, keyValueHeadCount: 2,
      headSize: 5, scale: 0.4, bias: bias)
    expectClose(found, expected.rowsWithoutGradient(60..<70), absolute: 1e-5, "chunk")
  }

  /// What the attention of whole sequences gives, with several queries for a range, and alone the same bits.
  @Test func aStepAttendsToItsSource() {
    let memory = Tensor(
      (0..<130).flatMap { x.scalars[$0 * 40 + 20..<$0 * 40 + 40] }, [130, 20])
    let queries = Tensor((0..<5).flatMap { x.scalars[$0 * 40..<$0 * 40 + 20] }, [5, 20])
    let sources = [0, 0, 2, 1, 2].map { ranges[$0] }
    let layout = AttentionLayout(
      queryRanges: (0..<5).map { $0..<$0 + 1 }, keyRanges: sources, headCount: 4, keyValueHeadCount: 2,
      headSize: 5, isCausal: false)
    let expected = attention(
      queries: queries.columns(from: 0), keys: memory.columns(from: 0), values: memory.columns(from: 10),
      layout, scale: 0.4)
    func attend(_ queries: Tensor, _ sources: [Range<Int>]) -> Tensor {
      memory.attendRanges(queries, sources, headCount: 4, keyValueHeadCount: 2, headSize: 5, scale: 0.4)
    }
    let found = attend(queries, sources)
    expectClose(found, expected, absolute: 1e-5, "step")
    for row in 0..<5 {
      let alone = attend(queries.rowsWithoutGradient(row..<row + 1), [sources[row]])
      #expect(sameBits(alone, found.rowsWithoutGradient(row..<row + 1)), "row \(row)")
    }
    #expect(attend(queries.rowsWithoutGradient(0..<1), [7..<7]).scalars.allSatisfy { $0 == 0 })
  }
}
