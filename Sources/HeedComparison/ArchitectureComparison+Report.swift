import HeedTraining

extension ArchitectureComparison {
  /// What programs read.
  struct Figures: Encodable, Sendable {
    /// A model, with what was measured of it where that is done.
    struct Model: Encodable, Sendable {
      let name: String
      let hiddenSize: Int
      let encoderLayers: Int
      let decoderLayers: Int
      let parameters: Int
      /// How far that is from the Transformer's, as a share.
      let parameterDeviation: Double
      /// That of the figures: the one with the least held-out loss.
      let learningRate: Double?
      let trainingTokensPerSecond: Double?
      let figures: RunFigures?
      /// All learning rates, with what they came to where that is measured.
      let learningRates: [Rate]
    }

    /// A model's run with one learning rate.
    struct Rate: Encodable, Sendable {
      let run: String
      let learningRate: Double
      /// Held-out, nats a token.
      let loss: Double?
      let bleu: Double?
    }

    let recipe: String
    let settings: MeasurementSettings
    let shapes: ComparedShapes
    let models: [Model]
  }

  /// The report with what there is.
  func report(_ entries: [Entry]) -> ComparisonReport {
    ComparisonReport(
      title: "The Transformer and what came before", introduction: introduction(entries),
      sections: [
        quality(entries), learningRates(entries), speed(entries), curves(entries), lengths(entries),
        examples(entries), method(),
      ].compactMap(\.self),
      figures: figures(entries))
  }

  private func figures(_ entries: [Entry]) -> Figures {
    Figures(
      recipe: recipe.yaml, settings: settings, shapes: shapes,
      models: entries.map { entry in
        let model = entry.match.recipe.model
        return Figures.Model(
          name: entry.model.rawValue, hiddenSize: model.hiddenSize, encoderLayers: model.encoderLayerCount,
          decoderLayers: model.architecture.isRecurrent ? model.encoderLayerCount : model.decoderLayerCount,
          parameters: entry.match.parameterCount, parameterDeviation: entry.match.deviation,
          learningRate: entry.best?.rate, trainingTokensPerSecond: entry.figures?.trainingTokensPerSecond,
          figures: entry.figures,
          learningRates: entry.trials.map { trial in
            let quality = trial.figures?.quality
            return Figures.Rate(
              run: trial.run.name, learningRate: trial.rate, loss: quality?.loss, bleu: quality?.bleu)
          })
      })
  }

  private func introduction(_ entries: [Entry]) -> [String] {
    let missing = entries.flatMap { entry in
      entry.trials.filter { $0.figures == nil }.map { trial in
        entry.model.title + (rates.isEmpty ? "" : " at a rate of \(FigureText.figure(trial.rate))")
      }
    }
    let tokens = Set(entries.compactMap { $0.figures?.trainingTokens })
    let budget =
      recipe.training.timeBudget.map { "for the same time, \(FigureText.duration($0.seconds)) each," }
      ?? (tokens.count > 1 ? "for as many tokens as the table says" : "on the same tokens")
    let most = entries.map { abs($0.match.deviation) }.max() ?? 0
    var lines = [
      "Models of about the same size (none further than \(FigureText.figure(100 * most)) % from the Transformer's "
        + "parameters), trained \(budget) with the same text, vocabulary, batches, seed "
        + "and recipe\(rates.count > 1 ? ", each at the learning rate that suits it" : "")."
    ]
    if !missing.isEmpty { lines.append("Not measured yet: \(missing.joined(separator: ", ")).") }
    return lines
  }

