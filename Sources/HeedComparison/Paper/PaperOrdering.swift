/// What the paper's table says of two models, by one measure, and what was measured.
package struct PaperOrdering: Sendable, Encodable {
  /// What models are ordered by.
  package enum Measure: String, Sendable, Codable, CaseIterable {
    /// Of a token of the held-out text.
    case perplexity
    /// Of what was translated.
    case bleu = "BLEU"

    /// Differences up to this size say nothing: the paper calls 25.7 and 25.8 BLEU nearly identical.
    var nearlyEqual: Double { self == .perplexity ? 0.01 : 0.1 }
  }

  /// The row that is compared.
  package let row: String
  /// The row that it is compared with.
  package let other: String
  /// By what.
  package let measure: Measure
  /// The published difference, row minus other.
  package let published: Double
  /// The measured one, over the seeds that both were trained with; nil where there is none.
  package let measured: Spread?
  /// Whether the one agrees with the other.
  package let verdict: OrderingVerdict

  /// Compares two rows by a measure; nil where the paper lacks one of them.
  init?(_ row: MeasuredRow, _ other: MeasuredRow, _ measure: Measure) {
    guard let first = row.row.published, let second = other.row.published else { return nil }
    self.row = row.row.name
    self.other = other.row.name
    self.measure = measure
    published = measure == .perplexity ? first.perplexity - second.perplexity : first.bleu - second.bleu
    let differences = row.differences(to: other, measure)
    measured = Spread(differences)
    verdict = OrderingVerdict(
      published: published, nearlyEqual: measure.nearlyEqual, measured: differences)
  }

  /// All orderings of a table: each row against the base, and the neighbours that the paper speaks of.
  static func all(_ rows: [MeasuredRow]) -> [PaperOrdering] {
    guard let base = rows.first(where: { $0.row.group == .base }) else { return [] }
    var pairs = rows.filter { $0.row.group != .base }.map { ($0, base) }
    for group in [PaperRow.Group.heads, .keySize] {
      let members = rows.filter { $0.row.group == group && $0.row.scale != nil }
        .sorted { ($0.row.scale?.measured ?? 0) < ($1.row.scale?.measured ?? 0) }
      for (first, second) in zip(members, members.dropFirst()) {
        let (below, above) = ((first.row.scale?.measured ?? 0) < 1, (second.row.scale?.measured ?? 0) < 1)
        // The further one from the base against the nearer one; across the base both have been compared with it.
        if below && above { pairs.append((first, second)) }
        if !below && !above { pairs.append((second, first)) }
      }
    }
    return pairs.flatMap { row, other in
      Measure.allCases.compactMap { PaperOrdering(row, other, $0) }
    }
  }
}

/// A row of the table with what was measured, by seed.
struct MeasuredRow: Sendable {
  let row: PaperRow
  let parameters: Int
  var results: [UInt64: Result] = [:]
  /// Seeds whose run has left no model.
  var failedSeeds: [UInt64] = []

  struct Result: Sendable, Encodable {
    let perplexity: Double
    let bleu: Double
    let chrf: Double
    let steps: Int

    func value(_ measure: PaperOrdering.Measure) -> Double { measure == .perplexity ? perplexity : bleu }
  }

  /// The differences to another row, for each seed that both were measured with.
  func differences(to other: MeasuredRow, _ measure: PaperOrdering.Measure) -> [Double] {
    results.sorted { $0.key < $1.key }.compactMap { seed, result in
      other.results[seed].map { result.value(measure) - $0.value(measure) }
    }
  }

  /// Mean and spread of a measure.
  func spread(_ measure: PaperOrdering.Measure) -> Spread? {
    Spread(results.sorted { $0.key < $1.key }.map { $0.value.value(measure) })
  }
}
