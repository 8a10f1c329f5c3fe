import HeedTraining
import Testing

@Suite struct FilterTests {
  @Test func rejectsForTheRightReason() {
    let filter = PairFilter(minimumLength: 2, maximumLength: 10, maximumRatio: 2)
    #expect(filter.reasonToReject(sourceCount: 0, targetCount: 5) == .empty)
    #expect(filter.reasonToReject(sourceCount: 5, targetCount: 0) == .empty)
    #expect(filter.reasonToReject(sourceCount: 1, targetCount: 2) == .tooShort)
    #expect(filter.reasonToReject(sourceCount: 2, targetCount: 2) == nil)
    #expect(filter.reasonToReject(sourceCount: 11, targetCount: 9) == .tooLong)
    // The end of sentence counts on the target's side: nine tokens are ten in the batch.
    #expect(filter.reasonToReject(sourceCount: 10, targetCount: 9) == nil)
    #expect(filter.reasonToReject(sourceCount: 10, targetCount: 10) == .tooLong)
    #expect(filter.reasonToReject(sourceCount: 3, targetCount: 6) == nil)
    #expect(filter.reasonToReject(sourceCount: 3, targetCount: 7) == .ratio)
    #expect(filter.reasonToReject(sourceCount: 7, targetCount: 3) == .ratio)
    #expect(PairFilter(maximumRatio: 0).reasonToReject(sourceCount: 1, targetCount: 200) == nil)
  }

  @Test func countsEveryPairOnce() throws {
    let scratch = try ScratchDirectory()
    let overlong = String(repeating: "x", count: 200)
    let source = try scratch.write("s", "a b\n \nc\na a a a a a\nd e\n\(overlong)\n")
    let target = try scratch.write("t", "A B\nB\n\u{3000}\nA\nd d d d d d d d d d d\nx\n")
    let corpus = ParallelCorpus(
      .plain(source: source, target: target), maximumLineLength: 100, overlongLines: .skip)
    func tokens(_ text: String) -> [Int32] { text.split(separator: " ").map { Int32($0.utf8.count) } }
    let (store, report) = try PairStore.load(
      corpus, filter: PairFilter(maximumLength: 8, maximumRatio: 4), encodeSource: tokens,
      encodeTarget: tokens)
    #expect(store.count == 1)
    #expect(store[0] == EncodedPair(source: [1, 1], target: [1, 1]))
    #expect(report.keptCount == 1)
    #expect(report.rejectedCount(.empty) == 2)
    #expect(report.rejectedCount(.ratio) == 1)
    #expect(report.rejectedCount(.tooLong) == 1)
    #expect(report.rejectedCount(.overlongLine) == 1)
    let summary =
      "1 of 6 pairs; left out: 2 with an empty side, 1 too long, 1 out of proportion, 1 on an overlong line"
    #expect(report.summary == summary)
  }
}
