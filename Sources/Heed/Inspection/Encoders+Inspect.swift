import HeedInspection
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

extension MaskFiller: EncoderHolder {
  /// Guesses the hidden words of a text and shows what every head attended to.
  ///
  /// - Throws: What ``fill(_:candidateCount:)`` throws.
  public func inspect(_ text: String, _ choice: InspectionOptions = InspectionOptions()) throws -> Inspection
  {
    let filled = try fill(text, candidateCount: max(1, choice.candidateCount))
    let encoding = try model.encoding(of: text, line: 0)
    let outcome = Inspection.Outcome(title: "Filled text", text: filled.text)
    return model.inspection(encoding, input: text, outcome, choice) { spelling, hidden in
      let places = encoding.ids.indices.filter { encoding.ids[$0] == model.maskID }
        .suffix(max(0, choice.predictionLimit))
      return spelling.predictions(
        places.map { PredictedPlace(row: $0, position: $0, token: nil, isGiven: false) }, hidden,
        count: choice.candidateCount
      ) { model.network.maskedLogits($0) }
    }
  }

  /// The same without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> MaskFiller { try without(heads) }
}

extension TextClassifier: EncoderHolder {
  /// Labels a text, or a pair of texts, and shows what every head attended to.
  ///
  /// - Throws: What ``classify(_:pair:)`` throws.
  public func inspect(
    _ text: String, pair: String? = nil, _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    let found = try classify(text, pair: pair)
    let encoding = try model.encoding(
      of: text, pair: pair, line: 0, cut: cutsLongTexts ? model.lengthLimit : nil)
    let outcome = Inspection.Outcome(
      title: "Label", text: found.label,
      labels: found.scores.map { Inspection.Outcome.Label(name: $0.label, probability: $0.score) })
    var inspection = model.inspection(encoding, input: [text, pair].joinedTexts, outcome, choice)
    inspection.noteCut(encoding, of: model.tokenizer.encoding(of: text, pair: pair))
    return inspection
  }

  /// The same without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> TextClassifier {
    try without(heads)
  }
}

extension TokenClassifier: EncoderHolder {
  /// Labels the words of a text and shows what every head attended to.
  ///
  /// - Throws: What ``label(_:_:)`` throws.
  public func inspect(_ text: String, _ choice: InspectionOptions = InspectionOptions()) throws -> Inspection
  {
    let spans = try label(text)
    let encoding = try model.encoding(of: text, line: 0, cut: cutsLongTexts ? model.lengthLimit : nil)
    let outcome = Inspection.Outcome(
      title: "Labels", text: spans.map { "\($0.text) (\($0.label))" }.joined(separator: ", "))
    var inspection = model.inspection(encoding, input: text, outcome, choice)
    inspection.noteCut(encoding, of: model.tokenizer.encoding(of: text))
    return inspection
  }

  /// The same without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> TokenClassifier {
    try without(heads)
  }
}

extension QuestionAnswerer: EncoderHolder {
  /// Answers a question and shows what every head attended to; question and context must fit into the model together.
  ///
  /// - Throws: What ``answer(_:context:_:)`` throws, and `EncoderError.textTooLong`.
  public func inspect(
    _ question: String, context: String, _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    let encoding = try model.encoding(of: question, pair: context, line: 0)
    var options = AnswerOptions()
    options.windowLength = encoding.count
    options.stride = 0
    let found = try answer(question, context: context, options)
    let outcome = Inspection.Outcome(title: "Answer", text: found.best?.text ?? "no answer")
    return model.inspection(encoding, input: [question, context].joinedTexts, outcome, choice)
  }

  /// The same without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> QuestionAnswerer {
    try without(heads)
  }
}

extension TextEmbedder: EncoderHolder {
  /// Reads a text and shows what every head attended to; what is longer than ``maximumTokens`` is cut.
  ///
  /// - Throws: What ``embed(_:)`` throws.
  public func inspect(_ text: String, _ choice: InspectionOptions = InspectionOptions()) throws -> Inspection
  {
    let encoding = try model.encoding(of: prepared(text), line: 0, cut: maximumTokens)
    var inspection = model.inspection(encoding, input: text, nil, choice)
    inspection.noteCut(encoding, of: model.tokenizer.encoding(of: prepared(text)))
    return inspection
  }

  /// The same without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> TextEmbedder {
    try without(heads)
  }
}

extension EncoderModel {
  /// One pass over one text.
  fileprivate func inspection(
    _ encoding: Encoding, input: String, _ outcome: Inspection.Outcome?, _ choice: InspectionOptions,
    _ predict: (TokenSpelling, Tensor) -> [Prediction] = { _, _ in [] }
  ) -> Inspection {
    let recorder = choice.recorder
    var context = ForwardContext.recording(recorder)
    let segments = network.configuration.segmentCount > 1 ? encoding.typeIDs : nil
    let hidden = network(TokenSequences([encoding.ids]), segmentIDs: segments, &context)
    let spelling = TokenSpelling(tokenizer)
    return Inspection(
      model: choice.modelName, architecture: network.configuration.summary, input: input, outcome: outcome,
      source: spelling.tokens(encoding.ids), predictions: predict(spelling, hidden), mark: spelling.mark,
      recorder: recorder)
  }
}

extension Inspection {
  /// Says so where the model read a part of a text only.
  mutating func noteCut(_ read: Encoding, of whole: Encoding) {
    guard read.count < whole.count else { return }
    notes.append(
      "The model reads \(read.count) tokens at most: of the text's \(whole.count) only so many are here.")
  }
}

/// What looks into a text encoder, and can do so without some of its heads.
private protocol EncoderHolder {
  var model: EncoderModel { get set }
}

extension EncoderHolder {
  /// The same without some heads, which count as zero.
  func without(_ heads: [HeadPlace]) throws(InspectionError) -> Self {
    for head in heads { try model.network.configuration.attentions.check(head) }
    var copy = self
    copy.model.network = model.network.removingHeads(heads)
    return copy
  }
}

extension [String?] {
  /// The texts on lines of their own.
  fileprivate var joinedTexts: String { compactMap { $0 }.joined(separator: "\n") }
}

extension [String] {
  fileprivate var joinedTexts: String { joined(separator: "\n") }
}
