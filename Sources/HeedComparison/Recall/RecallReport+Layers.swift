import HeedTensor
import HeedTraining

extension RecallReport {
  /// The times of layers against the length of the sequence, beside the paper's Table 1.
  var layerSection: ReportSection? {
    let widths = Set(layers.map(\.width)).sorted()
    guard !widths.isEmpty else { return nil }
    return ReportSection(
      title: "Time of a layer by length, beside the paper's Table 1",
      paragraphs: [layerMethod] + widths.flatMap(crossingSentences) + widths.compactMap(growthSentence),
      tables: [publishedTable(widths), crossingTable] + widths.flatMap(timeTables),
      charts: widths.flatMap(timeCharts))
  }

  private var layerMethod: String {
    "One layer of each kind reads one sequence of n tokens, its input and result d wide, on "
      + "\(ThreadCount.text(threads)): attention with \(LayerKind.headCount) heads, recurrent layers in one "
      + "direction, a convolution of \(LayerKind.kernelSize) tokens with a gated linear unit, which doubles its products. "
      + "Times are medians. A forward pass is made as when a model runs, with weights packed beforehand; forward and "
      + "backward together give the gradients of input and weights. Table 1 counts scores and weighted sums alone for "
      + "self-attention, not its four projections, so both are timed."
  }

  private func times(_ kind: LayerKind, _ width: Int) -> LayerTimes? {
    layers.first { $0.kind == kind && $0.width == width }
  }

  // MARK: - Crossings

  /// Both forms of attention with all that it may become slower than.
  private func pairs(_ width: Int) -> [LayerPair] {
    [LayerKind.selfAttention, .attention].flatMap { attention in
      [LayerKind.lstm, .gru, .convolution].compactMap { other in
        guard let first = times(attention, width), let second = times(other, width) else { return nil }
        return LayerPair(attention: first, other: second)
      }
    }
  }

  /// What the crossings with recurrent layers are, in words.
  package func crossingSentences(_ width: Int) -> [String] {
    pairs(width).filter { $0.attention.kind == .selfAttention && $0.other.kind != .convolution }.compactMap {
      pair in
      guard let forward = pair.crossing(\.forward), let both = pair.crossing(\.both) else { return nil }
      let name = pair.other.kind.title
      func when(_ crossing: LayerCrossing) -> String {
        switch crossing {
        case .at(let length):
          "from about n = \(FigureText.count(length)) on "
            + "(\(FigureText.figure(length / Double(width))) d)"
        case .always(let shortest): "at all lengths, from n = \(FigureText.count(Double(shortest))) on"
        case .never(let longest): "at no length up to n = \(FigureText.count(Double(longest)))"
        }
      }
      let work = pair.crossingOfWork.map { "at n = \(FigureText.count($0))" } ?? "nowhere"
      return
        "With d = \(width), self-attention with its projections takes longer than the \(name) \(when(forward)), "
        + "forward; forward and backward, \(when(both)). By Table 1, n²·d against n·d², they are equal at n = d = "
        + "\(pair.publishedCrossing); by the multiply-adds of the two layers, \(work)."
    }
  }

  private var crossingTable: ReportTable {
    let rows = Set(layers.map(\.width)).sorted().flatMap { width in
      pairs(width).map { pair in
        [
          "d = \(width): \(pair.attention.kind.title), \(pair.other.kind.title)",
          pair.crossing(\.forward)?.text ?? "–", pair.crossing(\.both)?.text ?? "–",
          pair.crossingOfWork.map(FigureText.count) ?? "–",
          FigureText.count(Double(pair.publishedCrossing)),
        ]
      }
    }
    return ReportTable(
      caption: "The length n from which on attention takes longer",
      columns: [
        "attention, other layer", "forward", "forward and backward", "by multiply-adds", "by Table 1",
      ],
      rows: rows)
  }

  // MARK: - Growth

