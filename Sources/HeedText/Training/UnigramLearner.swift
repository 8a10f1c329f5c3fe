#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Learns the pieces of a unigram language model and their probabilities: starts with many substrings, fits their
/// probabilities by expectation maximisation, drops those that the likelihood misses least, and so on until as many are
/// left as were asked for.
///
/// Source: Kudo, "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword Candidates"
/// (2018), section 3.2; probabilities come from digamma functions of expected counts, a sparse prior, as in SentencePiece
/// (Liang and Klein, "Structured Bayesian Nonparametric Models with Variational Inference", 2007).
///
/// The words are kept once with the pieces that fit at each of their places, so that no step looks anything up again.
struct UnigramLearner {
  /// What governs the search; the defaults are SentencePiece's.
  struct Settings {
    /// The most scalars of a piece.
    var maximumLength = 16
    /// How many substrings it starts with at most.
    var seedCount = 1_000_000
    /// The part of the pieces that is kept in each round.
    var keptPart = 0.75
    /// How often probabilities are fitted in each round.
    var fittingCount = 2
  }

  /// Words are cut into parts of so many scalars: sums over all their segmentations stay within a double.
  private static let partLimit = 64

  private let settings: Settings
  /// The spellings of the pieces; single characters come first.
  private(set) var spellings = ByteStringTable()
  /// The logarithm of the probability of each piece.
  private(set) var scores: [Double] = []
  private(set) var isAlive: [Bool] = []
  private(set) var aliveCount = 0
  private let characterCount: Int

  /// The first place of each part of a word, and behind the last part the number of places.
  private var partStarts: [Int32] = [0]
  private var partCounts: [Double] = []
  /// Where the pieces of each place begin in the arrays below.
  private var placeStarts: [Int32] = []
  private var placePieces: [Int32] = []
  private var placeLengths: [UInt8] = []
  /// A place where each piece fits, and its length in scalars.
  private var pieceLocations: [Int32] = []
  private var pieceLengths: [UInt8] = []
  /// How many nats a scalar costs about: what keeps sums near one.
  private var costPerScalar = 2.0

  /// Finds the substrings to begin with.
  ///
  /// - Parameters:
  ///   - words: The words.
  ///   - counts: How often each word occurs.
  ///   - alphabet: The characters that stay pieces whatever happens; words are cut at others.
  ///   - settings: What governs the search.
  init(words: ByteStringTable, counts: [Int], alphabet: [UInt32], settings: Settings = Settings()) {
    precondition(2...255 ~= settings.maximumLength, "maximumLength is \(settings.maximumLength)")
    self.settings = settings
    characterCount = alphabet.count
    let characters = Set(alphabet)
    var scalars: [UInt32] = []
    var weights: [Int32] = []
    var frequencies: [UInt32: Double] = [:]
    func finishPart(_ learner: inout UnigramLearner, count: Int) {
      let start = Int(learner.partStarts[learner.partStarts.count - 1]) + learner.partCounts.count
      guard scalars.count > start else { return }
      scalars.append(0)
      weights.append(0)
      learner.partCounts.append(Double(count))
      learner.partStarts.append(Int32(truncatingIfNeeded: scalars.count - learner.partCounts.count))
    }
    for index in 0..<words.count {
      let count = counts[index]
      var length = 0
      for scalar in UTF8Scanning.scalars(Array(words[index])) {
        if scalar == 0 || !characters.contains(scalar) || length == Self.partLimit {
          finishPart(&self, count: count)
          length = 0
          if scalar == 0 || !characters.contains(scalar) { continue }
        }
        scalars.append(scalar)
        weights.append(Int32(clamping: count))
        frequencies[scalar, default: 0] += Double(count)
        length += 1
      }
      finishPart(&self, count: count)
    }
    choosePieces(scalars, weights, alphabet, frequencies)
    placePieces(scalars)
  }

  /// Characters, and the substrings with the most text in them.
  private mutating func choosePieces(
    _ scalars: [UInt32], _ weights: [Int32], _ alphabet: [UInt32], _ frequencies: [UInt32: Double]
  ) {
    var seeds = SubstringSeeds(scalars: scalars, weights: weights, maximumLength: settings.maximumLength).seeds()
    seeds.sort { one, other in
      let (left, right) = (one.count * one.length, other.count * other.length)
      return left != right ? left > right : one.start < other.start
    }
    var masses: [Double] = []
    for scalar in alphabet {
      var bytes: [UInt8] = []
      bytes.append(scalar: scalar)
      if spellings.insert(bytes).isNew { masses.append(max(frequencies[scalar] ?? 0, 1)) }
    }
    for seed in seeds.prefix(max(settings.seedCount - masses.count, 0)) {
      var bytes: [UInt8] = []
      for offset in 0..<seed.length { bytes.append(scalar: scalars[seed.start + offset]) }
      if spellings.insert(bytes).isNew { masses.append(Double(seed.count * seed.length)) }
    }
    let total = log(masses.reduce(0, +))
    scores = masses.map { log($0) - total }
    isAlive = [Bool](repeating: true, count: masses.count)
    aliveCount = masses.count
  }

