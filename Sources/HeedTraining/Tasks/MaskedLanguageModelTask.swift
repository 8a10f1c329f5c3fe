import HeedLayers
import HeedModels
import HeedTensor

/// To find hidden words: BERT's task (Devlin et al. 2019, section 3.1).
///
/// Which words are hidden is drawn anew in each epoch (as RoBERTa does, Liu et al. 2019, section 4.1), and once and for
/// all for the held-out text, so that validations can be compared.
public struct MaskedLanguageModelTask: TrainingTask {
  private let training: TokenStore
  private let validation: TokenStore
  private let masking: WordMasking
  private let validationTokenBudget: Int
  private let seed: UInt64
  private let decode: @Sendable ([Int32]) -> String
  /// The sizes of all texts.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The texts to learn from, as the model reads them.
  ///   - validation: The texts to validate on.
  ///   - masking: How words are hidden.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set.
  ///   - seed: What is hidden follows from it.
  ///   - decode: Makes text of tokens, to show some of it.
  public init(
    training: TokenStore, validation: TokenStore, _ masking: WordMasking, validationTokenBudget: Int = 4096,
    seed: UInt64, decode: @escaping @Sendable ([Int32]) -> String
  ) {
    self.training = training
    self.validation = validation
    self.masking = masking
    self.validationTokenBudget = validationTokenBudget
    self.seed = seed
    self.decode = decode
    exampleSizes = training.exampleSizes
  }

  /// What tells the texts from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training)
    return fingerprint.text
  }

  /// Lays out some texts and hides words of them.
  public func batch(_ examples: [Int], epoch: Int) -> MaskedBatch {
    batch(examples, of: training, epoch: epoch)
  }

  /// The loss on the hidden words of the held-out text, and what the model takes some of them for.
  public func validate(_ model: TextEncoder) throws -> ValidationFigures {
    let batches = validation.exampleSizes.inOrder(tokenBudget: validationTokenBudget)
    let loss = MaskedBatch.loss(
      of: model, on: batches.lazy.map { batch(Array($0), of: validation, epoch: Self.validationEpoch) })
    return ValidationFigures(loss: loss, samples: samples(of: model.detached))
  }

  /// No pass over the training data has this number.
  private static var validationEpoch: Int { -1 }
  private static var sampleCount: Int { 4 }

  private func batch(_ examples: [Int], of store: TokenStore, epoch: Int) -> MaskedBatch {
    var labels: [Int32] = []
    let texts = examples.map { index in
      var random = SplitMix64(seed: seed, epoch: epoch, example: index)
      let masked = masking.mask(store[index], &random)
      labels += masked.labels
      return masked.tokens[...]
    }
    return MaskedBatch(EncoderInput(texts), labels: labels)
  }

  private func samples(of model: TextEncoder) -> [ValidationReport.Sample] {
    let count = min(Self.sampleCount, validation.count)
    return (0..<count).map { number in
      let index = number * validation.count / count
      let batch = batch([index], of: validation, epoch: Self.validationEpoch)
      var context = ForwardContext.inference
      let rows = batch.labels.indices.filter { batch.labels[$0] >= 0 }
      let logits = model.maskedLogits(model(batch.input.sequences, &context).rows(rows))
      let columns = logits.shape.columns
      let found = logits.withUnsafeValues { values in
        rows.indices.map { row in
          Int32((0..<columns).max { values[row * columns + $0] < values[row * columns + $1] } ?? 0)
        }
      }
      func words(_ tokens: [Int32]) -> String { tokens.map { decode([$0]) }.joined(separator: " | ") }
      return ValidationReport.Sample(
        source: decode(batch.input.sequences.ids), reference: words(rows.map { batch.labels[$0] }),
        hypothesis: words(found))
    }
  }
}

/// How words are hidden (Devlin et al. 2019, section 3.1 and appendix A.1).
public struct WordMasking: Sendable {
  /// The share of tokens that are to be found.
  public var share = 0.15
  /// The share of those that are replaced by the mask.
  public var maskShare = 0.8
  /// The share of those that are replaced by any token; the rest stays as it is.
  public var randomShare = 0.1
  /// Whether the tokens of a word are hidden together.
  public var masksWholeWords: Bool
  private let mask: Int32
  private let isSpecial: [Bool]
  private let continuesWord: [Bool]
  private let ordinary: [Int32]

  /// A way to hide words.
  ///
  /// - Parameters:
  ///   - mask: The token that stands for a hidden one.
  ///   - specialTokens: Tokens that are never hidden, nor put in place of others.
  ///   - continuesWord: For each token of the vocabulary whether it continues the word before it.
  ///   - masksWholeWords: Whether the tokens of a word are hidden together.
  public init(mask: Int32, specialTokens: [Int32], continuesWord: [Bool], masksWholeWords: Bool) {
    self.mask = mask
    var isSpecial = [Bool](repeating: false, count: continuesWord.count)
    for token in specialTokens + [mask] where isSpecial.indices.contains(Int(token)) {
      isSpecial[Int(token)] = true
    }
    self.isSpecial = isSpecial
    self.continuesWord = continuesWord
    self.masksWholeWords = masksWholeWords
    ordinary = isSpecial.indices.filter { !isSpecial[$0] }.map { Int32($0) }
    precondition(!ordinary.isEmpty, "WordMasking: every token is special")
  }

  /// Hides some tokens of a text.
  ///
  /// - Returns: The text with what is hidden replaced, and for each token what it was, −1 where it does not count.
  package func mask(_ text: ArraySlice<Int32>, _ random: inout SplitMix64) -> (
    tokens: [Int32], labels: [Int32]
  ) {
    var tokens = Array(text)
    var labels = [Int32](repeating: -1, count: tokens.count)
    var words: [Range<Int>] = []
    for (place, token) in tokens.enumerated() where !isSpecial[Int(token)] {
      if masksWholeWords, continuesWord[Int(token)], let last = words.last, last.upperBound == place {
        words[words.count - 1] = last.lowerBound..<place + 1
      } else {
        words.append(place..<place + 1)
      }
    }
    guard !words.isEmpty else { return (tokens, labels) }
    let hidable = words.reduce(0) { $0 + $1.count }
    let wanted = max(1, Int((share * Double(hidable)).rounded()))
    random.shuffle(&words)
    var count = 0
    for word in words where count < wanted {
      // A long word may be too much; the first is taken however long it is, so that there is something to learn.
      guard count == 0 || count + word.count <= wanted else { continue }
      count += word.count
      for place in word {
        labels[place] = tokens[place]
        let choice = Double(random.nextUnit())
        if choice < maskShare {
          tokens[place] = mask
        } else if choice < maskShare + randomShare {
          tokens[place] = ordinary[random.next(below: ordinary.count)]
        }
      }
    }
    return (tokens, labels)
  }
}
