import HeedTensor
import HeedTraining
import Testing

/// What is hidden of texts, and what of it can be put back.
@Suite struct MaskingTests {
  private static let mask: Int32 = 4
  private static let specials: [Int32] = [0, 1, 2, 3]

  private static func masking(wholeWords: Bool) -> WordMasking {
    // Odd tokens continue the word before them.
    WordMasking(
      mask: mask, specialTokens: specials, continuesWord: (0..<200).map { $0 > 4 && $0 % 2 == 1 },
      masksWholeWords: wholeWords)
  }

  private static func text(_ length: Int, seed: UInt64) -> [Int32] {
    var random = SplitMix64(seed: seed)
    return [2] + (0..<length).map { _ in Int32(5 + random.next(below: 195)) } + [3]
  }

  @Test(arguments: [false, true])
  func whatIsHiddenCanBePutBack(_ wholeWords: Bool) {
    let masking = Self.masking(wholeWords: wholeWords)
    for seed in UInt64(0)..<50 {
      let text = Self.text(3 + Int(seed), seed: seed)
      var random = SplitMix64(seed: seed)
      let (tokens, labels) = masking.mask(text[...], &random)
      let restored = zip(tokens, labels).map { $1 >= 0 ? $1 : $0 }
      #expect(restored == text)
      #expect(labels.first == -1 && labels.last == -1)
      #expect(labels.contains { $0 >= 0 })
      if wholeWords {
        for place in text.indices.dropFirst(2) where text[place] % 2 == 1 && text[place] > 4 {
          #expect((labels[place] >= 0) == (labels[place - 1] >= 0), "a word is hidden in part")
        }
      }
    }
  }

  @Test func sharesAreThoseOfThePaper() {
    let masking = Self.masking(wholeWords: false)
    var (hidden, masked, kept) = (0, 0, 0)
    for seed in UInt64(0)..<200 {
      let text = Self.text(200, seed: seed)
      var random = SplitMix64(seed: seed)
      let (tokens, labels) = masking.mask(text[...], &random)
      for place in text.indices where labels[place] >= 0 {
        hidden += 1
        if tokens[place] == Self.mask { masked += 1 } else if tokens[place] == text[place] { kept += 1 }
        #expect(!Self.specials.contains(tokens[place]))
      }
    }
    // 15 % of 200 tokens, exactly; of them 80 %, and about 10 %.
    #expect(hidden == 200 * 30)
    #expect(abs(Double(masked) / Double(hidden) - 0.8) < 0.02)
    #expect(abs(Double(kept) / Double(hidden) - 0.1) < 0.02)
  }

  @Test func aTextOfSpecialTokensIsLeftAlone() {
    var random = SplitMix64(seed: 1)
    let (tokens, labels) = Self.masking(wholeWords: false).mask([2, 3][...], &random)
    #expect(tokens == [2, 3] && labels == [-1, -1])
  }

  // MARK: Spans

  private static let sentinels = (500..<510).map { Int32($0) }

  @Test(arguments: [(0.15, 3.0), (0.5, 1), (0.9, 20), (0.01, 2)])
  func corruptedTextsCanBePutTogether(_ share: Double, _ span: Double) {
    let corruption = SpanCorruption(share: share, meanSpanLength: span, sentinels: Self.sentinels)
    for length in 2..<80 {
      let text = Self.text(length, seed: UInt64(length))
      var random = SplitMix64(seed: UInt64(length))
      let pair = corruption.corrupt(text[...], &random)
      // What stands behind each sentinel of the target.
      var spans: [[Int32]] = []
      for token in pair.target {
        if Self.sentinels.contains(token) { spans.append([]) } else { spans[spans.count - 1].append(token) }
      }
      #expect(spans.last == [], "the target ends with a sentinel of its own")
      let used = pair.target.filter { Self.sentinels.contains($0) }
      #expect(used == Array(Self.sentinels.prefix(used.count)), "sentinels come in order")
      let restored = pair.source.flatMap { token in
        Self.sentinels.firstIndex(of: token).map { spans[$0] } ?? [token]
      }
      #expect(restored == text)
      #expect(spans.dropLast().allSatisfy { !$0.isEmpty })
      let (noise, count) = corruption.counts(text.count)
      #expect(pair.source.count == text.count - noise + count)
      #expect(pair.target.count == noise + count + 1)
    }
  }

  @Test func whatIsLeftOutIsSpreadEvenly() {
    let corruption = SpanCorruption(sentinels: (0..<100).map { Int32(1000 + $0) })
    var counts = [Int](repeating: 0, count: 100)
    let text = (0..<100).map { Int32($0) }
    for seed in UInt64(0)..<4000 {
      var random = SplitMix64(seed: seed)
      for token in corruption.corrupt(text[...], &random).target where token < 100 { counts[Int(token)] += 1 }
    }
    #expect(counts.reduce(0, +) == 4000 * 15)
    // A text begins with what stays and ends with what is left out, as T5's authors have it: so the last token is always
    // left out, and those of the midst in a little less than 15 % of the cases.
    #expect(counts[0] == 0 && counts[99] == 4000)
    #expect(counts[20..<80].allSatisfy { (430..<630).contains($0) }, "\(counts)")
  }
}
