import HeedTensor
import HeedText

/// Beam search for one source.
struct BeamState: SourceSearch {
  /// A sequence that may go on.
  private struct Live {
    var history: [TokenID]  // with the beginning
    var logProbabilities: [Float]
    var sum: Float = 0
    var parent = 0
  }

  /// A continuation by one token.
  private struct Candidate {
    let row: Int
    let token: TokenID
    let logProbability: Float
    let sum: Float
  }

  private let source: Int
  private let options: GenerationOptions
  private let constraints: Constraints
  /// Tokens before the prefix: the start token, or a prompt.
  private let beginningCount: Int
  private let prefix: [TokenID]
  private var live: [Live]
  /// Best first; at most `beamSize`.
  private var finished: [Hypothesis] = []
  private(set) var isFinished = false

  init(source: Int, _ input: SearchInput, options: GenerationOptions, constraints: Constraints) {
    let beginning = input.beginning(options)
    self.source = source
    prefix = input.prefix
    beginningCount = beginning.count
    self.options = options
    self.constraints = constraints
    live = [Live(history: beginning, logProbabilities: [])]
  }

  var rows: [(token: TokenID, parent: Int)] {
    live.map { ($0.history[$0.history.count - 1], $0.parent) }
  }

  /// Tokens that follow the beginning so far; every live sequence has as many.
  private var length: Int { live[0].history.count - beginningCount }

  mutating func advance(_ logits: UnsafeMutableBufferPointer<Float>) throws {
    let vocabularySize = logits.count / live.count
    guard length >= prefix.count else {
      let token = prefix[length]
      guard let normalizer = RowOperations.logNormalizer(logits) else { throw unusableLogits }
      live[0].logProbabilities.append(logits[Int(token)] - normalizer)
      live[0].history.append(token)
      live[0].parent = 0
      return
    }
    let candidates = try candidates(logits, vocabularySize)
    extend(candidates, generatedCount: length - prefix.count + 1)
  }

  private var unusableLogits: SearchError { .unusableLogits(source: source, position: length) }

  /// The best continuations, best first: enough of them that `beamSize` do not end, however many do.
  private func candidates(
    _ logits: UnsafeMutableBufferPointer<Float>, _ vocabularySize: Int
  ) throws -> [Candidate] {
    let keptCount = max(2, 1 + options.endTokens.count) * options.beamSize
    var found = [[RankedToken]?](repeating: nil, count: live.count)
    found.withUnsafeMutableBufferPointer { found in
      // Each part has rows and a place of its own.
      ThreadPool.shared.parallel(over: live.count, grain: 1) { rows in
        for row in rows {
          found[row] = best(keptCount, of: logits.row(row, vocabularySize), history: live[row].history)
        }
      }
    }
    var candidates: [Candidate] = []
    for (row, ranked) in found.enumerated() {
      guard let ranked else { throw unusableLogits }
      for entry in ranked {
        candidates.append(
          Candidate(
            row: row, token: entry.token, logProbability: entry.value, sum: entry.value + live[row].sum))
      }
    }
    // Swift's sort is stable, so of equal ones the earlier row, and in it the smaller token, comes first.
    candidates.sort { $0.sum > $1.sum }
    return Array(candidates.prefix(keptCount))
  }

  /// The best tokens of one row by their log-probabilities; nil for logits that give none.
  private func best(
    _ count: Int, of scores: UnsafeMutableBufferPointer<Float>, history: [TokenID]
  ) -> [RankedToken]? {
    guard let normalizer = RowOperations.logNormalizer(scores) else { return nil }
    // Constraints that look at scores want log-probabilities; for others, the few that are chosen are enough.
    let isWhole = constraints.changesScores
    if isWhole { for i in scores.indices { scores[i] -= normalizer } }
    constraints.apply(to: scores, history: history, generatedCount: length - prefix.count)
    var ranked: [RankedToken] = []
    RowOperations.appendLargest(count, of: scores, to: &ranked)
    if !isWhole { for i in ranked.indices { ranked[i].value -= normalizer } }
    return ranked
  }

  private mutating func extend(_ candidates: [Candidate], generatedCount: Int) {
    let isLast = generatedCount == options.maximumNewTokens
    var next: [Live] = []
    for (rank, candidate) in candidates.enumerated() {
      let ends = isLast || options.endTokens.contains(candidate.token)
      // An ending one counts only among the best `beamSize`; those behind it are there to keep the beam full.
      if ends ? rank >= options.beamSize : next.count == options.beamSize { continue }
      var extended = live[candidate.row]
      extended.history.append(candidate.token)
      extended.logProbabilities.append(candidate.logProbability)
      extended.sum = candidate.sum
      extended.parent = candidate.row
      if ends {
        finish(extended, generatedCount: generatedCount)
      } else {
        next.append(extended)
      }
    }
    if next.isEmpty || isDone(bestSum: next[0].sum, generatedCount: generatedCount) {
      isFinished = true
      // Constraints can forbid every token. Then what there is stands without an end.
      if finished.isEmpty, let best = live.first { finish(best, generatedCount: max(generatedCount - 1, 1)) }
    } else {
      live = next
    }
  }

  private mutating func finish(_ sequence: Live, generatedCount: Int) {
    let hypothesis = Hypothesis(
      tokens: Array(sequence.history.dropFirst(beginningCount)),
      score: options.lengthPenalty.score(sum: sequence.sum, length: generatedCount),
      tokenLogProbabilities: sequence.logProbabilities)
    let position = finished.firstIndex { $0.score < hypothesis.score } ?? finished.count
    finished.insert(hypothesis, at: position)
    if finished.count > options.beamSize { finished.removeLast() }
  }

  /// Whether the search is over although sequences are live, the best of which has the given sum.
  private func isDone(bestSum: Float, generatedCount: Int) -> Bool {
    guard finished.count == options.beamSize, let worst = finished.last else { return false }
    let length: Int
    switch options.earlyStopping {
    case .atBeamCount: return true
    case .heuristic: length = generatedCount
    case .never: length = options.lengthPenalty.exponent > 0 ? options.maximumNewTokens : generatedCount
    }
    return options.lengthPenalty.score(sum: bestSum, length: length) <= worst.score
  }

  /// The best hypotheses, best first.
  func hypotheses() -> [Hypothesis] {
    Array(finished.prefix(options.returnedCount))
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Row `index` of a matrix with rows of `size`.
  func row(_ index: Int, _ size: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: self[index * size..<(index + 1) * size])
  }
}
