import HeedTraining

extension RecallReport {
  /// The report, to be read as a page, as Markdown, and by programs.
  package var comparison: ComparisonReport {
    ComparisonReport(
      title: "What stood far back: recall, gradients and time by length",
      introduction: [
        "The Transformer and the models that it replaced, at about equal numbers of parameters, on generated data: how much "
          + "they get right as what is needed moves away, how much of the gradient reaches the first input, and what time a "
          + "layer takes as sequences grow. All sentences with figures follow from what was measured in this run."
      ], sections: sections, figures: self)
  }

  /// What was measured, as parts of a report.
  package var sections: [ReportSection] {
    RecallTask.allCases.compactMap(accuracySection) + [learningSection].compactMap(\.self)
      + RecallTask.allCases.compactMap(gradientSection) + [layerSection].compactMap(\.self)
  }

  /// How the models learned.
  private var learningSection: ReportSection? {
    guard !parts.isEmpty else { return nil }
    let training = options.training
    return ReportSection(
      title: "How the models learned",
      paragraphs: [
        "Each model had \(training.budget.text) for each task, on \(ThreadCount.text(threads)), trials "
          + "of the learning rate included. All are trained in one way: Adam with β₁ 0.9 and β₂ 0.98, steps of up to "
          + "\(FigureText.count(Double(training.batchTokens))) tokens on the longer side of their pairs, a rate that rises "
          + "over 100 steps and then falls to 0 in a straight line, gradients clipped to a norm of 1, no dropout, no label "
          + "smoothing, the same \(FigureText.count(Double(training.sequenceCount))) sequences. \(rateSentence) The "
          + "Transformer and the convolutional model have \(options.shape.layerCount) layers on either side, recurrent models "
          + "one, from both ends in the encoder; widths are those that bring the number of parameters nearest to the "
          + "Transformer's. In associative recall no loss can be below "
          + "\(FigureText.figure(RecallTask.recall.leastLoss)) nats a token, for the order of the keys is drawn."
      ] + unfinishedSentences,
      tables: RecallTask.allCases.compactMap(learningTable),
      charts: RecallTask.allCases.compactMap(learningChart))
  }

  private var rateSentence: String {
    let training = options.training
    guard training.rates.count > 1 else { return "The highest rate is \(list(training.rates)) for all." }
    let share = FigureText.figure((training.trialShare * 100).rounded())
    return
      "The highest rate is chosen for each model and task: \(list(training.rates)) are tried for \(share) % of the budget "
      + "each, and the one with the lowest loss on other sequences trains a new model with what is left."
  }

  private func list(_ rates: [Double]) -> String { Self.list(rates.map(FigureText.figure)) }

  /// Which models were still learning when their time was up, and which failed.
  package var unfinishedSentences: [String] {
    RecallTask.allCases.flatMap { task -> [String] in
      let parts = parts(of: task)
      let falling = parts.filter { $0.training.isStillFalling(leastLoss: task.leastLoss) }.map(\.model.name)
      let failed = parts.filter { $0.training.end == .diverged }.map(\.model.name)
      var sentences: [String] = []
      if !falling.isEmpty {
        sentences.append(
          "In \(task.title), the loss\(task.leastLoss > 0 ? " above the least there can be" : "") of \(Self.list(falling)) fell by more than a tenth in the last fifth of the steps: "
            + "more time would have taught more, and the figures say what was reached in the time.")
      }
      if !failed.isEmpty {
        sentences.append(
          "In \(task.title), the training of \(Self.list(failed)) ended because losses were no numbers any more."
        )
      }
      return sentences
    }
  }

  private func learningTable(_ task: RecallTask) -> ReportTable? {
    let parts = parts(of: task)
    guard !parts.isEmpty else { return nil }
    return ReportTable(
      caption: "Learning, \(task.title)",
      columns: [
        "model", "width", "parameters", "rate", "steps", "target tokens", "seconds",
        "last loss, nats a token",
      ],
      rows: parts.map { part in
        let training = part.training
        return [
          part.model.title, FigureText.count(Double(part.width)),
          FigureText.count(Double(part.parameterCount)),
          FigureText.figure(training.rate), FigureText.count(Double(training.stepCount)),
          FigureText.count(Double(training.labelCount)), FigureText.figure(training.seconds.rounded()),
          training.curve.last?.loss.map(FigureText.figure) ?? "–",
        ]
      })
  }

  private func learningChart(_ task: RecallTask) -> ReportChart? {
    let parts = parts(of: task)
    guard !parts.isEmpty else { return nil }
    return ReportChart(
      title: "Loss on other sequences, \(task.title)", xLabel: "seconds of training", yLabel: "nats a token",
      series: parts.map { part in
        ReportChart.Series(
          name: part.model.title,
          points: part.training.curve.compactMap { point in
            point.loss.map { .init(x: point.seconds, y: $0) }
          })
      })
  }
}

extension RecallTrainingFigures {
  /// Whether the loss above the least there can be fell by more than a tenth in the last fifth of the steps, and was not
  /// next to nothing before that.
  func isStillFalling(leastLoss: Double) -> Bool {
    guard let last = curve.last, let end = last.loss,
      let before = curve.last(where: { $0.step <= last.step * 4 / 5 })?.loss
    else { return false }
    return before - leastLoss > 0.02 && end - leastLoss < 0.9 * (before - leastLoss)
  }
}
