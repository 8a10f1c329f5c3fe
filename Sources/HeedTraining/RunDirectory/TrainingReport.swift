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
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(MarkupText.escape(title)) – Heed</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header><p class="brand">Heed · training report</p><h1>\(MarkupText.escape(title))</h1>
    <p class="lead">\(MarkupText.escape(modelSummary))</p></header>
    \(tiles)
    \(charts)
    \(sampleTable)
    \(events)
    \(facts)
    <details><summary>Recipe</summary><pre>\(MarkupText.escape(recipe.yaml))</pre></details>
    </body>
    </html>

    """
  }

  private var modelSummary: String {
    let model = recipe.model
    let task = recipe.task.rawValue.split(separator: "_").joined(separator: " ")
    if let start = model.startingDirectory { return "\(task), going on from \(start)" }
    let layers =
      switch recipe.task.shape {
      case .encoderDecoder: "\(model.encoderLayerCount) + \(model.decoderLayerCount) layers"
      case .encoder: "\(model.encoderLayerCount) layers"
      case .decoder: "\(model.decoderLayerCount) layers"
      }
    let sizes = "hidden \(model.hiddenSize), feed-forward \(model.feedForwardSize), \(model.headCount) heads"
    let sharing = recipe.vocabulary.joint ? "" : "separate vocabularies, each "
    let vocabulary = "\(sharing)vocabulary of \(recipe.vocabulary.size)"
    return "\(task), Transformer, \(layers), \(sizes), norm \(model.norm.rawValue), \(vocabulary)"
  }

  /// What may have been measured beside the loss.
  private static let scores = ValidationMetric.allCases.filter { $0 != .loss }

  private func points(_ kind: MetricsRecord.Kind, _ name: String) -> [(x: Double, y: Double)] {
    records.compactMap { record in
      guard record.kind == kind, let value = record.values[name] else { return nil }
      return (Double(record.step), value)
    }
  }

  /// The figures that one looks for first.
  private var tiles: String {
    var tiles: [(label: String, value: String, note: String)] = []
    let last = records.last { $0.kind == .train } ?? records.last
    if let last {
      let epoch = last.epoch.map { "epoch \($0 + 1)" } ?? ""
      tiles.append(("Steps", HTML.count(Double(last.step)), epoch))
    }
    if let best = points(.validation, "loss").min(by: { $0.y < $1.y }) {
      tiles.append(("Best validation loss", HTML.figure(best.y), "step \(HTML.count(best.x))"))
    }
    for metric in Self.scores {
      if let best = points(.validation, metric.rawValue).max(by: { $0.y < $1.y }) {
        tiles.append(("Best \(metric.title)", HTML.figure(best.y), "step \(HTML.count(best.x))"))
      }
    }
    let speeds = points(.train, "tokens_per_second").map(\.y).sorted()
    if !speeds.isEmpty {
      tiles.append(("Tokens a second", HTML.count(speeds[speeds.count / 2]), "median"))
    }
    if let elapsed = records.last(where: { $0.values["elapsed"] != nil })?.values["elapsed"] {
      tiles.append(("Training time", HTML.duration(elapsed), ""))
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
      _ title: String, _ unit: String, _ series: [ReportChart.Series], startsAtZero: Bool = true
    ) -> ReportChart {
      ReportChart(title: title, unit: unit, series: series, lastStep: lastStep, startsAtZero: startsAtZero)
    }
    func now(_ name: String, isNoisy: Bool = true) -> [ReportChart.Series] {
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
    let drawn = charts.compactMap(\.html)
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
      <section><h2>Examples <small>at step \(HTML.count(Double(record.step)))</small></h2>
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
        "<li><b>\(HTML.count(Double(record.step)))</b> \(MarkupText.escape(message))</li>"
      }
    }
    guard !rows.isEmpty else { return "" }
    // The last ones say how the run ended; a run that went wrong may have thousands.
    let omitted = rows.count > 100 ? "<li>… \(rows.count - 100) earlier ones are in metrics.jsonl</li>\n" : ""
    let list = rows.suffix(100).joined(separator: "\n")
    let heading = "<h2>Events <small>by step</small></h2>"
    return "<section>\(heading)<ul class=\"events\">\n\(omitted)\(list)\n</ul></section>"
  }

  /// What the run said of itself when it started or was resumed.
  private var facts: String {
    guard let run = records.last(where: { $0.kind == .run }) else { return "" }
    let figures = run.values.map { ($0.key, HTML.count($0.value)) }
    let rows = (figures + run.facts.map { ($0.key, $0.value) }).sorted { $0.0 < $1.0 }.map { name, text in
      let label = String(name.map { $0 == "_" ? " " : $0 })
      return "<div><dt>\(MarkupText.escape(label))</dt><dd>\(MarkupText.escape(text))</dd></div>"
    }
    guard !rows.isEmpty else { return "" }
    return "<section><h2>Run</h2><dl>\n\(rows.joined(separator: "\n"))\n</dl></section>"
  }

  private static let style = """
    :root{--page:#fbfbf9;--card:#fff;--ink:#1d1d1f;--soft:#5f6066;--rule:#e4e4df;--a:#1f6fb8;--b:#c2571a}
    @media (prefers-color-scheme:dark){:root{--page:#141517;--card:#1d1f22;--ink:#ececec;--soft:#a3a6ad;
    --rule:#33363b;--a:#6cb2f2;--b:#f2a065}}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:1060px;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--ink);
    font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.7rem;line-height:1.2;margin:.1rem 0 .3rem}
    h2{font-size:1.05rem;margin:0 0 .5rem}
    small,.brand,.lead{color:var(--soft)}
    h2 small{font-weight:400;font-size:.8rem}
    .brand{margin:0;font-size:.85rem;letter-spacing:.04em}.lead{margin:0 0 1.2rem}
    section{margin:0 0 1.4rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.7rem}
    .tile,figure,details,dl,table.samples,.events{background:var(--card);border:1px solid var(--rule);
    border-radius:10px}
    .tile{padding:.7rem .9rem;display:flex;flex-direction:column}
    .tile span,.tile small{font-size:.8rem;color:var(--soft)}
    .tile b{font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:.9rem}
    figure{margin:0;padding:.8rem .9rem .5rem}
    figcaption{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;font-size:.85rem}
    figcaption h2{margin:0 auto 0 0}
    svg{display:block;width:100%;height:auto;margin-top:.4rem}
    .key{color:var(--soft)}.key b{color:var(--ink);font-variant-numeric:tabular-nums}
    .key::before{content:"";display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.35em}
    .key.a::before{background:var(--a)}.key.b::before{background:var(--b)}
    .grid{stroke:var(--rule);stroke-width:1;fill:none}
    .tick{fill:var(--soft);font-size:11.5px}
    .line,.raw{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.raw{opacity:.28;stroke-width:1}
    .a{stroke:var(--a)}.b{stroke:var(--b)}.dot.b{fill:var(--b);stroke:var(--card);stroke-width:1}
    table.samples{width:100%;border-collapse:separate;border-spacing:0;table-layout:fixed;font-size:.92rem}
    th,td{text-align:left;vertical-align:top;padding:.5rem .8rem}
    th{color:var(--soft);font-weight:500;font-size:.8rem}
    td{border-top:1px solid var(--rule)}td:nth-child(2){font-weight:500}td:nth-child(3){color:var(--soft)}
    dl{margin:0;padding:.4rem .9rem;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));
    column-gap:2rem}
    dl div{display:flex;justify-content:space-between;gap:1rem;padding:.25rem 0}
    dt{color:var(--soft)}dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
    .events{margin:0;padding:.6rem .9rem;list-style:none;font-size:.92rem}
    .events b{display:inline-block;min-width:4.5em;color:var(--soft);font-weight:500;
    font-variant-numeric:tabular-nums}
    details{padding:.7rem .9rem}summary{cursor:pointer;font-weight:600}
    pre{overflow-x:auto;font:.85rem/1.45 ui-monospace,Menlo,Consolas,monospace;margin:.6rem 0 0;
    overflow-wrap:normal}
    @media (max-width:600px){table.samples thead{display:none}table.samples tr{display:block;padding:.5rem 0;
    border-top:1px solid var(--rule)}table.samples tr:first-child{border-top:0}
    table.samples td{display:block;border:0;padding:.15rem .9rem}
    table.samples td::before{content:attr(data-label);display:block;color:var(--soft);font-size:.75rem;
    font-weight:400}}
    """
}
