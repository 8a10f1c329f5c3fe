import HeedTraining

extension PaperComparison {
  /// What programs read.
  struct Figures: Encodable, Sendable {
    /// A row of the table.
    struct Row: Encodable, Sendable {
      let name: String
      let group: String
      let setting: String
      let parameters: Int
      let published: PaperRow.Published?
      let perplexity: Spread?
      let bleu: Spread?
      /// By seed.
      let results: [String: MeasuredRow.Result]
    }

    let recipe: String
    let settings: MeasurementSettings
    let seeds: [UInt64]
    let rows: [Row]
    let orderings: [PaperOrdering]
  }

  /// The report with what there is.
  func report(_ rows: [MeasuredRow]) -> ComparisonReport {
    let orderings = PaperOrdering.all(rows)
    let figures = Figures(
      recipe: recipe.yaml, settings: settings, seeds: seeds,
      rows: rows.map { row in
        Figures.Row(
          name: row.row.name, group: row.row.group.rawValue, setting: row.row.setting,
          parameters: row.parameters, published: row.row.published, perplexity: row.spread(.perplexity),
          bleu: row.spread(.bleu),
          results: Dictionary(uniqueKeysWithValues: row.results.map { (String($0.key), $0.value) }))
      }, orderings: orderings)
    return ComparisonReport(
      title: "Table 3 of “Attention Is All You Need”, measured small",
      introduction: introduction(rows, orderings),
      sections: [table(rows), verdicts(rows, orderings), charts(rows), method()], figures: figures)
  }

  private func introduction(_ rows: [MeasuredRow], _ orderings: [PaperOrdering]) -> [String] {
    let counts = Dictionary(grouping: orderings, by: \.verdict).mapValues(\.count)
    let order: [OrderingVerdict] = [.held, .withinSpread, .reversed, .heldOnce, .reversedOnce, .missing]
    let words = order.compactMap { verdict in counts[verdict].map { "\($0) \(verdict.rawValue)" } }
    var lines = [
      "The changes of table 3 to a base model of \(recipe.model.encoderLayerCount) + "
        + "\(recipe.model.decoderLayerCount) layers, width \(recipe.model.hiddenSize), feed-forward "
        + "\(recipe.model.feedForwardSize) and \(recipe.model.headCount) heads, with \(seeds.count) "
        + "\(seeds.count == 1 ? "seed" : "seeds"). Of the table's \(orderings.count) orderings: "
        + "\(words.joined(separator: ", "))."
    ]
    let missing = rows.compactMap { row -> String? in
      let open = seeds.count - row.results.count - row.failedSeeds.count
      return open > 0 ? "\(row.row.setting) (\(open) of \(seeds.count) seeds)" : nil
    }
    if !missing.isEmpty { lines.append("Not measured yet: \(missing.joined(separator: ", ")).") }
    let failed = rows.filter { !$0.failedSeeds.isEmpty }.map(\.row.setting)
    if !failed.isEmpty {
      lines.append("Diverged before they had a model to measure: \(failed.joined(separator: ", ")).")
    }
    return lines
  }

  private func table(_ rows: [MeasuredRow]) -> ReportSection {
    let base = rows.first { $0.row.group == .base }
    func published(_ row: MeasuredRow, _ value: (PaperRow.Published) -> Double, _ digits: Int) -> String {
      guard let figures = row.row.published else { return "–" }
      let text = FigureText.fixed(value(figures), digits)
      guard row.row.group != .base else { return text }
      return "\(text) (\(FigureText.signed(value(figures) - value(PaperRow.publishedBase), digits)))"
    }
    func measured(_ row: MeasuredRow, _ measure: PaperOrdering.Measure) -> String {
      guard let spread = row.spread(measure) else { return "–" }
      let deviation = spread.deviation.map { " ± \(FigureText.fixed($0, 2))" } ?? ""
      let text = FigureText.fixed(spread.mean, 2) + deviation
      guard row.row.group != .base, let base,
        let difference = Spread(row.differences(to: base, measure))
      else { return text }
      return "\(text) (\(FigureText.signed(difference.mean, 2)))"
    }
    let cells = rows.map { row in
      [
        row.row.setting, row.row.group == .base ? "" : row.row.group.rawValue,
        FigureText.count(Double(row.parameters)), row.row.published?.setting ?? "–",
        published(row, \.perplexity, 2), measured(row, .perplexity), published(row, \.bleu, 1),
        measured(row, .bleu), "\(row.results.count)",
      ]
    }
    return ReportSection(
      title: "The table",
      paragraphs: [
        "Published: perplexity and BLEU on newstest2013, English to German. Measured: held-out text of the corpus, "
          + "mean over seeds ± standard deviation. In brackets the difference to the base model, measured over the "
          + "seeds that both were trained with. Perplexities and BLEU of two corpora cannot be compared, only "
          + "their differences."
      ],
      tables: [
        ReportTable(
          caption: "Published and measured",
          columns: [
            "change", "row", "parameters", "in the paper", "perplexity, published", "perplexity, measured",
            "BLEU, published", "BLEU, measured", "seeds",
          ], rows: cells)
      ])
  }

