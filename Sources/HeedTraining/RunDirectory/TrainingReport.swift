import HeedInspection

/// `report.html`: one page, without scripts or anything from elsewhere, that shows how a run went.
public struct TrainingReport: Sendable {
  /// What the page is called: the run's name.
  public var title: String
  /// The run's recipe.
  public var recipe: Recipe
  /// The run's log.
  public var records: [MetricsRecord]

  /// Creates a report.
  public init(title: String, recipe: Recipe, records: [MetricsRecord]) {
    self.title = title
    self.recipe = recipe
    self.records = records
  }

  /// The page.
  public var html: String {
    ReportPage(
      kind: "training report", title: title, lead: [modelSummary],
      body: """
        \(tiles)
        \(charts)
        \(sampleTable)
        \(events)
        \(facts)
        <details><summary>Recipe</summary><pre>\(MarkupText.escape(recipe.yaml))</pre></details>
        """
    ).html
  }

  private var modelSummary: String {
    let model = recipe.model
    let task = recipe.task.rawValue.split(separator: "_").joined(separator: " ")
    if let start = model.startingDirectory { return "\(task), going on from \(start)" }
    return ([task] + architecture + [vocabulary].compactMap { $0 }).joined(separator: ", ")
  }

  /// What a new model is made of. Whatever learns from running text is what other programs know by that name, and the recipe
  /// chooses no more than its sizes.
  private var architecture: [String] {
    let model = recipe.model
    let hidden = "hidden \(model.hiddenSize)"
    let sizes = "\(hidden), feed-forward \(model.feedForwardSize), \(model.headCount) heads"
    let layers = "\(model.encoderLayerCount) + \(model.decoderLayerCount) layers"
    return switch recipe.task {
    case .languageModel: ["GPT-2", "\(model.decoderLayerCount) layers", sizes, "norm before"]
    case .maskedLanguageModel: ["BERT", "\(model.encoderLayerCount) layers", sizes, "norm after"]
    case .spanCorruption: ["T5", layers, sizes, "norm before"]
    default:
      switch model.architecture {
      case .transformer: ["Transformer", layers, sizes, "norm \(model.norm.rawValue)"]
      case .lstm, .gru:
        [
          model.architecture.rawValue.uppercased(),
          "\(model.encoderLayerCount) + \(model.encoderLayerCount) layers", hidden,
          model.attention == .none ? "no attention" : "\(model.attention.rawValue) attention",
        ]
      case .convolution:
        ["convolutional model", layers, hidden, "kernels of \(model.kernelSize) tokens"]
      }
    }
  }

  /// How many tokens the vocabulary has, or both have: learned, they may be fewer than were asked for.
  private var vocabulary: String? {
    guard let facts = run?.facts, let size = facts["vocabulary"] else { return nil }
    return facts["target_vocabulary"].map { "vocabularies of \(size) and \($0)" } ?? "vocabulary of \(size)"
  }

  /// What the run said of itself when it started or was resumed.
  private var run: MetricsRecord? { records.last { $0.kind == .run } }

  /// What may have been measured beside the loss.
  private static let scores = ValidationMetric.allCases.filter { $0 != .loss }

  private func points(_ kind: MetricsRecord.Kind, _ name: String) -> [LineChart.Point] {
    records.compactMap { record in
      guard record.kind == kind, let value = record.values[name] else { return nil }
      return .init(x: Double(record.step), y: value)
    }
  }

  /// The figures that one looks for first.
  private var tiles: String {
    var tiles: [(label: String, value: String, note: String)] = []
    let last = records.last { $0.kind == .train } ?? records.last
    if let last {
      let epoch = last.epoch.map { "epoch \($0 + 1)" } ?? ""
      tiles.append(("Steps", FigureText.count(Double(last.step)), epoch))
    }
    if let best = points(.validation, "loss").min(by: { $0.y < $1.y }) {
      tiles.append(("Best validation loss", FigureText.figure(best.y), "step \(FigureText.count(best.x))"))
    }
    for metric in Self.scores {
      if let best = points(.validation, metric.rawValue).max(by: { $0.y < $1.y }) {
        tiles.append(("Best \(metric.title)", FigureText.figure(best.y), "step \(FigureText.count(best.x))"))
      }
    }
    let speeds = points(.train, "tokens_per_second").map(\.y).sorted()
    if !speeds.isEmpty {
      tiles.append(("Tokens a second", FigureText.count(speeds[speeds.count / 2]), "median"))
    }
    if let elapsed = records.last(where: { $0.values["elapsed"] != nil })?.values["elapsed"] {
      tiles.append(("Training time", FigureText.duration(elapsed), ""))
    }
    guard !tiles.isEmpty else { return "<p>Nothing has been measured yet.</p>" }
    let cells = tiles.map { tile in
      "<div class=\"tile\"><span>\(tile.label)</span><b>\(tile.value)</b><small>\(tile.note)</small></div>"
    }
    return "<section class=\"tiles\">\n\(cells.joined(separator: "\n"))\n</section>"
  }

