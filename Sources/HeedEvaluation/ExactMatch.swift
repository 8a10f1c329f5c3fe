/// Compares each hypothesis with its reference.
///
/// Lines are compared scalar by scalar: composed and decomposed characters differ, as they do for the other metrics.
///
/// - Parameters:
///   - hypotheses: The lines to judge.
///   - references: What they should be.
/// - Returns: The share of hypotheses that equal their reference, in 0...1; zero for no lines.
/// - Precondition: Both hold the same number of lines.
public func exactMatch(hypotheses: [String], references: [String]) -> Double {
  precondition(
    hypotheses.count == references.count,
    "\(hypotheses.count) hypotheses cannot be compared with \(references.count) references.")
  guard !hypotheses.isEmpty else { return 0 }
  let equalCount = zip(hypotheses, references).count { $0.utf8.elementsEqual($1.utf8) }
  return Double(equalCount) / Double(hypotheses.count)
}
