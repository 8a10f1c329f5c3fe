import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// A translation and where its tokens look in the source.
public struct TranslationAttention: Sendable, Hashable {
  /// The translation.
  public let text: String
  /// The cross-attention of each token of the translation (rows) to the tokens of the source (columns), ends of
  /// sentences among them, as the vocabularies spell them.
  public let tokens: AttentionMap
  /// How many of the source's tokens come before the text.
  let prefixCount: Int
  let mark: SubwordMark
  let specialTokens: Set<String>

  /// The same between words, without the source's prefix and ends of sentences.
  public var words: AttentionMap {
    tokens.contentWords(prefixCount, mark, specialTokens)
  }

  /// The same between tokens, without the source's prefix, ends of sentences and the marks of where words begin.
  public var pieces: AttentionMap {
    var markText = ""
    if case .wordStart(let text) = mark { markText = text }
    return tokens.withoutColumns(prefixCount).leavingOut(specialTokens.union([markText])) { label in
      label.hasPrefix(markText) ? String(label.dropFirst(markText.count)) : label
    }
  }
}

extension Translator {
  /// Translates a text, taken whole, and shows where each token of the translation looks.
  ///
  /// - Parameters:
  ///   - source: One sentence.
  ///   - translation: The translation to look at; by default the model's own.
  ///   - options: How to translate; `attentionLayer` says which layer's heads are averaged.
  /// - Returns: The translation and the map.
  /// - Throws: What translating throws.
  public func attention(
    for source: String, translation: String? = nil, _ options: TranslationOptions = TranslationOptions()
  ) throws -> TranslationAttention {
    let (sourceTokens, targets) = try tokens(of: source, translation.map { .text($0) }, options)
    let maps = try crossAttention([sourceTokens], [targets], options)
    return TranslationAttention(
      text: translation ?? targetTokenizer.decode(targets), tokens: maps[0],
      prefixCount: prefixCount(of: sourceTokens), mark: subwordMark, specialTokens: specialSpellings)
  }

  /// The tokens of a text, taken whole, and those of a given translation, or of the model's own.
  func tokens(
    of source: String, _ target: GivenTarget?, _ options: TranslationOptions
  ) throws -> (source: [TokenID], target: [TokenID]) {
    var options = options
    options.splitsSentences = false
    options.hypothesisCount = 1
    let sourceTokens = sourceTokens(source)
    try checkLength(sourceTokens, line: 0)
    let given: [TokenID]? =
      switch target {
      case .text(let translation): targetTokens(translation)
      case .tokens(let tokens): tokens
      case nil: nil
      }
    if let targets = given {
      guard targets.count <= lengthLimit else {
        throw TranslatorError.targetTooLong(line: 1, tokenCount: targets.count, limit: lengthLimit)
      }
      return (sourceTokens, targets)
    }
    let generation = try options.generationOptions(defaults)
    let limit = min(
      lengthLimit, options.maximumLength ?? sourceTokens.count + TranslationOptions.lengthMargin)
    let input = SearchInput(identity: 0, maximumNewTokens: limit)
    return (sourceTokens, try generator.generate([sourceTokens], [input], generation)[0][0].tokens)
  }

  /// The alignment of every hypothesis of every source.
  func wordAlignments(
    _ sources: [[TokenID]], _ found: [[Hypothesis]], _ options: TranslationOptions
  ) throws -> [[WordAlignment]] {
    var repeated: [[TokenID]] = []
    var targets: [[TokenID]] = []
    for (source, hypotheses) in zip(sources, found) {
      for hypothesis in hypotheses {
        repeated.append(source)
        targets.append(hypothesis.tokens)
      }
    }
    let (mark, special) = (subwordMark, specialSpellings)
    let maps = try crossAttention(repeated, targets, options)
    var alignments = zip(repeated, maps).map { source, map in
      WordAlignment(map.contentWords(prefixCount(of: source), mark, special))
    }[...]
    return found.map { hypotheses in
      defer { alignments = alignments.dropFirst(hypotheses.count) }
      return Array(alignments.prefix(hypotheses.count))
    }
  }

