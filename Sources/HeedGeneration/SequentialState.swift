import HeedText

/// How one token is chosen from a row of scores.
protocol TokenChoice {
  /// Chooses a token whose score is not −∞, or nil if all are. `position` counts the tokens generated before.
  func choose(_ scores: UnsafeMutableBufferPointer<Float>, position: Int) -> TokenID?
}

/// Is told of each token as soon as it is chosen: the number of the source, that of its sequence, and the token.
public typealias TokenObserver = (_ source: Int, _ sequence: Int, _ token: TokenID) -> Void

/// Generation for one source where each sequence goes its own way: greedy search and sampling.
struct SequentialState<Choice: TokenChoice>: SourceSearch {
  private struct Live {
    var history: [TokenID]  // with the beginning
    var logProbabilities: [Float] = []
    var parent = 0
    let index: Int
  }

  private let source: Int
  /// Tokens before the prefix: the start token, or a prompt.
  private let beginningCount: Int
  private let prefix: [TokenID]
  private let observe: TokenObserver?
  private let options: GenerationOptions
  private let constraints: Constraints
  private let choices: [Choice]
  private var live: [Live]
  private var results: [Hypothesis?]
  /// What the last step chose.
  private var chosen: [(sequence: Int, token: TokenID)] = []

  /// One sequence for each of `choices`.
  init(
    source: Int, _ input: SearchInput, options: GenerationOptions, constraints: Constraints,
    choices: [Choice], observe: TokenObserver?
  ) {
    let beginning = input.beginning(options)
    self.source = source
    beginningCount = beginning.count
    prefix = input.prefix
    self.observe = observe
    self.options = options
    self.constraints = constraints
    self.choices = choices
    live = choices.indices.map { Live(history: beginning, index: $0) }
    results = choices.map { _ in nil }
  }

  var isFinished: Bool { live.isEmpty }

  var rows: [(token: TokenID, parent: Int)] {
    // At the first call all start on the source, which has one number.
    live.map { ($0.history[$0.history.count - 1], $0.parent) }
  }

  mutating func advance(_ logits: UnsafeMutableBufferPointer<Float>) throws {
    let vocabularySize = logits.count / live.count
    var next: [Live] = []
    chosen.removeAll(keepingCapacity: true)
    for row in live.indices {
      var sequence = live[row]
      sequence.parent = row
      if try extend(&sequence, logits.row(row, vocabularySize)) {
        next.append(sequence)
      } else {
        results[sequence.index] = hypothesis(sequence)
      }
    }
    live = next
  }

  /// Adds a token; returns whether more can follow.
  private mutating func extend(_ sequence: inout Live, _ scores: UnsafeMutableBufferPointer<Float>) throws
    -> Bool
  {
    let length = sequence.history.count - beginningCount
    // What constraints would put in the place of broken logits is looked at before; a token that they only forbid cannot
    // break the rest.
    if constraints.changesScores, RowOperations.logNormalizer(scores) == nil {
      throw SearchError.unusableLogits(source: source, position: length)
    }
    let isForced = length < prefix.count
    let generatedCount = length - prefix.count
    if !isForced { constraints.apply(to: scores, history: sequence.history, generatedCount: generatedCount) }
    guard let normalizer = RowOperations.logNormalizer(scores) else {
      // Constraints can forbid every token. Then what there is stands without an end.
      if !isForced, !constraints.isEmpty, scores.allSatisfy({ $0 == -.infinity }) { return false }
      throw SearchError.unusableLogits(source: source, position: length)
    }
    if isForced {
      let token = prefix[length]
      sequence.logProbabilities.append(scores[Int(token)] - normalizer)
      sequence.history.append(token)
      return true
    }
    guard let token = choices[sequence.index].choose(scores, position: generatedCount) else { return false }
    sequence.logProbabilities.append(scores[Int(token)] - normalizer)
    sequence.history.append(token)
    if observe != nil { chosen.append((sequence.index, token)) }
    return generatedCount + 1 < options.maximumNewTokens && !options.endTokens.contains(token)
  }

  func tell() {
    for (sequence, token) in chosen { observe?(source, sequence, token) }
  }

  private func hypothesis(_ sequence: Live) -> Hypothesis {
    let generated = sequence.logProbabilities.dropFirst(prefix.count)
    let sum = generated.reduce(0, +)
    return Hypothesis(
      tokens: Array(sequence.history.dropFirst(beginningCount)),
      score: options.lengthPenalty.score(sum: sum, length: max(generated.count, 1)),
      tokenLogProbabilities: sequence.logProbabilities)
  }

  /// The sequences, in the order of the choices.
  func hypotheses() -> [Hypothesis] { results.compactMap(\.self) }
}
