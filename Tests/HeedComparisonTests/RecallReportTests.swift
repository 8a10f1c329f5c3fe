import Foundation
import HeedComparison
import Testing

/// A report whose figures are made up, as the JSON of one that was measured.
private func report(
  accuracy: [(model: RecallModel, tokens: [Double])], losses: [[Double]] = [], lengths: [Int] = [8, 16, 32],
  trainedLength: Int = 16, layers: [LayerTimes] = []
) throws -> RecallReport {
  var options = RecallPartOptions()
  options.lengths = lengths
  options.training.trainedLength = trainedLength
  options.testCount = 100
  let parts: [[String: Any]] = accuracy.enumerated().map { index, one in
    let curve = (index < losses.count ? losses[index] : [1]).enumerated().map { place, loss in
      ["step": 100 * (place + 1), "seconds": Double(place), "loss": loss] as [String: Any]
    }
    return [
      "task": "copying", "model": one.model.rawValue, "width": 64, "parameterCount": 1000,
      "measuringSeconds": 1,
      "training": [
        "trials": [["rate": 0.001, "loss": 1.5]], "rate": 0.001, "stepCount": 500, "labelCount": 9,
        "seconds": 3,
        "curve": curve, "end": "finished",
      ] as [String: Any],
      "accuracy": zip(lengths, one.tokens).map {
        ["length": $0, "sequenceCount": 100, "token": $1, "sequence": $1 / 2] as [String: Any]
      },
      "gradients": lengths.map { length in
        let first = one.model == .lstm ? pow(2, -Double(length)) : 8 / Double(length)
        let norms = ["first": first, "middle": 0.5, "last": 2.0]
        return ["length": length, "initial": norms, "trained": norms] as [String: Any]
      },
    ]
  }
  let json: [String: Any] = [
    "options": try JSONSerialization.jsonObject(with: JSONEncoder().encode(options)), "threads": [2],
    "parts": parts,
    "layers": try JSONSerialization.jsonObject(with: JSONEncoder().encode(layers)),
  ]
  return try JSONDecoder().decode(RecallReport.self, from: JSONSerialization.data(withJSONObject: json))
}

private func layer(_ kind: LayerKind, width: Int = 64, _ time: (Double) -> Double) -> LayerTimes {
  LayerTimes(
    kind: kind, width: width,
    times: [16, 64, 256, 1024].map {
      LayerTime(length: $0, forward: time(Double($0)), both: 3 * time(Double($0)))
    })
}