  private var charts: String {
    let lastStep = Double(records.map(\.step).max() ?? 1)
    func chart(
      _ title: String, _ unit: String, _ series: [LineChart.Series], startsAtZero: Bool = true
    ) -> LineChart {
      LineChart(
        title: title, unit: unit, series: series, xAxis: .steps(last: lastStep),
        yAxis: .linear(startsAtZero: startsAtZero))
    }
    func now(_ name: String, isNoisy: Bool = true) -> [LineChart.Series] {
      [.init(name: "now", style: "a", points: points(.train, name), hasDots: false, isNoisy: isNoisy)]
    }
    let loss = chart(
      "Loss", "nats a label",
      [
        .init(name: "training", style: "a", points: points(.train, "loss"), hasDots: false),
        .init(name: "validation", style: "b", points: points(.validation, "loss"), hasDots: true),
      ], startsAtZero: false)
    let scores = Self.scores.map { metric in
      let points = points(.validation, metric.rawValue)
      return chart(
        metric.title, "", [.init(name: "validation", style: "b", points: points, hasDots: true)])
    }
    let course = [
      chart("Learning rate", "", now("learning_rate", isNoisy: false)),
      chart("Gradient norm", "before clipping", now("gradient_norm")),
      chart("Speed", "tokens a second", now("tokens_per_second")),
    ]
    let charts = [loss] + scores + course
    let drawn = charts.compactMap { $0.html() }
    return drawn.isEmpty ? "" : "<section class=\"charts\">\n\(drawn.joined(separator: "\n"))\n</section>"
  }

  /// What the model made of held-out examples, the last time that it was logged.
  private var sampleTable: String {
    guard let record = records.last(where: { !$0.samples.isEmpty }) else { return "" }
    let rows = record.samples.map { sample in
      """
      <tr><td data-label="Source">\(MarkupText.escape(sample.source))</td>\
      <td data-label="Heed">\(MarkupText.escape(sample.hypothesis))</td>\
      <td data-label="Reference">\(MarkupText.escape(sample.reference))</td></tr>
      """
    }
    return """
      <section><h2>Examples <small>at step \(FigureText.count(Double(record.step)))</small></h2>
      <table class="samples"><thead><tr><th>Source</th><th>Heed</th><th>Reference</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></section>
      """
  }

  /// What happened on the way.
  private var events: String {
    let rows = records.filter { $0.kind == .event }.compactMap { record in
      record.facts["message"].map { message in
        "<li><b>\(FigureText.count(Double(record.step)))</b> \(MarkupText.escape(message))</li>"
      }
    }
    guard !rows.isEmpty else { return "" }
    // The last ones say how the run ended; a run that went wrong may have thousands.
    let omitted = rows.count > 100 ? "<li>… \(rows.count - 100) earlier ones are in metrics.jsonl</li>\n" : ""
    let list = rows.suffix(100).joined(separator: "\n")
    let heading = "<h2>Events <small>by step</small></h2>"
    return "<section>\(heading)<ul class=\"events\">\n\(omitted)\(list)\n</ul></section>"
  }

  private var facts: String {
    guard let run else { return "" }
    let figures = run.values.map { ($0.key, FigureText.count($0.value)) }
    let rows = (figures + run.facts.map { ($0.key, $0.value) }).sorted { $0.0 < $1.0 }.map { name, text in
      let label = String(name.map { $0 == "_" ? " " : $0 })
      return "<div><dt>\(MarkupText.escape(label))</dt><dd>\(MarkupText.escape(text))</dd></div>"
    }
    guard !rows.isEmpty else { return "" }
    return "<section><h2>Run</h2><dl>\n\(rows.joined(separator: "\n"))\n</dl></section>"
  }
}