  /// The cross-attention of each target to its source, averaged over the heads of a layer and over models.
  private func crossAttention(
    _ sources: [[TokenID]], _ targets: [[TokenID]], _ options: TranslationOptions
  ) throws -> [AttentionMap] {
    let models = generator.models
    let layerCount = models.map { $0.attentions.size(of: .cross).layerCount }.min() ?? 0
    guard layerCount > 0 else { throw TranslatorError.noAttention }
    if let layer = options.attentionLayer, layer < 0 || layer >= layerCount {
      throw TranslatorError.noSuchLayer(layer: layer, layerCount: layerCount)
    }
    var maps: [AttentionMap] = []
    var start = 0
    while start < sources.count {
      var end = start
      var tokens = 0
      repeat {
        tokens += sources[end].count + targets[end].count
        end += 1
      } while end < sources.count && tokens + sources[end].count + targets[end].count <= options.batchTokens
      let batches = models.map {
        $0.crossAttention(
          Array(sources[start..<end]), Array(targets[start..<end]), layer: options.attentionLayer)
      }
      for index in start..<end {
        let rows = targets[index].map { targetTokenizer.token(for: $0) ?? "" }
        let columns = sources[index].map { sourceTokenizer.token(for: $0) ?? "" }
        let parts = batches.map { AttentionMap(rows: rows, columns: columns, weights: $0[index - start]) }
        maps.append(parts.count == 1 ? parts[0] : .mean(of: parts))
      }
      start = end
    }
    return maps
  }

  /// How the source's tokenizer marks words.
  private var subwordMark: SubwordMark {
    let pieces = sourceTokenizer.encode("a b", addingSpecialTokens: false).map {
      sourceTokenizer.token(for: $0) ?? ""
    }
    for mark in ["\u{2581}", "Ġ"] where pieces.contains(where: { $0.hasPrefix(mark) }) {
      return .wordStart(mark)
    }
    return .sentencePiece
  }

  private var specialSpellings: Set<String> {
    Set(sourceTokenizer.specialTokenIDs.compactMap { sourceTokenizer.token(for: $0) })
      .union(targetTokenizer.specialTokenIDs.compactMap { targetTokenizer.token(for: $0) })
  }
}

extension TranslationModel {
  /// The mean over heads of each target's attention to its source, `[target, source]`, target tokens being the ones
  /// that a row predicts.
  fileprivate func crossAttention(_ sources: [[TokenID]], _ targets: [[TokenID]], layer: Int?) -> [[Float]] {
    let recorder = AttentionRecorder()
    var context = ForwardContext.recording(recorder)
    let inputs = TokenSequences(targets.map { [interface.startToken] + $0.dropLast() })
    _ = states(sources: TokenSequences(sources), targets: inputs, &context)
    let layer = layer ?? max(0, attentions.size(of: .cross).layerCount - 2)
    let headCount = recorder.headCount(.cross, layer: layer)
    return targets.indices.map { index in
      // Constraints can forbid every first token, and then there is nothing to look from.
      guard !targets[index].isEmpty else { return [] }
      var mean = [Float](repeating: 0, count: targets[index].count * sources[index].count)
      for head in 0..<headCount {
        guard let weights = recorder.weights(.cross, layer: layer, head: head, sequence: index) else {
          continue
        }
        for (place, weight) in weights.scalars.enumerated() { mean[place] += weight / Float(headCount) }
      }
      return mean
    }
  }
}

/// Which words of a sentence belong together.
struct WordAlignment: Sendable {
  private(set) var links: [Alignment.Link] = []
  private var sourceCount = 0
  private var targetCount = 0

  init() {}

  /// Links each word of the target to the word of the source that it looks at most.
  init(_ words: AttentionMap) {
    links = Alignment.links(from: words)
    sourceCount = words.columns.count
    targetCount = words.rows.count
  }

  /// Adds the next sentence of a line.
  mutating func append(_ next: WordAlignment) {
    links += next.links.map {
      Alignment.Link(source: $0.source + sourceCount, target: $0.target + targetCount)
    }
    sourceCount += next.sourceCount
    targetCount += next.targetCount
  }
}

extension AttentionMap {
  /// The map between words, without the source's prefix and ends of sentences: places in it are places in the sentence.
  fileprivate func contentWords(
    _ prefixCount: Int, _ mark: SubwordMark, _ specialTokens: Set<String>
  ) -> AttentionMap {
    withoutColumns(prefixCount).mergedIntoWords(mark, specialTokens: specialTokens)
      .leavingOut(specialTokens.union([""])) { $0 }
  }

  fileprivate func withoutColumns(_ count: Int) -> AttentionMap {
    count == 0 ? self : part(rows: 0..<rows.count, columns: count..<columns.count)
  }

  /// The map without the rows and columns of these labels, its other labels changed by `rename`.
  fileprivate func leavingOut(_ labels: Set<String>, _ rename: (String) -> String) -> AttentionMap {
    let keptRows = rows.indices.filter { !labels.contains(rows[$0]) }
    let keptColumns = columns.indices.filter { !labels.contains(columns[$0]) }
    return AttentionMap(
      rows: keptRows.map { rename(rows[$0]) }, columns: keptColumns.map { rename(columns[$0]) },
      weights: keptRows.flatMap { row in keptColumns.map { self[row, $0] } })
  }
}
