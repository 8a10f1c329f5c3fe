/// Which source token or word each target token or word was made from, read off cross-attention.
public enum Alignment {
  /// A link from the source to the target, both counted from 0.
  public struct Link: Hashable, Sendable, CustomStringConvertible {
    /// The position in the source: a column of the map.
    public let source: Int
    /// The position in the target: a row of the map.
    public let target: Int

    /// Joins two positions.
    public init(source: Int, target: Int) {
      self.source = source
      self.target = target
    }

    /// The link as written in Pharaoh files, source first: `0-1`.
    public var description: String { "\(source)-\(target)" }
  }

  /// Links each row to the column with the largest weight; of equal ones, the first.
  ///
  /// - Parameters:
  ///   - map: Attention of the target (rows) to the source (columns).
  ///   - minimumWeight: Rows whose largest weight is smaller stay without a link.
  /// - Returns: One link at most for each row, by row. A row without any number in it has no link.
  public static func links(from map: AttentionMap, minimumWeight: Float = 0) -> [Link] {
    map.rows.indices.compactMap { row in
      var best: (column: Int, weight: Float)?
      for column in map.columns.indices where !map[row, column].isNaN {
        if best.map({ map[row, column] > $0.weight }) ?? true { best = (column, map[row, column]) }
      }
      guard let best, best.weight >= minimumWeight else { return nil }
      return Link(source: best.column, target: row)
    }
  }

  /// Links as Pharaoh, fast_align and Moses write them, such as `0-0 2-1 1-2`: source, hyphen, target.
  ///
  /// - Parameters:
  ///   - map: Attention of the target (rows) to the source (columns); merge tokens to words first for words.
  ///   - minimumWeight: Rows whose largest weight is smaller stay without a link.
  /// - Returns: The links by target position, with spaces between.
  public static func pharaoh(from map: AttentionMap, minimumWeight: Float = 0) -> String {
    links(from: map, minimumWeight: minimumWeight).map(\.description).joined(separator: " ")
  }
}

/// How a tokenizer marks the pieces of a word.
public enum SubwordMark: Hashable, Sendable {
  /// A piece that begins a word begins with this: `▁` in SentencePiece, `Ġ` in GPT-2.
  case wordStart(String)
  /// A piece that goes on with a word begins with this: `##` in WordPiece.
  case continuation(String)
  /// A piece with which a word does not end ends with this: `@@` in subword-nmt.
  case unfinished(String)

  /// The mark of SentencePiece.
  public static let sentencePiece = wordStart("\u{2581}")

  /// Groups pieces to words.
  ///
  /// - Parameters:
  ///   - tokens: The pieces in order.
  ///   - specialTokens: Tokens that are words of their own whatever their spelling, such as `</s>`.
  /// - Returns: The range of each word in `tokens`; together they cover all of them.
  public func words(of tokens: [String], specialTokens: Set<String> = []) -> [Range<Int>] {
    var words: [Range<Int>] = []
    for index in tokens.indices {
      if let last = words.last, goesOn(tokens, at: index, specialTokens) {
        words[words.count - 1] = last.lowerBound..<(index + 1)
      } else {
        words.append(index..<(index + 1))
      }
    }
    return words
  }

  /// The spelling of a word, without marks.
  func spelling(_ pieces: ArraySlice<String>) -> String {
    switch self {
    case .wordStart(let mark), .continuation(let mark):
      pieces.map {
        Self.hasPrefix($0, mark) ? String($0.unicodeScalars.dropFirst(mark.unicodeScalars.count)) : $0
      }
      .joined()
    case .unfinished(let mark):
      pieces.map {
        Self.hasSuffix($0, mark) ? String($0.unicodeScalars.dropLast(mark.unicodeScalars.count)) : $0
      }
      .joined()
    }
  }

  private func goesOn(_ tokens: [String], at index: Int, _ specialTokens: Set<String>) -> Bool {
    guard index > 0, !specialTokens.contains(tokens[index]), !specialTokens.contains(tokens[index - 1]) else {
      return false
    }
    return switch self {
    case .wordStart(let mark): !Self.hasPrefix(tokens[index], mark)
    case .continuation(let mark): Self.hasPrefix(tokens[index], mark)
    case .unfinished(let mark): Self.hasSuffix(tokens[index - 1], mark)
    }
  }

  // By scalars: as a String, a mark followed by a combining character would be another character.
  private static func hasPrefix(_ token: String, _ mark: String) -> Bool {
    token.unicodeScalars.starts(with: mark.unicodeScalars)
  }

  private static func hasSuffix(_ token: String, _ mark: String) -> Bool {
    token.unicodeScalars.reversed().starts(with: mark.unicodeScalars.reversed())
  }
}

extension AttentionMap {
  /// The same map between words: attention to the pieces of a word is summed, attention from them is averaged.
  ///
  /// Source: Clark, Khandelwal, Levy and Manning, "What Does BERT Look At?" (2019), section 4.1.
  ///
  /// - Parameters:
  ///   - mark: How pieces are marked.
  ///   - specialTokens: Tokens that are words of their own whatever their spelling, such as `</s>`.
  /// - Returns: A map with a row and a column for each word; rows that summed to one still do.
  public func mergedIntoWords(_ mark: SubwordMark = .sentencePiece, specialTokens: Set<String> = [])
    -> AttentionMap
  {
    let rowWords = mark.words(of: rows, specialTokens: specialTokens)
    let columnWords = mark.words(of: columns, specialTokens: specialTokens)
    var merged: [Float] = []
    merged.reserveCapacity(rowWords.count * columnWords.count)
    for rowWord in rowWords {
      for columnWord in columnWords {
        var sum: Float = 0
        for row in rowWord { for column in columnWord { sum += self[row, column] } }
        merged.append(sum / Float(rowWord.count))
      }
    }
    return AttentionMap(
      rows: rowWords.map { mark.spelling(rows[$0]) }, columns: columnWords.map { mark.spelling(columns[$0]) },
      weights: merged)
  }
}