  private func verdicts(_ rows: [MeasuredRow], _ orderings: [PaperOrdering]) -> ReportSection {
    let settings = Dictionary(uniqueKeysWithValues: rows.map { ($0.row.name, $0.row.setting) })
    func name(_ row: String) -> String { row == "base" ? "base" : settings[row] ?? row }
    let cells = orderings.map { ordering in
      let digits = ordering.measure == .perplexity ? 2 : 1
      let measured = ordering.measured.map { spread in
        FigureText.signed(spread.mean, 2) + (spread.deviation.map { " ± \(FigureText.fixed($0, 2))" } ?? "")
      }
      return [
        "\(name(ordering.row)) against \(name(ordering.other))", ordering.measure.rawValue,
        FigureText.signed(ordering.published, digits), measured ?? "–", ordering.verdict.rawValue,
      ]
    }
    return ReportSection(
      title: "Which orderings held",
      paragraphs: [
        "An ordering held where the measured difference has the published direction and is larger than the "
          + "standard deviation of that difference over seeds; it did not hold where it has the other direction "
          + "and is larger; otherwise it is within the spread. What was published as nearly equal (up to 0.01 in "
          + "perplexity, 0.1 in BLEU) held where the difference is within the spread. With one seed there is only "
          + "a direction."
      ],
      tables: [
        ReportTable(
          caption: "Differences",
          columns: ["ordering", "by", "published", "measured", "verdict"], rows: cells)
      ])
  }

  /// Perplexity relative to the base model's, against what was changed.
  private func charts(_ rows: [MeasuredRow]) -> ReportSection {
    let base = rows.first { $0.row.group == .base }
    guard let measuredBase = base?.spread(.perplexity)?.mean, measuredBase > 0 else {
      return ReportSection(title: "Pictures")
    }
    let quantities = rows.compactMap(\.row.scale?.quantity).reduce(into: [String]()) { list, name in
      if !list.contains(name) { list.append(name) }
    }
    let charts = quantities.map { quantity -> ReportChart in
      let members = rows.filter { $0.row.scale?.quantity == quantity }
      var measured = [ReportChart.Point(x: 1, y: 1)]
      var published = measured
      for member in members {
        guard let scale = member.row.scale else { continue }
        if let spread = member.spread(.perplexity) {
          measured.append(
            .init(
              x: scale.measured, y: spread.mean / measuredBase,
              spread: spread.deviation.map { $0 / measuredBase }))
        }
        if let place = scale.published, let figures = member.row.published {
          published.append(.init(x: place, y: figures.perplexity / PaperRow.publishedBase.perplexity))
        }
      }
      return ReportChart(
        title: "Perplexity by \(quantity)", xLabel: "\(quantity), of the base model's",
        yLabel: "of the base model's", isXLogarithmic: true,
        series: [
          .init(name: "published", points: published.sorted { $0.x < $1.x }),
          .init(name: "measured", points: measured.sorted { $0.x < $1.x }),
        ])
    }
    return ReportSection(title: "Pictures", charts: charts)
  }

  private func method() -> ReportSection {
    let model = recipe.model
    let end =
      recipe.training.timeBudget.map { FigureText.duration($0.seconds) }
      ?? recipe.training.maximumSteps.map { "\(FigureText.count(Double($0))) steps" } ?? "as the recipe says"
    return ReportSection(
      title: "How it was done",
      paragraphs: [
        "The paper trains 65 million parameters for 100,000 steps of 25,000 tokens on 4.5 million pairs and "
          + "averages checkpoints. Here: \(end) of \(FigureText.count(Double(recipe.training.batchTokens))) "
          + "tokens, schedule \(recipe.training.schedule.rawValue), norms \(model.norm.rawValue) the sublayers, "
          + "dropout \(FigureText.figure(model.dropout ?? 0)), label smoothing "
          + "\(FigureText.figure(recipe.training.labelSmoothing ?? 0)), the checkpoint of the least held-out loss, "
          + "beam \(settings.beamSize), length penalty \(FigureText.figure(settings.lengthPenalty)).",
        "Changes stand beside the paper's row of the same kind: a single head, and heads, keys and widths by the "
          + "same factor where there is one; half the layers beside N = 2 of 6, half as many again beside N = 8 of "
          + "6. Heads share the width, so that computation stays the same. Smaller keys are columns of queries and "
          + "keys that are zero and stay zero; values keep their width, as in the paper.",
      ])
  }
}
