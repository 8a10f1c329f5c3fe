import HeedTensor

/// Pairs of texts of which the second goes on from the first in one half and comes from elsewhere in the other: what BERT
/// learns from beside hidden words (Devlin et al. 2019, section 3.1 and appendix A.2).
///
/// Documents are cut once into stretches of sentences that fill an example. In each epoch a stretch is parted anew between
/// two of its sentences, and its second part is its own, or is taken from another document, with equal chances; so each
/// pair that is drawn is about as long as its stretch, and the sizes of examples are known beforehand.
public struct NextSentencePairs: Sendable {
  /// What a pair is, as the model reads it.
  public struct Pair: Sendable {
    /// The tokens.
    public var tokens: [Int32]
    /// Which of the two texts each token belongs to.
    public var segments: [Int32]
    /// Whether the second text goes on from the first.
    public var isNext: Bool
  }

  /// A stretch of sentences, and the document that it is of.
  private struct Stretch {
    let sentences: Range<Int>
    let document: Int
    /// The most tokens of a pair of it, those of the frame not among them.
    let size: Int
  }

  private let frame: PairFrame
  private let length: Int
  private var sentences = TokenStore()
  /// Where the sentences of each document begin, and those of the last one end.
  private var documents = [0]
  private var stretches: [Stretch] = []

  /// No documents yet.
  ///
  /// - Parameters:
  ///   - length: The most tokens of a pair, those of the frame among them.
  ///   - frame: What stands round two texts.
  /// - Precondition: There is room for a token of each text.
  package init(length: Int, frame: PairFrame) {
    precondition(length - frame.length > 1, "NextSentencePairs: no room for two texts")
    self.length = length - frame.length
    self.frame = frame
  }

  /// How many examples there are.
  public var count: Int { stretches.count }
  /// How many documents can be drawn from.
  public var documentCount: Int { documents.count - 1 }
  /// All tokens of all documents.
  public var tokenCount: Int { sentences.tokens.count }
  /// The sizes of the examples; what is drawn is as large, or smaller where another document is short.
  package var exampleSizes: [ExampleSize] { stretches.map { ExampleSize(source: $0.size + frame.length) } }

  /// Adds a document.
  ///
  /// One of a single sentence makes no example, because nothing goes on from it; others are still paired with it. A sentence
  /// that would be left over by itself belongs to the stretch before it.
  ///
  /// - Parameter document: The tokens of its sentences; empty ones are passed over.
  package mutating func append(_ document: [[Int32]]) {
    let first = sentences.count
    for sentence in document where !sentence.isEmpty { sentences.append(sentence) }
    let end = sentences.count
    guard end > first else { return }
    documents.append(end)
    var ranges: [Range<Int>] = []
    var start = first
    var size = 0
    for index in first..<end {
      size += sentences.length(index)
      guard size >= length || index == end - 1 else { continue }
      // Two sentences at least, for one must be able to go on from the other.
      if index > start {
        ranges.append(start..<index + 1)
      } else if index < end - 1 {
        continue
      } else if let last = ranges.popLast() {
        ranges.append(last.lowerBound..<index + 1)
      }
      (start, size) = (index + 1, 0)
    }
    for range in ranges {
      let size = range.reduce(0) { $0 + sentences.length($1) }
      stretches.append(
        Stretch(sentences: range, document: documents.count - 2, size: min(size, length)))
    }
  }

  /// Draws a pair.
  ///
  /// - Precondition: There are two documents at least.
  package func pair(_ index: Int, _ random: inout SplitMix64) -> Pair {
    precondition(documentCount > 1, "NextSentencePairs: another document is needed to draw from")
    let stretch = stretches[index]
    let place = stretch.sentences.lowerBound + 1 + random.next(below: stretch.sentences.count - 1)
    var first = tokens(stretch.sentences.lowerBound..<place)
    var second: [Int32] = []
    let isNext = random.next(below: 2) == 0
    if isNext {
      second = tokens(place..<stretch.sentences.upperBound)
    } else {
      var other = random.next(below: documentCount - 1)
      if other >= stretch.document { other += 1 }
      var sentence = documents[other] + random.next(below: documents[other + 1] - documents[other])
      repeat {
        second += sentences[sentence]
        sentence += 1
      } while first.count + second.count < stretch.size && sentence < documents[other + 1]
    }
    Self.cut(&first, &second, to: stretch.size, &random)
    return frame.pair(first, second, isNext: isNext)
  }

  private func tokens(_ range: Range<Int>) -> [Int32] { range.flatMap { Array(sentences[$0]) } }

  /// Takes tokens away from the longer of two texts, at either end with equal chances, until both fit.
  private static func cut(
    _ first: inout [Int32], _ second: inout [Int32], to size: Int, _ random: inout SplitMix64
  ) {
    var (one, other) = (first.indices, second.indices)
    func cut(_ range: inout Range<Int>, _ atFront: Bool) {
      range = atFront ? range.lowerBound + 1..<range.upperBound : range.lowerBound..<range.upperBound - 1
    }
    while one.count + other.count > size {
      let atFront = random.next(below: 2) == 0
      if one.count > other.count { cut(&one, atFront) } else { cut(&other, atFront) }
    }
    (first, second) = (Array(first[one]), Array(second[other]))
  }

  /// Adds what tells the documents from others.
  func mix(into fingerprint: inout Fingerprint) {
    fingerprint.mix(sentences)
    for place in documents { fingerprint.mix(UInt64(place)) }
  }
}

/// What a tokenizer puts before, between and after two texts, and the segments of all.
package struct PairFrame: Sendable {
  /// A stretch of special tokens, with their segments.
  package struct Part: Sendable, Hashable {
    package var tokens: [Int32]
    package var segments: [Int32]

    package init(tokens: [Int32] = [], segments: [Int32] = []) {
      self.tokens = tokens
      self.segments = segments
    }
  }

  /// Before the first text.
  package var before = Part()
  /// Between both.
  package var between = Part()
  /// After the second.
  package var after = Part()

  /// Nothing.
  package init() {}

  /// How many tokens it has.
  var length: Int { before.tokens.count + between.tokens.count + after.tokens.count }

  /// Two texts within the frame; they are of the segments 0 and 1.
  func pair(_ first: [Int32], _ second: [Int32], isNext: Bool) -> NextSentencePairs.Pair {
    NextSentencePairs.Pair(
      tokens: before.tokens + first + between.tokens + second + after.tokens,
      segments: before.segments + first.map { _ in 0 } + between.segments + second.map { _ in 1 }
        + after.segments,
      isNext: isNext)
  }
}