@Suite struct RecallReportTests {
  @Test func sentencesSayWhereModelsFallBelowHalf() throws {
    let found = try report(accuracy: [
      (.transformer, [1, 0.9, 0.6]), (.lstm, [0.6, 0.4, 0.1]), (.gru, [0.5, 0.49, 0.1]),
      (.convolution, [0.1, 0.1, 0.1]), (.lstmAdditive, [0.4, 0.7, 0.1]),
    ]).halfSentences(.copying)
    #expect(
      found
        == "The Transformer gets half of the tokens right or more at every length up to 32. "
        + "The LSTM without attention and the GRU without attention fall below half of the tokens at length 16. "
        + "The convolutional model is below half of the tokens at every length. "
        + "The LSTM with additive attention is below half of the tokens from length 8 on, with exceptions.")
  }

  @Test func sentencesSayWhoIsBestWithinAndBeyondWhatWasTrained() throws {
    let found = try report(accuracy: [
      (.transformer, [1, 0.9, 0.25]), (.lstm, [0.6, 0.4, 0.3]), (.gru, [0.5, 0.9, 0.1]),
    ]).limitSentences(.copying)
    #expect(
      found == [
        "At length 16, the longest measured that was trained on, the Transformer and the GRU without attention have most "
          + "right (90.0 %), the LSTM without attention least (40.0 %).",
        "Beyond what was trained, most is right for the LSTM without attention with 30.0 % at 32.",
      ])
    let equal = try report(accuracy: [(.transformer, [1, 1, 1])]).limitSentences(.copying)
    #expect(equal[0].hasSuffix("the Transformer has most right (100.0 %), as all others."))
    #expect(try report(accuracy: []).limitSentences(.copying) == [])
  }

  @Test func sentencesSayWhatIsStillLearning() throws {
    let found = try report(
      accuracy: [
        (.transformer, [1, 1, 1]), (.lstm, [1, 1, 1]), (.gru, [1, 1, 1]), (.convolution, [1, 1, 1]),
      ],
      losses: [[2, 1, 0.5, 0.3, 0.2], [2, 1, 0.6, 0.5, 0.49], [0.1, 0.01, 0.01, 0.01, 0.001], []])
    #expect(found.unfinishedSentences.count == 1)
    #expect(
      found.unfinishedSentences[0].hasPrefix("In copying, the loss of the Transformer fell by more than"))
  }

  @Test func sentencesSayHowGradientsFall() throws {
    let found = try report(accuracy: [(.transformer, [1, 1, 1]), (.lstm, [1, 1, 1])])
    let sentences = found.fallSentences(.copying)
    #expect(
      sentences[0]
        == "With first values, from length 8 to 32 the gradient at the first input changes by these factors: ÷ 4 in the "
        + "Transformer, ÷ 16.78M in the LSTM without attention.")
    #expect(sentences[2].hasPrefix("The length itself grows by a factor of 4;"))
    #expect(found.ratioSentences(.copying)[0].contains("0.125 → 0.125 in the Transformer"))
    #expect(found.fallSentences(.recall) == [] && found.ratioSentences(.recall) == [])
    #expect(RecallReport.change(from: 1, to: 3) == "× 3")
    #expect(RecallReport.change(from: 1, to: 0) == "to 0")
    #expect(RecallReport.change(from: 0, to: 1) == "from 0")
    #expect(RecallReport.change(from: .nan, to: 1) == "no number")
  }

  @Test func crossingsAreWhereOneBecomesSlowerForGood() {
    // n² against 256 n cross at 256; between 64 and 1024 they are straight lines on logarithmic axes.
    let times = [16, 64, 1024].map { (length: $0, first: Double($0 * $0), second: Double(256 * $0)) }
    guard case .at(let length)? = LayerCrossing(times) else {
      Issue.record("no crossing in \(times)")
      return
    }
    #expect(abs(length - 256) < 0.01)
    #expect(LayerCrossing([(16, 2, 1), (32, 3, 1)]) == .always(shortest: 16))
    #expect(LayerCrossing([(16, 2, 1), (32, 3, 4)]) == .never(longest: 32))
    #expect(LayerCrossing([(16, 1, 2), (32, 1, 2)]) == .never(longest: 32))
    guard case .at(let end)? = LayerCrossing([(16, 1, 2), (32, 2, 2)]) else {
      Issue.record("no crossing where times become equal")
      return
    }
    #expect(abs(end - 32) < 1e-6)
    #expect(LayerCrossing([]) == nil)
    // What is slower by chance at one length does not count.
    guard case .at(let last)? = LayerCrossing([(8, 3, 2), (16, 1, 2), (32, 4, 2)]) else {
      Issue.record("no crossing")
      return
    }
    #expect(last > 16 && last < 32)
    #expect(LayerCrossing.at(1234.4).text == "1,234" && LayerCrossing.never(longest: 4096).text == "> 4,096")
    #expect(LayerCrossing.always(shortest: 16).text == "< 16")
  }

  @Test func crossingsOfWorkFollowFromMultiplyAdds() {
    for (attention, other) in [
      (LayerKind.selfAttention, LayerKind.lstm), (.attention, .lstm), (.attention, .gru),
      (.selfAttention, .gru),
    ] {
      let pair = LayerPair(
        attention: layer(attention, width: 96) { $0 }, other: layer(other, width: 96) { $0 })
      guard let crossing = pair.crossingOfWork else {
        Issue.record("\(attention) and \(other) do not cross")
        continue
      }
      #expect(
        attention.multiplyAdds(length: Int(crossing), width: 96)
          == other.multiplyAdds(length: Int(crossing), width: 96))
      #expect(pair.publishedCrossing == 96)
    }
    let convolution = LayerPair(attention: layer(.attention) { $0 }, other: layer(.convolution) { $0 })
    #expect(convolution.publishedCrossing == 3 * 64)
  }

  @Test func sentencesSayWhereLayersCross() throws {
    let found = try report(
      accuracy: [],
      layers: [
        layer(.selfAttention) { $0 * $0 }, layer(.lstm) { 256 * $0 }, layer(.gru) { 8 * $0 },
      ])
    let sentences = found.crossingSentences(64)
    #expect(sentences.count == 2)
    #expect(
      sentences[0]
        == "With d = 64, self-attention with its projections takes longer than the LSTM from about n = 256 on (4 d), "
        + "forward; forward and backward, from about n = 256 on (4 d). By Table 1, n²·d against n·d², they are equal at "
        + "n = d = 64; by the multiply-adds of the two layers, at n = 128.")
    #expect(sentences[1].contains("than the GRU at all lengths, from n = 16 on, forward;"))
    #expect(
      found.growthSentence(64)
        == "With d = 64, the time of a forward pass grows from n = 256 to 1,024 as n^2 for self-attention with "
        + "projections, n^1 for LSTM, n^1 for GRU.")
    #expect(found.growthSentence(65) == nil && found.crossingSentences(65) == [])
  }

  @Test func mediansAreInTheMiddle() {
    #expect([3.0, 1, 2].median == 2)
    #expect([4.0, 1, 2, 100].median == 3)
    #expect([Double]().median == 0)
  }
}