  /// By which power of the length times grow at the longest lengths: the slope between the last two of them.
  private func growth(_ times: LayerTimes, _ time: (LayerTime) -> Double) -> Double? {
    guard let last = times.times.last, let before = times.times.dropLast().last, last.length > before.length,
      time(last) > 0, time(before) > 0
    else { return nil }
    return Double.logarithm(time(last) / time(before))
      / Double.logarithm(Double(last.length) / Double(before.length))
  }

  /// How times grow, in words.
  package func growthSentence(_ width: Int) -> String? {
    let found = LayerKind.allCases.compactMap { kind in times(kind, width) }.compactMap { times in
      growth(times, \.forward).map {
        "n^\(FigureText.figure(($0 * 100).rounded() / 100)) for \(times.kind.title)"
      }
    }
    guard !found.isEmpty, let lengths = layers.first(where: { $0.width == width })?.times.map(\.length),
      let last = lengths.last, let before = lengths.dropLast().last
    else { return nil }
    return
      "With d = \(width), the time of a forward pass grows from n = \(FigureText.count(Double(before))) to "
      + "\(FigureText.count(Double(last))) as \(found.joined(separator: ", "))."
  }

  private func publishedTable(_ widths: [Int]) -> ReportTable {
    let rows = LayerKind.allCases.map { kind in
      let factors = kind.workFactors
      let work = [
        factors.quadratic > 0 ? "\(factors.quadratic)·n²·d" : nil,
        factors.linear > 0 ? "\(factors.linear)·n·d²" : nil,
      ].compactMap(\.self).joined(separator: " + ")
      let exponents = widths.map { width in
        times(kind, width).flatMap { growth($0, \.forward) }.map {
          "n^\(FigureText.figure(($0 * 100).rounded() / 100))"
        } ?? "–"
      }
      let published = kind.published
      return [kind.title, published.complexity, published.sequential, published.path, work] + exponents
    }
    return ReportTable(
      caption:
        "Table 1 of the paper, the multiply-adds of these layers, and how their measured time grows in the end",
      columns: ["layer", "complexity", "sequential operations", "greatest path length", "multiply-adds"]
        + widths.map { "measured growth, d = \($0)" },
      rows: rows)
  }

  // MARK: - Times

  private func timeTables(_ width: Int) -> [ReportTable] {
    let kinds = LayerKind.allCases.compactMap { times($0, width) }
    let lengths = Set(kinds.flatMap { $0.times.map(\.length) }).sorted()
    func table(_ caption: String, _ cell: (LayerTimes, Int) -> String?) -> ReportTable {
      ReportTable(
        caption: "\(caption), d = \(width)", columns: ["n"] + kinds.map(\.kind.title),
        rows: lengths.map { length in
          [FigureText.count(Double(length))] + kinds.map { cell($0, length) ?? "–" }
        })
    }
    func milliseconds(_ time: @escaping (LayerTime) -> Double) -> (LayerTimes, Int) -> String? {
      { times, length in
        times.times.first { $0.length == length }.map { FigureText.figure(time($0) * 1e3) }
      }
    }
    return [
      table("Forward, milliseconds", milliseconds(\.forward)),
      table("Forward and backward, milliseconds", milliseconds(\.both)),
      table("Multiply-adds of a forward pass, millions") { times, length in
        FigureText.figure(Double(times.kind.multiplyAdds(length: length, width: width)) / 1e6)
      },
    ]
  }

  private func timeCharts(_ width: Int) -> [ReportChart] {
    let kinds = LayerKind.allCases.compactMap { times($0, width) }
    func chart(_ title: String, _ time: (LayerTime) -> Double) -> ReportChart {
      ReportChart(
        title: "\(title), d = \(width)", xLabel: "length n", yLabel: "milliseconds", isXLogarithmic: true,
        isYLogarithmic: true,
        series: kinds.map { times in
          ReportChart.Series(
            name: times.kind.title,
            points: times.times.map { .init(x: Double($0.length), y: time($0) * 1e3) })
        })
    }
    return [chart("A layer, forward", \.forward), chart("A layer, forward and backward", \.both)]
  }
}
