import HeedComparison
import HeedTensor
import Testing

@Suite struct RecallTaskTests {
  private static let lengths = [8, 9, 16, 33, 512]

  @Test(arguments: lengths) func copiesEqualTheirSource(_ length: Int) {
    for sequence in RecallData(.copying, seed: 3).test(count: 20, length: length) {
      #expect(sequence.answer.count == length && sequence.given.isEmpty)
      #expect(sequence.source == sequence.answer + [RecallVocabulary.end])
      #expect(sequence.lesson == sequence.answer)
      #expect(sequence.answer.allSatisfy(RecallVocabulary.symbols.contains))
      #expect(sequence.origin == length - 1 && sequence.lastInput == length - 1)
    }
  }

  @Test(arguments: lengths) func queriesHaveOneAnswerAtTheirDistance(_ length: Int) {
    var asked: Set<Int> = []
    for sequence in RecallData(.recall, seed: 4).test(count: 60, length: length) {
      let source = sequence.source
      #expect(sequence.lastInput == source.count - 1)
      // The asked key stands in one place, so far from where it is asked for, with its value behind it.
      #expect(sequence.given.count == 1)
      #expect(source.indices.filter { source[$0] == sequence.given[0] } == [sequence.origin])
      #expect(source.count - sequence.origin == length)
      #expect(sequence.answer == [source[sequence.origin + 1]])
      let pairs = source.prefix(2 * RecallSequence.pairCount)
      let keys = pairs.indices.filter { $0.isMultiple(of: 2) }.map { source[$0] }
      let values = pairs.indices.filter { !$0.isMultiple(of: 2) }.map { source[$0] }
      #expect(Set(keys).count == RecallSequence.pairCount && Set(values).count == RecallSequence.pairCount)
      #expect(keys.allSatisfy(RecallVocabulary.keys.contains))
      #expect(values.allSatisfy(RecallVocabulary.values.contains))
      #expect(source[pairs.endIndex...].allSatisfy(RecallVocabulary.fillers.contains))
      // What is learned is all of the pairs, each whole.
      let lesson = stride(from: 0, to: sequence.lesson.count, by: 2).map { sequence.lesson[$0..<$0 + 2] }
      #expect(
        Set(lesson.map(Array.init)) == Set(zip(keys, values).map { [$0, $1] })
          && lesson.count == RecallSequence.pairCount)
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

  @Test func lossesHaveAFloorWhereOrderIsDrawn() {
    #expect(RecallTask.copying.leastLoss == 0)
    // The order of four keys is one of 24, in nine labels.
    #expect(abs(RecallTask.recall.leastLoss - 3.1780538 / 9) < 1e-7)
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
    let lengths = RecallData(.copying, seed: 1).training(count: 900, lengths: 8...64).map(\.answer.count)
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
    var wrong = sequences[1].answer
    wrong[3] = wrong[3] == 3 ? 4 : 3
    let written = [
      sequences[0].answer + [end], wrong + [end], sequences[2].answer,
      Array(sequences[3].answer.prefix(2)) + [end],
    ]
    let found = RecallAccuracy(length: 8, sequences, written: written)
    // The third has all of its tokens and no end; of the fourth six were never written (and its end stands in place of a
    // symbol).
    #expect(found.token == Double(8 + 7 + 8 + 2) / 32)
    #expect(found.sequence == 0.25)
    #expect(found.sequenceCount == 4 && found.length == 8)
    // Of a query the value is all.
    let queries = (0..<2).map { _ in RecallSequence(.recall, length: 8, &generator) }
    let answered = RecallAccuracy(length: 8, queries, written: [queries[0].answer, [RecallVocabulary.end]])
    #expect(answered.token == 0.5 && answered.sequence == 0.5)
  }
}
