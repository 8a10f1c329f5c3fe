import Foundation
import HeedTensor
import HeedTraining
import Testing

/// A run's log as training writes it.
private func sampleRecords() -> [MetricsRecord] {
  var random = SplitMix64(seed: 4)
  func noise() -> Double { Double(random.next() >> 11) / Double(1 << 53) - 0.5 }
  var records = [
    MetricsRecord(
      .run, step: 0, time: 0, values: ["parameters": 9_412_608, "threads": 2, "training_pairs": 164_012],
      facts: ["precision": "float32", "left_out": "186 pairs <too long>"])
  ]
  for index in 1...600 {
    let step = index * 20
    let loss = 2.1 + 6.9 * exp(-Double(step) / 900) + 0.25 * noise()
    let rate = 1e-3 * min(Double(step) / 2000, (2000 / Double(step)).squareRoot())
    records.append(
      MetricsRecord(
        .train, step: step, epoch: step / 1200, time: Double(step) * 0.7,
        values: [
          "loss": loss, "learning_rate": rate,
          "gradient_norm": 0.8 + 3 * exp(-Double(step) / 500) + 0.4 * noise(),
          "tokens_per_second": 4100 + 300 * noise(), "elapsed": Double(step) * 0.7,
        ]))
    if step.isMultiple(of: 1200) {
      let progress = 1 - exp(-Double(step) / 3000)
      records.append(
        MetricsRecord(
          .validation, step: step, epoch: step / 1200, time: 0,
          values: ["loss": 4.4 - 2.1 * progress + 0.05 * noise(), "bleu": 36.5 * progress + noise()],
          samples: [
            .init(
              source: "Where is the train station?", reference: "Wo ist der Bahnhof?",
              hypothesis: "Wo ist der Bahnhof?"),
            .init(
              source: "I'd like to reserve a table for <two> & \"more\".",
              reference: "Ich möchte gern einen Tisch für zwei Personen bestellen.",
              hypothesis: "Ich möchte einen Tisch für zwei reservieren."),
            .init(
              source: "She told me that she had never been abroad.",
              reference: "Sie sagte mir, sie sei nie im Ausland gewesen.",
              hypothesis: "Sie sagte mir, dass sie noch nie im Ausland war."),
          ]))
    }
  }
  records.append(
    MetricsRecord(.event, step: 7431, time: 0, facts: ["message": "step skipped: the gradient is not finite"])
  )
  return records
}

@Suite struct ReportTests {
  @Test func showsTheWholeRun() throws {
    let records = sampleRecords()
    let recipe = try Recipe(yaml: "model: {preset: small}\ndata: {source: \"<a>.en\", target: a.de}")
      .resolved()
    let html = TrainingReport(title: "tatoeba <&> \"en-de\"", recipe: recipe, records: records).html
    // To look at, outside the tests: HEED_REPORT=/tmp/report.html swift test --filter ReportTests
    if let path = ProcessInfo.processInfo.environment["HEED_REPORT"] {
      try Data(html.utf8).write(to: URL(fileURLWithPath: path))
    }
    #expect(html.contains("<h1>tatoeba &lt;&amp;&gt; &quot;en-de&quot;</h1>"))
    for heading in ["Loss", "BLEU", "Learning rate", "Gradient norm", "Speed"] {
      #expect(html.contains("<h2>\(heading) <small>"))
    }
    #expect(html.contains("I&#39;d like to reserve a table for &lt;two&gt; &amp; &quot;more&quot;."))
    #expect(html.contains("step skipped: the gradient is not finite"))
    #expect(html.contains("186 pairs &lt;too long&gt;"))
    #expect(html.contains("source: &quot;&lt;a&gt;.en&quot;"))
    #expect(html.contains("<dd>9,412,608</dd>"))
    #expect(html.contains("<b>2 h 20 min</b>"))
    // One file: nothing is fetched, nothing runs.
    for word in ["<script", "http:", "https:", "src=", "href=", "@import", "NaN", "inf"] {
      #expect(!html.contains(word))
    }
    // Long runs are drawn with no more points than can be seen.
    #expect(html.utf8.count < 80_000)
  }

  /// It tells what was trained and learned, which is not always what every key of the recipe says.
  @Test(arguments: [
    (
      "task: translation",
      "translation, Transformer, 3 + 3 layers, hidden 256, feed-forward 1024, 4 heads, norm after"
    ),
    ("model: {architecture: lstm}", "translation, LSTM, 3 + 3 layers, hidden 256, multiplicative attention"),
    (
      "model: {architecture: gru, attention: none, encoder_layers: 2}",
      "translation, GRU, 2 + 2 layers, hidden 256, no attention"
    ),
    (
      "model: {architecture: convolution}",
      "translation, convolutional model, 3 + 3 layers, hidden 256, kernels of 3 tokens"
    ),
    (
      "task: language_model",
      "language model, GPT-2, 3 layers, hidden 256, feed-forward 1024, 4 heads, norm before"
    ),
    (
      "task: masked_language_model",
      "masked language model, BERT, 3 layers, hidden 256, feed-forward 1024, 4 heads, norm after"
    ),
    (
      "task: span_corruption",
      "span corruption, T5, 3 + 3 layers, hidden 256, feed-forward 1024, 4 heads, norm before"
    ),
    ("task: classification\nmodel: {from: there}", "classification, going on from there"),
  ])
  func describesTheModel(_ yaml: String, _ summary: String) throws {
    let recipe = try Recipe(yaml: yaml)
    func html(_ facts: [String: String]) -> String {
      let start = MetricsRecord(.run, step: 0, time: 0, facts: facts)
      return TrainingReport(title: "", recipe: recipe, records: [start]).html
    }
    #expect(html([:]).contains(">\(summary)</p>"))
    guard recipe.model.startingDirectory == nil else { return }
    #expect(html(["vocabulary": "291"]).contains(">\(summary), vocabulary of 291</p>"))
    #expect(
      html(["vocabulary": "291", "target_vocabulary": "288"]).contains(", vocabularies of 291 and 288</p>"))
  }

  /// Every tag that is opened is closed, in order.
  @Test func isWellFormed() throws {
    let html = TrainingReport(title: "a", recipe: Recipe(), records: sampleRecords()).html
    var open: [Substring] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      let end = try #require(rest.firstIndex(of: ">"))
      let tag = rest[..<end]
      rest = rest[rest.index(after: end)...]
      let name = tag.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
      if tag.hasSuffix("/") || ["!DOCTYPE", "meta"].contains(name) { continue }
      if name.hasPrefix("/") {
        #expect(open.popLast() == name.dropFirst())
      } else {
        open.append(name)
      }
    }
    #expect(open == [])
  }

  @Test func survivesOddRuns() {
    func html(_ records: [MetricsRecord]) -> String {
      TrainingReport(title: "", recipe: Recipe(), records: records).html
    }
    #expect(html([]).contains("Nothing has been measured yet."))
    let odd: [[Double]] = [
      [.nan, .infinity], [0, 0], [1e308, -1e308], [.leastNonzeroMagnitude, .leastNormalMagnitude],
      [1e-8, 1.00000001e-8], [7],
      [Double](repeating: 2, count: 1000),
    ]
    for values in odd {
      let records = values.enumerated().map { index, value in
        MetricsRecord(
          .train, step: index == 1 ? .max : index, time: 0,
          values: ["loss": value, "learning_rate": value, "elapsed": value, "tokens_per_second": value])
      }
      let page = html(records)
      #expect(page.contains("</html>"))
      #expect(!page.contains("nan") && !page.contains("NaN"))
    }
  }
}