  private func quality(_ entries: [Entry]) -> ReportSection {
    let rows = entries.map { entry -> [String] in
      let model = entry.match.recipe.model
      let sizes = [
        entry.model.title, FigureText.count(Double(model.hiddenSize)),
        "\(model.encoderLayerCount) + "
          + "\(model.architecture.isRecurrent ? model.encoderLayerCount : model.decoderLayerCount)",
        FigureText.count(Double(entry.match.parameterCount)), percent(entry.match.deviation),
      ]
      guard let figures = entry.figures else { return sizes + Array(repeating: "–", count: 6) }
      let quality = figures.quality
      return sizes + [
        quality.map { FigureText.fixed($0.bleu, 2) } ?? "–",
        quality.map { FigureText.fixed($0.chrf, 2) } ?? "–",
        quality.map { FigureText.fixed($0.loss, 3) } ?? "–",
        quality.map { FigureText.figure(FigureText.perplexity($0.loss)) } ?? "–",
        FigureText.compact(Double(figures.trainingTokens)), endText(figures.end),
      ]
    }
    let table = ReportTable(
      caption: "Held-out text, beam \(settings.beamSize)",
      columns: [
        "model", "width", "layers", "parameters", "against the Transformer", "BLEU", "chrF", "loss (nats)",
        "perplexity", "tokens trained on", "training ended",
      ], rows: rows)
    var paragraphs: [String] = []
    if let quality = entries.compactMap(\.figures?.quality).first {
      paragraphs.append(
        "\(quality.sentenceCount) sentences; BLEU is \(quality.bleuSignature). Loss and perplexity are of a token "
          + "of the reference, without label smoothing.")
      if quality.leftOutCount > 0 {
        paragraphs.append(
          "\(quality.leftOutCount) pairs of more than \(recipe.data.maximumLength) tokens were left out.")
      }
    }
    return ReportSection(title: "Quality", paragraphs: paragraphs, tables: [table])
  }

  /// What each model came to at each rate; nil where there is one rate.
  private func learningRates(_ entries: [Entry]) -> ReportSection? {
    guard rates.count > 1 else { return nil }
    let rows = entries.map { entry in
      [entry.model.title]
        + entry.trials.map { trial in
          guard let quality = trial.figures?.quality else { return trial.figures == nil ? "–" : "diverged" }
          return "\(FigureText.fixed(quality.loss, 3)), \(FigureText.fixed(quality.bleu, 2))"
        } + [entry.best.map { FigureText.figure($0.rate) } ?? "–"]
    }
    return ReportSection(
      title: "Learning rates",
      paragraphs: [
        "Each model was trained with each rate, for as long. Everything else here is of the run with the least held-out "
          + "loss. It was chosen on the text that it is measured on, which flatters all of them a little."
      ],
      tables: [
        ReportTable(
          caption: "Held-out loss (nats a token) and BLEU by learning rate",
          columns: ["model"] + rates.map(FigureText.figure) + ["taken"], rows: rows)
      ])
  }

  private func speed(_ entries: [Entry]) -> ReportSection {
    let rows = entries.map { entry -> [String] in
      guard let figures = entry.figures else { return [entry.model.title] + Array(repeating: "–", count: 5) }
      return [
        entry.model.title, FigureText.count(figures.trainingTokensPerSecond),
        FigureText.duration(figures.trainingSeconds),
        figures.tokensPerSecondAlone.map(FigureText.count) ?? "–",
        figures.tokensPerSecondTogether.map(FigureText.count) ?? "–",
        FigureText.count(Double(figures.trainingMemoryBytes) / 1e6),
      ]
    }
    let table = ReportTable(
      caption: "Target tokens a second, and memory of training",
      columns: [
        "model", "training", "time of training", "translating one sentence",
        "translating \(ModelMeasurer.togetherCount) sentences", "memory (MB)",
      ], rows: rows)
    return ReportSection(
      title: "Speed and memory",
      paragraphs: [
        "Training without validation; translation greedy, each sentence given as many tokens. Memory is the most "
          + "that tensors had at one time while a model was trained. Measured on "
          + "\(ThreadCount.text(entries.compactMap { $0.figures?.threads }))."
      ], tables: [table])
  }

  private func curves(_ entries: [Entry]) -> ReportSection {
    func series(_ point: (RunFigures.CurvePoint) -> ReportChart.Point?) -> [ReportChart.Series] {
      entries.compactMap { entry in
        entry.figures.map { .init(name: entry.model.title, points: $0.curve.compactMap(point)) }
      }
    }
    let hasBLEU = entries.contains { $0.figures?.curve.contains { $0.bleu != nil } ?? false }
    var charts = [
      ReportChart(
        title: "Held-out loss by tokens", xLabel: "million target tokens", yLabel: "nats a token",
        series: series { ReportChart.Point(x: Double($0.tokens) / 1e6, y: $0.loss) }),
      ReportChart(
        title: "Held-out loss by time", xLabel: "minutes of training", yLabel: "nats a token",
        series: series { ReportChart.Point(x: $0.seconds / 60, y: $0.loss) }),
    ]
    if hasBLEU {
      charts.append(
        ReportChart(
          title: "BLEU by time", xLabel: "minutes of training",
          yLabel: "held-out text, beam \(recipe.validation.beamSize)",
          series: series { point in point.bleu.map { ReportChart.Point(x: point.seconds / 60, y: $0) } }))
    }
    return ReportSection(title: "Curves", charts: charts)
  }