  /// Finds the pieces that fit at each place.
  private mutating func placePieces(_ scalars: [UInt32]) {
    pieceLocations = [Int32](repeating: -1, count: spellings.count)
    pieceLengths = [UInt8](repeating: 0, count: spellings.count)
    var bytes: [UInt8] = []
    var place: Int32 = 0
    for start in scalars.indices where scalars[start] != 0 {
      placeStarts.append(Int32(truncatingIfNeeded: placePieces.count))
      bytes.removeAll(keepingCapacity: true)
      for length in 1...settings.maximumLength {
        let scalar = scalars[start + length - 1]
        if scalar == 0 { break }
        bytes.append(scalar: scalar)
        guard let piece = bytes.withUnsafeBufferPointer({ spellings.find($0) }) else { continue }
        placePieces.append(Int32(truncatingIfNeeded: piece))
        placeLengths.append(UInt8(truncatingIfNeeded: length))
        pieceLocations[piece] = place
        pieceLengths[piece] = UInt8(truncatingIfNeeded: length)
      }
      place += 1
    }
    placeStarts.append(Int32(truncatingIfNeeded: placePieces.count))
  }

  // MARK: Rounds

  /// Learns until `pieceCount` pieces are left, the characters among them.
  mutating func learn(pieceCount: Int) {
    // A tenth more until the end, so that the last choice is made among pieces that are all good.
    let enough = max(pieceCount + pieceCount / 10, characterCount)
    while true {
      for _ in 0..<settings.fittingCount { fit(dropsRare: true) }
      if aliveCount <= enough { break }
      prune(to: max(enough, Int(Double(aliveCount) * settings.keptPart)))
    }
    prune(to: max(pieceCount, characterCount))
    for _ in 0..<settings.fittingCount { fit(dropsRare: false) }
  }

  /// Fits the probabilities to how often each piece is to be expected.
  private mutating func fit(dropsRare: Bool) {
    var expected = expectedCounts()
    var total = 0.0
    for piece in expected.indices where isAlive[piece] {
      if piece >= characterCount, dropsRare, expected[piece] < 0.5 {
        isAlive[piece] = false
        aliveCount -= 1
        continue
      }
      expected[piece] = max(expected[piece], 0.1)
      total += expected[piece]
    }
    let normalizer = Self.digamma(total)
    for piece in expected.indices where isAlive[piece] {
      scores[piece] = Self.digamma(expected[piece]) - normalizer
    }
    removeDeadPlaces()
  }

  /// How often each piece is to be expected under the present probabilities.
  private mutating func expectedCounts() -> [Double] {
    var expected = [Double](repeating: 0, count: scores.count)
    let factors = scores.indices.map { piece in
      isAlive[piece] ? exp(scores[piece] + Double(pieceLengths[piece]) * costPerScalar) : 0
    }
    var cost = 0.0
    var scalarCount = 0.0
    var forward = [Double](repeating: 0, count: Self.partLimit + 1)
    var backward = forward
    for part in partCounts.indices {
      let start = Int(partStarts[part])
      let length = Int(partStarts[part + 1]) - start
      for index in 0...length { (forward[index], backward[index]) = (0, 0) }
      forward[0] = 1
      backward[length] = 1
      for index in 0..<length {
        let sum = forward[index]
        for entry in Int(placeStarts[start + index])..<Int(placeStarts[start + index + 1]) {
          forward[index + Int(placeLengths[entry])] += sum * factors[Int(placePieces[entry])]
        }
      }
      let whole = forward[length]
      guard whole > 0, whole.isFinite else { continue }
      let scale = partCounts[part] / whole
      for index in (0..<length).reversed() {
        var sum = 0.0
        for entry in Int(placeStarts[start + index])..<Int(placeStarts[start + index + 1]) {
          let piece = Int(placePieces[entry])
          let rest = factors[piece] * backward[index + Int(placeLengths[entry])]
          sum += rest
          expected[piece] += forward[index] * rest * scale
        }
        backward[index] = sum
      }
      cost += partCounts[part] * (Double(length) * costPerScalar - log(whole))
      scalarCount += partCounts[part] * Double(length)
    }
    if scalarCount > 0 { costPerScalar = cost / scalarCount }
    return expected
  }

