import HeedTraining

extension RecallReport {
  /// How much of the gradient reaches the first input, by length.
  func gradientSection(_ task: RecallTask) -> ReportSection? {
    let parts = parts(of: task).filter { !$0.gradients.isEmpty }
    guard !parts.isEmpty else { return nil }
    return ReportSection(
      title: "The gradient at the first input: \(task.title)",
      paragraphs: [gradientMethod(task)] + fallSentences(task) + ratioSentences(task),
      tables: [
        gradientTable("With first values, at the first input", parts) { $0.initial.first },
        gradientTable("After training, at the first input", parts) { $0.trained.first },
        gradientTable("With first values, first input over last", parts) { $0.initial.ratio },
        gradientTable("After training, first input over last", parts) { $0.trained.ratio },
        gradientTable("With first values, at the input in the middle", parts) { $0.initial.middle },
      ],
      charts: [
        gradientChart("Gradient at the first input, first values, \(task.title)", "norm", parts) {
          $0.initial.first
        },
        gradientChart("Gradient at the first input, after training, \(task.title)", "norm", parts) {
          $0.trained.first
        },
        gradientChart("First input over last, after training, \(task.title)", "ratio", parts) {
          $0.trained.ratio
        },
      ])
  }

  private func gradientMethod(_ task: RecallTask) -> String {
    let meaning =
      switch task {
      case .copying:
        "The last output is the last symbol of the copy, which depends on the last input alone; for a model that has "
          + "learned to look there, little at the first input is as it should be."
      case .recall:
        "The pair that is asked for is the first, so the first input is the key that the answer depends on; the last one "
          + "has no meaning."
      }
    return
      "The length (Euclidean norm) of the gradient of the loss at the last output with respect to the embedding of the "
      + "first input as the first layer gets it, the mean over \(options.gradientCount) sequences of each length. "
      + "\(meaning) A small loss has a small gradient everywhere, so that after training the ratio to the last input "
      + "tells more. Recurrent encoders read from both ends: the first input is one step from the end of one reading, the "
      + "last from that of the other, and one in the middle is half of the length from both; the last output comes as "
      + "many steps of the decoder later as the answer is long."
  }

  // MARK: - Sentences

  /// By which factor the gradient at the first input falls from the shortest to the longest length.
  package func fallSentences(_ task: RecallTask) -> [String] {
    let parts = parts(of: task)
    let lengths = parts.flatMap { $0.gradients.map(\.length) }
    guard let shortest = lengths.min(), let longest = lengths.max(), shortest < longest else { return [] }
    func sentence(_ state: String, _ norm: (RecallGradientFigures) -> Double) -> String {
      let items = parts.compactMap { part -> String? in
        guard let from = part.gradients.first(where: { $0.length == shortest }).map(norm),
          let to = part.gradients.first(where: { $0.length == longest }).map(norm)
        else { return nil }
        return "\(Self.change(from: from, to: to)) in \(part.model.name)"
      }
      return
        "\(state), from length \(shortest) to \(FigureText.count(Double(longest))) the gradient at the first input "
        + "changes by these factors: \(items.joined(separator: ", "))."
    }
    let spread = Double(longest) / Double(shortest)
    return [
      sentence("With first values") { $0.initial.first },
      sentence("After training") { $0.trained.first },
      "The length itself grows by a factor of \(FigureText.figure(spread)); attention spread evenly over all inputs would "
        + "divide what each of them gets by that.",
    ]
  }

  /// A factor, as in "÷ 12" or "× 3"; what became nothing, or began as it, says so.
  package static func change(from: Double, to: Double) -> String {
    guard from.isFinite, to.isFinite else { return "no number" }
    guard from > 0 else { return to > 0 ? "from 0" : "0 throughout" }
    guard to > 0 else { return "to 0" }
    return to < from ? "÷ \(FigureText.figure(from / to))" : "× \(FigureText.figure(to / from))"
  }

  /// How the first input compares with the last at the longest length.
  package func ratioSentences(_ task: RecallTask) -> [String] {
    let parts = parts(of: task)
    guard let longest = parts.flatMap({ $0.gradients.map(\.length) }).max() else { return [] }
    let items = parts.compactMap { part -> String? in
      guard let found = part.gradients.first(where: { $0.length == longest }) else { return nil }
      func text(_ gradients: InputGradients) -> String { gradients.ratio.map(FigureText.figure) ?? "–" }
      return "\(text(found.initial)) → \(text(found.trained)) in \(part.model.name)"
    }
    return [
      "At length \(FigureText.count(Double(longest))) the first input's gradient over the last one's is, with first values "
        + "→ after training: \(items.joined(separator: ", "))."
    ]
  }

  // MARK: - Tables and charts

  private func gradientTable(
    _ caption: String, _ parts: [RecallPart], _ value: (RecallGradientFigures) -> Double?
  ) -> ReportTable {
    ReportTable(
      caption: caption, columns: ["model"] + options.lengths.map { FigureText.count(Double($0)) },
      rows: parts.map { part in
        [part.model.title]
          + options.lengths.map { length in
            part.gradients.first { $0.length == length }.flatMap(value).map(FigureText.figure) ?? "–"
          }
      })
  }

  private func gradientChart(
    _ title: String, _ unit: String, _ parts: [RecallPart], _ value: (RecallGradientFigures) -> Double?
  ) -> ReportChart {
    ReportChart(
      title: title, xLabel: "length", yLabel: unit, isXLogarithmic: true, isYLogarithmic: true,
      series: parts.map { part in
        ReportChart.Series(
          name: part.model.title,
          points: part.gradients.compactMap { gradient in
            value(gradient).map { .init(x: Double(gradient.length), y: $0) }
          })
      })
  }
}