  private func lengths(_ entries: [Entry]) -> ReportSection {
    let measured = entries.compactMap { entry in
      entry.figures?.quality.map { (entry.model.title, $0.byLength) }
    }
    guard let first = measured.first?.1 else { return ReportSection(title: "By length of the source") }
    let rows = first.enumerated().map { index, bucket in
      [
        bucket.shortest == bucket.longest ? "\(bucket.shortest)" : "\(bucket.shortest) to \(bucket.longest)",
        "\(bucket.sentenceCount)",
      ]
        + measured.map { index < $0.1.count ? FigureText.fixed($0.1[index].bleu, 2) : "–" }
    }
    let table = ReportTable(
      caption: "BLEU by tokens of the source", columns: ["tokens", "sentences"] + measured.map(\.0),
      rows: rows)
    func chart(_ title: String, _ unit: String, _ value: (RunFigures.LengthBucket) -> Double) -> ReportChart {
      ReportChart(
        title: title, xLabel: "tokens of the source", yLabel: unit,
        series: measured.map { name, buckets in
          .init(name: name, points: buckets.map { .init(x: $0.meanLength, y: value($0)) })
        })
    }
    return ReportSection(
      title: "By length of the source", tables: [table],
      charts: [
        chart("BLEU by length", "BLEU") { $0.bleu }, chart("Loss by length", "nats a token") { $0.loss },
      ])
  }

  private func examples(_ entries: [Entry]) -> ReportSection {
    let found = entries.compactMap { entry in entry.figures?.quality.map { (entry.model.title, $0.examples) }
    }
    let tables = (found.first?.1 ?? []).enumerated().map { index, example in
      ReportTable(
        caption: example.source, columns: ["by", "translation"],
        rows: [["reference", example.reference]]
          + found.map { [$0.0, index < $0.1.count ? $0.1[index].hypothesis : "–"] })
    }
    return ReportSection(
      title: "Examples",
      paragraphs: tables.isEmpty
        ? []
        : [
          "All of them are in translations.txt of each run; heed score compare tells difference from chance."
        ], tables: tables)
  }

  private func method() -> ReportSection {
    let end = recipe.training.timeBudget == nil ? "the same steps" : "the same time, validation included"
    return ReportSection(
      title: "How it was done",
      paragraphs: [
        rates.count > 1
          ? "All runs follow one recipe for \(end): optimiser, batches and dropout are those of the Transformer, and so is "
            + "the shape of the schedule; its highest rate is each model's own. Nothing else was tuned for any."
          : "All runs follow one recipe for \(end): optimiser, learning rates, batches and dropout are those of the "
            + "Transformer. Nothing was tuned for the others, which may well do better with settings of their own: "
            + "--learning-rates tries several for each.",
        "Widths were solved for, so that parameters, embeddings included, are about as many. Recurrent models have "
          + "\(shapes.recurrentLayerCount) layers on either side, the encoder's reading from both ends, and "
          + "attention is \(shapes.attention.rawValue); convolutions see \(shapes.kernelSize) tokens, with as many "
          + "layers as the Transformer.",
        "One seed: differences of a few tenths of BLEU are within what another seed would give.",
      ])
  }

  private func percent(_ share: Double) -> String {
    (share < 0 ? "−" : "+") + FigureText.fixed(abs(100 * share), 2) + " %"
  }

  private func endText(_ end: TrainingEnd) -> String {
    switch end {
    case .finished: "all steps"
    case .stoppedEarly: "no more progress"
    case .outOfTime: "time used up"
    case .interrupted: "interrupted"
    case .diverged: "diverged"
    }
  }
}
