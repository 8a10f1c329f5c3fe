import HeedComparison
import HeedTensor
import Testing

@Suite struct RecallTaskTests {
  private static let lengths = [8, 9, 16, 33, 512]

  @Test(arguments: lengths) func copiesEqualTheirSource(_ length: Int) {
    for sequence in RecallData(.copying, seed: 3).test(count: 20, length: length) {
      #expect(sequence.target.count == length)
      #expect(sequence.source == sequence.target + [RecallVocabulary.end])
      #expect(sequence.target.allSatisfy(RecallVocabulary.symbols.contains))
      #expect(sequence.origin == length - 1 && sequence.lastInput == length - 1)
    }
  }

  @Test(arguments: lengths) func queriesHaveOneAnswerAtTheirDistance(_ length: Int) {
    var asked: Set<Int> = []
    for sequence in RecallData(.recall, seed: 4).test(count: 60, length: length) {
      let source = sequence.source
      #expect(source.last == RecallVocabulary.end)
      let query = source[sequence.lastInput]
      #expect(RecallVocabulary.keys.contains(query))
      // The key stands in two places: where its value follows, and where it is asked for.
      let places = source.indices.filter { source[$0] == query }
      #expect(places == [sequence.origin, sequence.lastInput])
      #expect(sequence.lastInput - sequence.origin == length)
      #expect(sequence.target == [source[sequence.origin + 1]])
      let pairs = source.prefix(2 * RecallSequence.pairCount)
      let keys = Set(pairs.indices.filter { $0.isMultiple(of: 2) }.map { source[$0] })
      let values = Set(pairs.indices.filter { !$0.isMultiple(of: 2) }.map { source[$0] })
      #expect(keys.count == RecallSequence.pairCount && values.count == RecallSequence.pairCount)
      #expect(keys.allSatisfy(RecallVocabulary.keys.contains))
      #expect(values.allSatisfy(RecallVocabulary.values.contains))
      #expect(
        source[pairs.endIndex..<sequence.lastInput].allSatisfy(RecallVocabulary.fillers.contains))
      asked.insert(sequence.origin / 2)
    }
    // Each pair is asked for, so that no place gives the answer away.
    #expect(asked == Set(0..<RecallSequence.pairCount))
  }

  @Test(arguments: RecallTask.allCases) func sequencesFollowFromTheSeed(_ task: RecallTask) {
    let data = RecallData(task, seed: 5)
    #expect(data.training(count: 30, lengths: 8...40) == data.training(count: 30, lengths: 8...40))
    #expect(
      data.training(count: 30, lengths: 8...40) == Array(data.training(count: 50, lengths: 8...40).prefix(30))
    )
    #expect(data.training(count: 9, lengths: 8...40) != data.validation(count: 9, lengths: 8...40))
    #expect(data.test(count: 9, length: 16) != data.gradient(count: 9, length: 16))
    #expect(data.test(count: 9, length: 16) != RecallData(task, seed: 6).test(count: 9, length: 16))
  }

  @Test func gradientsAskForTheFirstPair() {
    #expect(RecallData(.recall, seed: 1).gradient(count: 20, length: 30).allSatisfy { $0.origin == 0 })
  }

  @Test func lengthsAreHalvedDownToTheShortest() {
    #expect(RecallData.octaves(of: 8...64) == [33...64, 17...32, 8...16])
    #expect(RecallData.octaves(of: 8...8) == [8...8])
    #expect(RecallData.octaves(of: 8...31) == [8...31])
    #expect(RecallData.octaves(of: 8...32) == [17...32, 8...16])
    for upper in 8...200 {
      let octaves = RecallData.octaves(of: 8...upper)
      #expect(octaves.flatMap { Array($0) }.sorted() == Array(8...upper))
    }
    let lengths = RecallData(.copying, seed: 1).training(count: 900, lengths: 8...64).map(\.target.count)
    #expect(lengths.min() == 8 && lengths.max() == 64)
    for octave in RecallData.octaves(of: 8...64) {
      // A third of 900, within four standard deviations.
      #expect(abs(lengths.count(where: octave.contains) - 300) < 57)
    }
  }

  @Test func accuracyCountsPlacesAndWholes() {
    var generator = SplitMix64(seed: 1)
    let sequences = (0..<4).map { _ in RecallSequence(.copying, length: 8, &generator) }
    let end = RecallVocabulary.end
    var wrong = sequences[1].target
    wrong[3] = wrong[3] == 3 ? 4 : 3
    let written = [
      sequences[0].target + [end], wrong + [end], sequences[2].target,
      Array(sequences[3].target.prefix(2)) + [end],
    ]
    let found = RecallAccuracy(length: 8, sequences, written: written)
    // The third has all of its tokens and no end; of the fourth six were never written (and its end stands in place of a
    // symbol).
    #expect(found.token == Double(8 + 7 + 8 + 2) / 32)
    #expect(found.sequence == 0.25)
    #expect(found.sequenceCount == 4 && found.length == 8)
  }
}
