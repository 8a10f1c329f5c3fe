import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// What is measured of models that are there.
@Suite struct EvaluationTests {
  private struct Golden: Decodable {
    struct Case: Decodable {
      let context: Int
      let stride: Int
      let sum: Double
      let count: Int
      let guide: Double
    }
    let tokens: [Int32]
    let cases: [Case]
  }

  @Test(arguments: [16, 4096])
  func perplexitiesArePyTorchs(_ batchTokens: Int) throws {
    let url = fixturesDirectory.appending(path: "Evaluation/perplexity.json")
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    let model = try CheckpointFixture.directory("gpt2").loadLanguageModel()
    #expect(golden.cases.count == 7)
    for test in golden.cases {
      let windows = PerplexityWindows(context: test.context, stride: test.stride)
      let (sum, count) = windows.negativeLogLikelihood(of: golden.tokens, model, batchTokens: batchTokens)
      #expect(count == test.count, "\(test)")
      #expect(abs(sum - test.sum) < 1e-5 * test.sum, "\(sum) \(test)")
      // The guide takes a token off each window, which leaves little of windows that bring one.
      if test.stride < 8 { continue }
      #expect(abs(exp(sum / Double(count)) - test.guide) < 0.02 * test.guide, "\(sum) \(test)")
    }
  }

  /// Each token but the first is predicted once where windows overlap; where they do not, the first of each is not.
  @Test func windowsCountEachTokenOnce() {
    for count in 1..<40 {
      for context in 2..<12 {
        for stride in 1...context {
          let windows = PerplexityWindows(context: context, stride: stride).windows(over: count)
          let counted = windows.flatMap { Array($0.firstCounted..<$0.tokens.upperBound) }
          #expect(counted == Array(Set(counted)).sorted())
          #expect(windows.allSatisfy { $0.tokens.count <= context && $0.firstCounted > $0.tokens.lowerBound })
          #expect(windows.dropLast().allSatisfy { $0.tokens.count == context })
          if stride < context {
            #expect(counted == Array(1..<max(1, count)))
          } else {
            #expect(counted == (0..<count).filter { !$0.isMultiple(of: context) })
          }
        }
      }
    }
  }

  @Test func maskedWordsAreTheSameEachTime() throws {
    let scratch = try ScratchDirectory()
    let path = "\(scratch.path)/text.txt"
    try (0..<30).map { "The number \($0) is a number." }.joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    let directory = fixturesDirectory.appending(path: "Encoders/masked").path
    var evaluation = MaskedWordEvaluation()
    func figures() throws -> MaskedWordEvaluation.Figures {
      try evaluation.measure(directory: directory, on: [TextFile(path, .lines)])
    }
    let first = try figures()
    #expect(first.sequenceCount == 30 && first.loss.isFinite && first.loss > 0)
    evaluation.batchTokens = 40
    #expect(abs(try figures().loss - first.loss) < 1e-6)
    evaluation.seed = 2
    #expect(abs(try figures().loss - first.loss) > 1e-6)
    #expect(throws: (any Error).self) {
      try evaluation.measure(
        directory: fixturesDirectory.appending(path: "Encoders/embedder").path, on: [TextFile(path, .lines)])
    }
  }

  @Test func retrievalCountsPartners() {
    let first: [[Float]] = [[1, 0], [0, 2], [-1, 0], [0.1, -3]]
    let second: [[Float]] = [[5, 1], [1, 5], [0.1, -1], [0.1, -3]]
    // The third is nearest to the fourth's partner, and its own partner to the fourth.
    let found = RetrievalEvaluation.accuracy(of: first, second) { _, _, _ in false }
    #expect(found.forth == 0.75 && found.back == 0.75)
    // Where the third text is the fourth as well, either is right.
    let same = RetrievalEvaluation.accuracy(of: first, second) { isSecond, one, other in
      !isSecond && [one, other].sorted() == [2, 3]
    }
    #expect(same.forth == 0.75 && same.back == 1)
    let equal = RetrievalEvaluation.accuracy(of: first, first) { _, _, _ in false }
    #expect(equal.forth == 1 && equal.back == 1)
  }

  /// A forecast comes once, and the first step, which is slower than others, is not part of it.
  @Test func forecastsLeaveTheFirstStepOut() {
    var meter = ForecastMeter()
    #expect(meter.measured == nil)
    #expect(meter.add(100) == nil && meter.measured?.secondsPerStep == 100)
    var found: [(secondsPerStep: Double, count: Int)] = []
    for _ in 0..<60 { if let measured = meter.add(0.5) { found.append(measured) } }
    #expect(found.count == 1)
    #expect(found.first?.secondsPerStep == 0.5 && found.first?.count == 6)
    var quick = ForecastMeter()
    let counts = (0..<60).compactMap { _ in quick.add(0.001)?.count }
    #expect(counts == [40])
    let forecast = TrainingForecast(
      parameterCount: 7, peakMemory: 12_400_000, secondsPerStep: 1.234, measuredStepCount: 4,
      secondsLeft: 4000)
    #expect(
      forecast.line
        == "forecast from 4 steps: 7 parameters, 12 MB of memory at most, 1.23 s a step, 1 h 6 min to the end, "
        + "validation aside")
    let whole = TrainingForecast(
      parameterCount: 7, peakMemory: 12_400_000, secondsPerStep: 1.234, measuredStepCount: 4,
      secondsPerValidation: 45.67, validationCount: 12, secondsLeft: 4548)
    #expect(
      whole.line
        == "forecast from 4 steps: 7 parameters, 12 MB of memory at most, 1.23 s a step, 45.7 s a validation, "
        + "1 h 15 min to the end, with 12 validations")
  }

  /// The validations that a forecast counts are those that a run makes.
  @Test func forecastsCountValidations() {
    var settings = TrainerSettings()
    func count(_ step: Int, _ end: Int, _ batches: Int = 10) -> Int {
      settings.validationCount(after: step, to: end, batchesPerEpoch: batches)
    }
    // At the end of each epoch, and at the end.
    #expect(count(0, 30) == 3 && count(0, 31) == 4 && count(10, 30) == 2 && count(29, 30) == 1)
    #expect(count(30, 30) == 0 && count(0, 5) == 1)
    settings.validationEpochInterval = 2
    #expect(count(0, 40) == 2 && count(0, 30) == 2 && count(20, 30) == 1)
    // Steps of several batches reach over the ends of epochs: three epochs of ten batches are eight steps of four.
    (settings.validationEpochInterval, settings.accumulatedBatchCount) = (1, 4)
    #expect(count(0, 8) == 3)
    settings.validationInterval = 3
    #expect(count(0, 9) == 3 && count(0, 10) == 4 && count(3, 9) == 2 && count(8, 9) == 1)
    settings.validationInterval = .max
    #expect(count(0, 9) == 1)
  }
}
