import HeedInspection
import Testing

@Suite struct AlignmentTests {
  /// "forty-two" → "zweiundvierzig": units and tens change places.
  private let map = AttentionMap(
    rows: ["zwei", "und", "vierzig"], columns: ["forty", "-", "two"],
    weights: [0.1, 0.1, 0.8, 0.2, 0.6, 0.2, 0.9, 0.05, 0.05])

  @Test func pharaohNamesTheSourceFirst() {
    #expect(Alignment.pharaoh(from: map) == "2-0 1-1 0-2")
    #expect(Alignment.pharaoh(from: map, minimumWeight: 0.7) == "2-0 0-2")
    #expect(Alignment.links(from: map).first == Alignment.Link(source: 2, target: 0))
    #expect(Alignment.pharaoh(from: AttentionMap(rows: [], columns: ["a"], weights: [])) == "")
    #expect(Alignment.pharaoh(from: AttentionMap(rows: ["a"], columns: [], weights: [])) == "")
  }

  @Test func firstOfEqualWeightsWinsAndNoNumberNever() {
    let map = AttentionMap(
      rows: ["a", "b", "c"], columns: ["x", "y"], weights: [0.5, 0.5, .nan, 0.1, .nan, .nan])
    #expect(Alignment.pharaoh(from: map) == "0-0 1-1")
  }

  @Test func piecesBecomeWords() {
    let sentencePiece = ["▁un", "believ", "able", "▁▁", "!", "</s>"]
    #expect(
      SubwordMark.sentencePiece.words(of: sentencePiece, specialTokens: ["</s>"]) == [0..<3, 3..<5, 5..<6])
    #expect(SubwordMark.sentencePiece.words(of: sentencePiece) == [0..<3, 3..<6])
    #expect(SubwordMark.sentencePiece.words(of: ["a", "b", "▁c"]) == [0..<2, 2..<3])
    #expect(
      SubwordMark.continuation("##").words(of: ["[CLS]", "un", "##able", "to"]) == [0..<1, 1..<3, 3..<4])
    #expect(SubwordMark.unfinished("@@").words(of: ["un@@", "able", "to"]) == [0..<2, 2..<3])
    #expect(
      SubwordMark.unfinished("@@").words(of: ["un@@", "</s>"], specialTokens: ["</s>"]) == [0..<1, 1..<2])
    #expect(SubwordMark.sentencePiece.words(of: []) == [])
    // The mark counts where a combining accent would merge with it to one character.
    #expect(SubwordMark.sentencePiece.words(of: ["a", "▁\u{301}b"]) == [0..<1, 1..<2])
  }

  @Test func mergingSumsColumnsAndAveragesRows() {
    let map = AttentionMap(
      rows: ["▁Hal", "lo", "▁Welt", "</s>"], columns: ["▁hel", "lo", "▁world", "</s>"],
      weights: [
        0.5, 0.25, 0.25, 0,
        0.25, 0.25, 0.25, 0.25,
        0, 0.25, 0.75, 0,
        0, 0, 0, 1,
      ])
    let words = map.mergedIntoWords(specialTokens: ["</s>"])
    #expect(words.rows == ["Hallo", "Welt", "</s>"])
    #expect(words.columns == ["hello", "world", "</s>"])
    #expect(words.weights == [0.625, 0.25, 0.125, 0.25, 0.75, 0, 0, 0, 1])
    #expect(Alignment.pharaoh(from: words.part(rows: 0..<2, columns: 0..<2)) == "0-0 1-1")
    let pieces = AttentionMap(rows: ["un@@", "able"], columns: ["x"], weights: [1, 1])
    #expect(pieces.mergedIntoWords(.unfinished("@@")).rows == ["unable"])
  }

  @Test func partsAndMeansKeepTheirPlaces() {
    let part = map.part(rows: 1..<3, columns: 0..<2)
    #expect(part.rows == ["und", "vierzig"] && part.columns == ["forty", "-"])
    #expect(part.weights == [0.2, 0.6, 0.9, 0.05])
    #expect(part[1, 0] == 0.9)
    let ones = AttentionMap(rows: ["a"], columns: ["x", "y"], weights: [1, 0])
    let halves = AttentionMap(rows: ["a"], columns: ["x", "y"], weights: [0.5, 0.5])
    #expect(AttentionMap.mean(of: [ones, halves]).weights == [0.75, 0.25])
  }
}