  /// Keeps the pieces without which the likelihood would fall most.
  private mutating func prune(to count: Int) {
    guard aliveCount > count else { return }
    let frequencies = bestFrequencies()
    let total = frequencies.reduce(0, +)
    let logTotal = log(total)
    var candidates: [(piece: Int, loss: Double)] = []
    for piece in characterCount..<scores.count where isAlive[piece] {
      let frequency = frequencies[piece]
      guard frequency > 0 else { continue }
      let others = alternative(to: piece)
      // Its occurrences would go to the pieces of the next best way to spell it.
      let newTotal = log(total + frequency * Double(others.count - 1))
      var score = 0.0
      for other in others { score += log(frequencies[Int(other)] + frequency) - newTotal }
      candidates.append((piece, frequency * (log(frequency) - logTotal - score)))
    }
    candidates.sort { $0.loss != $1.loss ? $0.loss > $1.loss : $0.piece < $1.piece }
    for piece in characterCount..<scores.count { isAlive[piece] = false }
    for (piece, _) in candidates.prefix(max(count - characterCount, 0)) { isAlive[piece] = true }
    aliveCount = isAlive.count { $0 }
    removeDeadPlaces()
  }

  /// How often each piece is used if every word is cut in the best way.
  private func bestFrequencies() -> [Double] {
    var frequencies = [Double](repeating: 0, count: scores.count)
    var path = BestPath(limit: Self.partLimit)
    for part in partCounts.indices {
      let start = Int(partStarts[part])
      let length = Int(partStarts[part + 1]) - start
      path.find(length: length, places: start, self, without: -1)
      path.forEachPiece(length: length) { frequencies[Int($0)] += partCounts[part] }
    }
    return frequencies
  }

  /// The pieces of the best way to spell a piece without itself.
  private func alternative(to piece: Int) -> [Int32] {
    let length = Int(pieceLengths[piece])
    var path = BestPath(limit: length)
    path.find(length: length, places: Int(pieceLocations[piece]), self, without: Int32(truncatingIfNeeded: piece))
    var pieces: [Int32] = []
    path.forEachPiece(length: length) { pieces.append($0) }
    return pieces
  }

  /// The best way to cut a stretch of places into pieces.
  private struct BestPath {
    private var scores: [Double]
    private var pieces: [Int32]
    private var lengths: [UInt8]

    init(limit: Int) {
      scores = [Double](repeating: 0, count: limit + 1)
      pieces = [Int32](repeating: -1, count: limit + 1)
      lengths = [UInt8](repeating: 0, count: limit + 1)
    }

    mutating func find(length: Int, places start: Int, _ learner: borrowing UnigramLearner, without excluded: Int32) {
      for index in 0...length { (scores[index], pieces[index]) = (-.infinity, -1) }
      scores[0] = 0
      for index in 0..<length where scores[index] > -.infinity {
        for entry in Int(learner.placeStarts[start + index])..<Int(learner.placeStarts[start + index + 1]) {
          let end = index + Int(learner.placeLengths[entry])
          let piece = learner.placePieces[entry]
          guard end <= length, piece != excluded else { continue }
          let score = scores[index] + learner.scores[Int(piece)]
          if score > scores[end] { (scores[end], pieces[end], lengths[end]) = (score, piece, learner.placeLengths[entry]) }
        }
      }
    }

    /// Calls `body` with the pieces from the last to the first.
    func forEachPiece(length: Int, _ body: (Int32) -> Void) {
      var end = length
      while end > 0, pieces[end] >= 0 {
        body(pieces[end])
        end -= Int(lengths[end])
      }
    }
  }

  /// Forgets where dead pieces fit.
  private mutating func removeDeadPlaces() {
    var kept = 0
    var entry = 0
    for place in 0..<placeStarts.count - 1 {
      let end = Int(placeStarts[place + 1])
      placeStarts[place] = Int32(truncatingIfNeeded: kept)
      while entry < end {
        if isAlive[Int(placePieces[entry])] {
          placePieces[kept] = placePieces[entry]
          placeLengths[kept] = placeLengths[entry]
          kept += 1
        }
        entry += 1
      }
    }
    placeStarts[placeStarts.count - 1] = Int32(truncatingIfNeeded: kept)
    placePieces.removeLast(placePieces.count - kept)
    placeLengths.removeLast(placeLengths.count - kept)
  }

  /// The derivative of the logarithm of the gamma function, for positive numbers.
  ///
  /// Source: Abramowitz and Stegun (1964), 6.3.5 and 6.3.18.
  static func digamma(_ value: Double) -> Double {
    var value = value
    var result = 0.0
    while value < 8 {
      result -= 1 / value
      value += 1
    }
    let inverse = 1 / (value * value)
    let series = inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse / 240)))
    return result + log(value) - 0.5 / value - series
  }

  /// The pieces that are left, the most probable first.
  var result: [(spelling: [UInt8], score: Double)] {
    let order = scores.indices.filter { isAlive[$0] }.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    return order.map { (Array(spellings[$0]), scores[$0]) }
  }
}
