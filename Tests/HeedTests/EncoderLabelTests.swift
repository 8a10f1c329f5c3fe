import Foundation
import Heed
import TestSupport
import Testing

@Suite struct EncoderLabelTests {
  /// Both compute in single precision and add in different orders.
  private static let tolerance: Float = 2e-6

  // MARK: Masks

  @Test func candidatesAreThoseOfTransformers() throws {
    let cases = try EncoderFixture.load().masked
    let filler = try MaskFiller(directory: EncoderFixture.directory("masked"))
    #expect(filler.mask == "[MASK]")
    let found = try filler.fill(cases.map(\.text), candidateCount: 4)
    #expect(found.count == cases.count)
    for (found, expected) in zip(found, cases) {
      #expect(found.masks.map(\.range) == expected.masks.map { $0.start..<$0.end })
      for (mask, expected) in zip(found.masks, expected.masks) {
        #expect(mask.candidates.map(\.id) == expected.candidates.map(\.id))
        #expect(mask.candidates.map(\.word) == expected.candidates.map(\.word))
        #expect(mask.candidates.map(\.text) == expected.candidates.map(\.text))
        expectClose(
          mask.candidates.map(\.probability), expected.candidates.map(\.score), absolute: Self.tolerance)
      }
      #expect(try filler.fill(found.source, candidateCount: 4) == found)
    }
  }

  @Test func probabilitiesAddUpToOne() throws {
    let filler = try MaskFiller(directory: EncoderFixture.directory("masked"))
    let filled = try filler.fill("It [MASK].", candidateCount: 100_000)
    let candidates = filled.masks[0].candidates
    #expect(candidates.count == filler.configuration.sourceVocabularySize)
    #expect(abs(candidates.reduce(0) { $0 + $1.probability } - 1) < 1e-4)
    #expect(zip(candidates, candidates.dropFirst()).allSatisfy { $0.probability >= $1.probability })
    #expect(filled.text == candidates[0].text)
  }

  @Test func aTextWithoutAMaskIsRefused() throws {
    let filler = try MaskFiller(directory: EncoderFixture.directory("masked"))
    #expect(throws: EncoderError.noMask(line: 8, mask: "[MASK]")) {
      try filler.fill(["It [MASK].", "It rains."], firstLine: 6)
    }
  }

  // MARK: Texts

  @Test func labelsOfTextsAreThoseOfTransformers() throws {
    let cases = try EncoderFixture.load().classifier
    var classifier = try TextClassifier(directory: EncoderFixture.directory("classifier"))
    #expect(classifier.labels == ["contradiction", "entailment", "neutral"])
    #expect(classifier.scoring == .softmax)
    let inputs = cases.map { TextClassifier.Input($0.text, pair: $0.pair) }
    for scoring in TextClassifier.Scoring.allCases {
      classifier.scoring = scoring
      for (found, expected) in zip(try classifier.classify(inputs), cases) {
        let scores =
          switch scoring {
          case .softmax: expected.softmax
          case .sigmoid: expected.sigmoid
          case .none: expected.none
          }
        #expect(found.scores.map(\.label) == scores.keys.sorted { scores[$0] ?? 0 > scores[$1] ?? 0 })
        expectClose(
          found.scores.map(\.score), found.scores.map { scores[$0.label] ?? .nan },
          absolute: scoring == .none ? 1e-5 : Self.tolerance)
        #expect(found.label == found.scores[0].label && found.score == found.scores[0].score)
      }
    }
  }

  @Test(arguments: [
    ("multi_label_classification", TextClassifier.Scoring.sigmoid), ("regression", .none),
  ])
  func theProblemTellsTheScoring(_ problem: String, _ scoring: TextClassifier.Scoring) throws {
    try EncoderFixture.withCopy(
      of: "classifier", replacing: "single_label_classification", by: problem, in: "config.json"
    ) { url in
      #expect(try TextClassifier(directory: url).scoring == scoring)
      let directory = ModelDirectory(url)
      let model = try directory.loadEncoder()
      try directory.save(model)
      #expect(try directory.configuration() == model.configuration)
    }
  }

  @Test func anUnknownProblemIsRefused() throws {
    try EncoderFixture.withCopy(
      of: "classifier", replacing: "single_label_classification", by: "guessing", in: "config.json"
    ) { url in
      let error = #expect(throws: ConfigurationError.self) { try TextClassifier(directory: url) }
      #expect(error?.field == "problem_type")
    }
  }

  @Test func longTextsAreRefusedOrCut() throws {
    var classifier = try TextClassifier(directory: EncoderFixture.directory("classifier"))
    let text = String(repeating: "the ", count: 70)
    #expect(throws: EncoderError.textTooLong(line: 1, tokenCount: 72, limit: 64)) {
      try classifier.classify(text)
    }
    classifier.cutsLongTexts = true
    let cut = String(repeating: "the ", count: 62)
    #expect(try classifier.classify(text) == classifier.classify(cut))
  }

  // MARK: Words

  @Test func labelsOfWordsAreThoseOfTransformers() throws {
    let cases = try EncoderFixture.load().labeler
    let classifier = try TokenClassifier(directory: EncoderFixture.directory("labeler"))
    #expect(classifier.labels == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
    for expected in cases {
      let aggregation = try #require(TokenClassifier.Aggregation(rawValue: expected.aggregation))
      let found = try classifier.label(expected.text, aggregation)
      #expect(found.map(\.label) == expected.spans.map(\.label), "\(expected.text) \(aggregation)")
      #expect(found.map(\.range) == expected.spans.map { $0.start..<$0.end })
      expectClose(found.map(\.score), expected.spans.map(\.score), absolute: Self.tolerance)
      let scalars = Array(expected.text.unicodeScalars)
      for span in found { #expect(Array(span.text.unicodeScalars) == Array(scalars[span.range])) }
    }
  }

  @Test func wordsAreTheSameAloneAndInABatch() throws {
    let texts = Array(Set(try EncoderFixture.load().labeler.map(\.text))).sorted()
    let classifier = try TokenClassifier(directory: EncoderFixture.directory("labeler"))
    #expect(try classifier.label(texts) == texts.map { try classifier.label($0) })
  }

  @Test func nothingIsLeftOutWithoutAnOutside() throws {
    var classifier = try TokenClassifier(directory: EncoderFixture.directory("labeler"))
    classifier.outsideLabel = nil
    let text = "Two dogs run across the green field in 1984."
    let spans = try classifier.label(text, .none)
    let tokenizer = try TextTokenizer.load(EncoderFixture.directory("labeler"))
    #expect(spans.count == tokenizer.encode(text, addingSpecialTokens: false).count)
  }
}
