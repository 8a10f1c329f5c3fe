import HeedLayers

extension TextEncoder {
  /// The same encoder with a new head, to be trained for another task.
  ///
  /// What reads the text stays as it is. A head that labels texts takes over the pooler, if there is one, as the classes
  /// of transformers do; all else of the head has first values from the initializer.
  ///
  /// - Parameters:
  ///   - head: What the encoder is to end with.
  ///   - initializer: Where the first values of the head come from.
  /// - Precondition: Of both heads of the pre-training, the family is BERT's, which alone has them.
  /// - Returns: The encoder; this one itself if that is what it ends with already. Where it has labels, one of them holds.
  public func withHead(_ head: EncoderHead, _ initializer: inout ParameterInitializer) -> TextEncoder {
    guard head != configuration.head || configuration.problem != nil else { return self }
    precondition(
      head != .preTraining || configuration.family == .bert,
      "withHead: only bert has both heads of pre-training")
    var configuration = configuration
    configuration.head = head
    configuration.problem = nil
    var placeholder = ParameterInitializer.placeholder
    var changed = TextEncoder(configuration, &placeholder)
    changed.embedding = embedding
    changed.input = input
    changed.encoder = encoder
    switch head {
    case .states(let isPooled):
      if isPooled {
        changed.pooler =
          pooler ?? classifier?.dense
          ?? Linear(inputs: configuration.hiddenSize, outputs: configuration.hiddenSize, &initializer)
      }
    case .maskedLanguageModel:
      changed.maskedHead = maskedHead ?? MaskedLanguageModelHead(configuration, &initializer)
    case .preTraining:
      let hidden = configuration.hiddenSize
      changed.maskedHead = maskedHead ?? MaskedLanguageModelHead(configuration, &initializer)
      changed.pooler =
        pooler ?? classifier?.dense ?? Linear(inputs: hidden, outputs: hidden, &initializer)
      changed.nextSentenceHead =
        nextSentenceHead ?? Linear(inputs: hidden, outputs: 2, &initializer)
    case .sequenceClassification(let labels):
      var classifier = ClassificationHead(configuration, labelCount: labels.count, &initializer)
      if let dense = pooler ?? self.classifier?.dense { classifier.dense = dense }
      // Labels that held side by side are the same labels where one of them holds.
      if head == self.configuration.head, let output = self.classifier?.output { classifier.output = output }
      changed.classifier = classifier
    case .tokenClassification(let labels):
      changed.tokenHead =
        head == self.configuration.head
        ? tokenHead : Linear(inputs: configuration.hiddenSize, outputs: labels.count, &initializer)
    case .questionAnswering:
      changed.tokenHead = Linear(inputs: configuration.hiddenSize, outputs: 2, &initializer)
    }
    return changed
  }
}
