/// Decides which pairs a model is trained on.
public struct PairFilter: Sendable, Hashable {
  /// Why a pair is left out.
  public enum Reason: String, Sendable, CaseIterable, Codable {
    /// A side has no text but white space, or no token.
    case empty
    /// A side has fewer tokens than `minimumLength`.
    case tooShort = "too_short"
    /// A side has more tokens than `maximumLength`.
    case tooLong = "too_long"
    /// One side has more than `maximumRatio` times the other's tokens.
    case ratio
    /// A line of the file was longer than the reader's limit.
    case overlongLine = "overlong_line"
  }

  /// Tokens that each side must have.
  public var minimumLength: Int
  /// Tokens that each side may have, as they go into the model: the target's end of sentence counts.
  public var maximumLength: Int
  /// How many times as long as the other a side may be; 0 for any.
  public var maximumRatio: Double

  /// Creates a filter.
  ///
  /// - Parameters:
  ///   - minimumLength: Tokens that each side must have.
  ///   - maximumLength: Tokens that each side may have; no more than a batch's token budget.
  ///   - maximumRatio: The longer side's tokens over the shorter side's may be this much; 0 for any.
  public init(minimumLength: Int = 1, maximumLength: Int = 256, maximumRatio: Double = 9) {
    precondition(minimumLength >= 0 && maximumLength >= 1, "PairFilter: lengths must be positive")
    precondition(maximumRatio == 0 || maximumRatio >= 1, "PairFilter: maximumRatio must be 0 or at least 1")
    self.minimumLength = minimumLength
    self.maximumLength = maximumLength
    self.maximumRatio = maximumRatio
  }

  /// Judges a pair by how many tokens its sides have.
  ///
  /// - Parameters:
  ///   - sourceCount: The source's tokens, as the encoder will see them.
  ///   - targetCount: The target's tokens without start and end of sentence.
  /// - Returns: Why the pair is left out, or nil if it stays.
  public func reasonToReject(sourceCount: Int, targetCount: Int) -> Reason? {
    let (shorter, longer) = (min(sourceCount, targetCount), max(sourceCount, targetCount))
    if shorter <= 0 { return .empty }
    if shorter < minimumLength { return .tooShort }
    if sourceCount > maximumLength || targetCount >= maximumLength { return .tooLong }
    if maximumRatio > 0, Double(longer) > maximumRatio * Double(shorter) { return .ratio }
    return nil
  }

  /// Whether a text has nothing but white space.
  public static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }
}

/// How many pairs a filter kept, and how many it left out for which reason.
public struct FilterReport: Sendable, Hashable {
  /// How many pairs stayed.
  public private(set) var keptCount = 0
  private var rejected: [PairFilter.Reason: Int] = [:]

  /// Creates a report of nothing yet.
  public init() {}

  /// How many pairs were left out for a reason.
  public func rejectedCount(_ reason: PairFilter.Reason) -> Int { rejected[reason, default: 0] }
  /// How many pairs were left out.
  public var rejectedCount: Int { rejected.values.reduce(0, +) }

  /// Counts a pair.
  public mutating func count(_ reason: PairFilter.Reason?) { count(reason, 1) }

  /// Counts several pairs at once.
  public mutating func count(_ reason: PairFilter.Reason?, _ pairCount: Int) {
    guard pairCount > 0 else { return }
    if let reason { rejected[reason, default: 0] += pairCount } else { keptCount += pairCount }
  }

  /// One line for the log: what stayed, what was left out and why.
  public var summary: String {
    let total = keptCount + rejectedCount
    guard rejectedCount > 0 else { return "\(keptCount) pairs, none left out" }
    let reasons = PairFilter.Reason.allCases.compactMap { reason -> String? in
      let count = rejectedCount(reason)
      guard count > 0 else { return nil }
      switch reason {
      case .empty: return "\(count) with an empty side"
      case .tooShort: return "\(count) too short"
      case .tooLong: return "\(count) too long"
      case .ratio: return "\(count) out of proportion"
      case .overlongLine: return "\(count) on an overlong line"
      }
    }
    return "\(keptCount) of \(total) pairs; left out: \(reasons.joined(separator: ", "))"
  }
}
