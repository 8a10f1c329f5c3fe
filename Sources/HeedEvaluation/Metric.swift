/// A measure of how near hypotheses come to one or several references.
///
/// References are given as streams: `references[stream][line]` belongs to `hypotheses[line]`, so that two reference
/// files make two streams.
///
/// The score of a corpus follows from numbers that are summed over its segments. So a resample of the corpus is scored
/// from sums, and nothing is counted again.
public protocol Metric: Sendable {
  /// What this metric reports.
  associatedtype Score: MetricScore

  /// What is to be summed, for each segment.
  ///
  /// - Parameters:
  ///   - hypotheses: One line for each segment.
  ///   - references: One or several streams of lines, each as long as `hypotheses`.
  /// - Returns: Equally many numbers for each segment.
  /// - Precondition: There is at least one stream, and every stream is as long as `hypotheses`.
  func statistics(hypotheses: [String], references: [[String]]) -> SegmentStatistics

  /// The score of segments whose statistics have these sums.
  ///
  /// - Parameters:
  ///   - sums: The sums of what `statistics` returned, over any choice of segments.
  ///   - referenceCount: How many streams of references there were.
  /// - Returns: The score of these segments as a corpus.
  func score(sums: [Double], referenceCount: Int) -> Score
}

extension Metric {
  /// The score of a whole corpus.
  ///
  /// - Parameters:
  ///   - hypotheses: One line for each segment.
  ///   - references: One or several streams of lines, each as long as `hypotheses`.
  /// - Returns: One score, from counts summed over all lines.
  /// - Precondition: There is at least one stream, and every stream is as long as `hypotheses`.
  public func score(hypotheses: [String], references: [[String]]) -> Score {
    let statistics = statistics(hypotheses: hypotheses, references: references)
    return score(sums: statistics.sums(), referenceCount: references.count)
  }

  /// Scores one segment against its references, as a corpus of one line.
  ///
  /// - Parameters:
  ///   - hypothesis: The line to judge.
  ///   - references: One or several references of this line.
  /// - Returns: The score of this line.
  /// - Precondition: There is at least one reference.
  public func score(hypothesis: String, references: [String]) -> Score {
    score(hypotheses: [hypothesis], references: references.map { [$0] })
  }

  /// Traps with a sentence where the caller's streams differ in length; files are checked by `ParallelLines`.
  func checkStreams(_ hypotheses: [String], _ references: [[String]]) {
    precondition(!references.isEmpty, "A metric needs at least one stream of references.")
    for stream in references {
      precondition(
        stream.count == hypotheses.count,
        "\(hypotheses.count) hypotheses cannot be scored against \(stream.count) references.")
    }
  }
}

/// A score with all that is needed to print it as sacreBLEU 2.6 does.
public protocol MetricScore: Sendable, CustomStringConvertible {
  /// The name as printed: `BLEU`, `chrF2`, `chrF2++`, `TER`, `rouge1`.
  var name: String { get }
  /// The score, in percent.
  var score: Double { get }
  /// The settings behind the score, without the version: `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp`.
  var settings: String { get }
  /// The version whose counting this is; sacreBLEU's unless a score says otherwise.
  var version: String { get }
  /// What is printed after the score; empty where there is nothing to add.
  var details: String { get }
}

extension MetricScore {
  /// The version of sacreBLEU.
  public var version: String { sacreBLEUVersion }

  /// The settings with the version, such as `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0`.
  public func signature() -> String { settings + "|version:" + version }

  /// The score with two decimals and without the signature, as in Python's `str(score)`.
  public var description: String { formatted(width: 2, withSignature: false) }

  /// The line that `sacrebleu --format text` prints.
  ///
  /// - Parameters:
  ///   - width: Decimals of the score; the command prints one, the Python classes two.
  ///   - withSignature: Whether the signature stands between the name and the score.
  /// - Returns: Name, signature, score and details on one line.
  public func formatted(width: Int = 1, withSignature: Bool = true) -> String {
    var line = withSignature ? "\(name)|\(signature()) = " : "\(name) = "
    line += decimal(score, width)
    if !details.isEmpty { line += " " + details }
    return line
  }

  /// The object that `sacrebleu --format json` prints.
  ///
  /// - Parameter width: Decimals to which the score is rounded.
  /// - Returns: A JSON object over several lines.
  public func json(width: Int = 1) -> String {
    // The rounded text is turned back into a number so that 38.0 and 0.5 print as Python prints them.
    let rounded = Double(decimal(score, width)) ?? score
    var fields = [("name", quoted(name)), ("score", "\(rounded)"), ("signature", quoted(signature()))]
    if !details.isEmpty { fields.append(("verbose_score", quoted(details))) }
    for setting in signature().split(separator: "|") {
      guard let colon = setting.firstIndex(of: ":") else { continue }
      fields.append((String(setting[..<colon]), quoted(String(setting[setting.index(after: colon)...]))))
    }
    return "{\n" + fields.map { " \(quoted($0.0)): \($0.1)" }.joined(separator: ",\n") + "\n}"
  }
}

/// The version of sacreBLEU whose counting, rounding and signatures this module follows.
public let sacreBLEUVersion = "2.6.0"

/// Prints several scores one below the other with the equals signs aligned, as sacreBLEU does.
///
/// - Parameters:
///   - scores: The scores in the order in which to print them; sacreBLEU prints BLEU, chrF, TER.
///   - width: Decimals of each score.
/// - Returns: A line for each score, without a line feed at the end.
public func alignedLines(of scores: [any MetricScore], width: Int = 1) -> String {
  let heads = scores.map { "\($0.name)|\($0.signature())" }
  let widest = heads.map(\.unicodeScalars.count).max() ?? 0
  return zip(scores, heads).map { score, head in
    String(repeating: " ", count: widest - head.unicodeScalars.count) + score.formatted(width: width)
  }.joined(separator: "\n")
}

/// `text` as a JSON string; names, settings and details hold nothing but printable ASCII.
private func quoted(_ text: String) -> String { "\"\(text)\"" }
