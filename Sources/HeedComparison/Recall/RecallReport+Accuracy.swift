import HeedTensor
import HeedTraining

extension RecallReport {
  /// What each model reached on a task, by length.
  func accuracySection(_ task: RecallTask) -> ReportSection? {
    let parts = parts(of: task)
    guard !parts.isEmpty else { return nil }
    let title =
      switch task {
      case .copying: "Copying: accuracy by length"
      case .recall: "Associative recall: accuracy by distance"
      }
    let unit = task == .copying ? "length" : "distance"
    return ReportSection(
      title: title,
      paragraphs: [method(of: task), halfSentences(task)] + limitSentences(task) + [
        uncertaintySentence(task)
      ],
      tables: [table("\(shareName(task)), per cent", parts, \.token)]
        // An answer is one token: as a whole it is the same.
        + (task == .copying
          ? [table("Whole sequences that are right, end included, per cent", parts, \.sequence)] : []),
      charts: [chart("\(shareName(task)), \(task.title)", unit, parts, \.token)]
        + (task == .copying
          ? [chart("Sequences that are right, \(task.title)", unit, parts, \.sequence)] : []))
  }

  /// What the share of right tokens is called.
  private func shareName(_ task: RecallTask) -> String {
    task == .copying ? "Tokens that are right" : "Answers that are right"
  }

  private func method(of task: RecallTask) -> String {
    let trained = options.training.lengths
    let judged =
      "\(options.testCount) sequences of each length are written token by token, the likeliest each time, without help; "
      + "a token counts where it stands in its place. Models learned lengths \(trained.lowerBound) to "
      + "\(trained.upperBound), mixed."
    switch task {
    case .copying:
      return
        "A sequence of symbols, each one of \(RecallVocabulary.symbols.count), is to be written again behind a "
        + "delimiter; guessing gets \(task.chance.percent) of the tokens. \(judged)"
    case .recall:
      return
        "\(RecallSequence.pairCount) pairs of a key and a value come first, then symbols without meaning; then the decoder "
        + "is given one of the keys and has to write its value. The distance is that from the key to the end of the source. "
        + "Who guesses among the values that were there gets \(task.chance.percent). Models learn to write all keys in some "
        + "order, each with its value behind it, and which key comes next they cannot know. \(judged)"
    }
  }

  // MARK: - Sentences

  /// Where models fall below one half.
  package func halfSentences(_ task: RecallTask) -> String {
    let what = task == .copying ? "of the tokens" : "of the answers"
    let unit = task == .copying ? "length" : "distance"
    var verdicts: [(verdict: (Bool) -> String, key: String, names: [String])] = []
    func add(_ key: String, _ name: String, _ verdict: @escaping (Bool) -> String) {
      if let index = verdicts.firstIndex(where: { $0.key == key }) {
        verdicts[index].names.append(name)
      } else {
        verdicts.append((verdict, key, [name]))
      }
    }
    for part in parts(of: task) {
      let accuracy = part.accuracy.sorted { $0.length < $1.length }
      guard let longest = accuracy.last?.length else { continue }
      let below = accuracy.firstIndex { $0.token < 0.5 }
      switch below {
      case nil:
        add("stays", part.model.name) {
          "\($0 ? "get" : "gets") half \(what) right or more at every \(unit) up to \(longest)"
        }
      case 0?:
        add("never \(accuracy.contains { $0.token >= 0.5 })", part.model.name) { isPlural in
          accuracy.contains { $0.token >= 0.5 }
            ? "\(isPlural ? "are" : "is") below half \(what) from \(unit) \(accuracy[0].length) on, with exceptions"
            : "\(isPlural ? "are" : "is") below half \(what) at every \(unit)"
        }
      case let index?:
        add("falls \(accuracy[index].length)", part.model.name) {
          "\($0 ? "fall" : "falls") below half \(what) at \(unit) \(accuracy[index].length)"
        }
      }
    }
    return verdicts.map { one in
      let names = Self.list(one.names)
      return "\(Self.capitalized(names)) \(one.verdict(one.names.count > 1))."
    }.joined(separator: " ")
  }

  /// Who is best and worst at the longest trained length, and what is left beyond it.
  package func limitSentences(_ task: RecallTask) -> [String] {
    let parts = parts(of: task)
    let trained = options.training.lengths.upperBound
    let unit = task == .copying ? "length" : "distance"
    var sentences: [String] = []
    let lengths = options.lengths.sorted()
    if let limit = lengths.last(where: { $0 <= trained }), let (best, worst) = extremes(parts, limit) {
      sentences.append(
        "At \(unit) \(limit), the longest measured that was trained on, \(Self.list(best.names)) "
          + "\(best.names.count > 1 ? "have" : "has") most right (\(best.share.percent))"
          + (best.share > worst.share
            ? ", \(Self.list(worst.names)) least (\(worst.share.percent))." : ", as all others."))
    }
    let beyond = lengths.filter { $0 > trained }
    let found = beyond.compactMap { length in
      extremes(parts, length).map { (length, best: $0.best) }
    }
    guard !found.isEmpty else { return sentences }
    let items = found.map { "\(Self.list($0.best.names)) with \($0.best.share.percent) at \($0.0)" }
    sentences.append("Beyond what was trained, most is right for \(items.joined(separator: "; ")).")
    return sentences
  }

  private typealias Extreme = (names: [String], share: Double)

  /// The models with the highest and the lowest share of right tokens at a length.
  private func extremes(_ parts: [RecallPart], _ length: Int) -> (best: Extreme, worst: Extreme)? {
    let shares = parts.compactMap { part in
      part.accuracy.first { $0.length == length }.map { (part.model.name, $0.token) }
    }
    guard let high = shares.map(\.1).max(), let low = shares.map(\.1).min() else { return nil }
    func names(_ share: Double) -> [String] { shares.filter { $0.1 == share }.map(\.0) }
    return ((names(high), high), (names(low), low))
  }

  /// How well shares are known.
  private func uncertaintySentence(_ task: RecallTask) -> String {
    // Twice the standard deviation of a share of one half.
    let points = 100 / Double(max(1, options.testCount)).squareRoot()
    let shares = task == .copying ? "whole sequences" : "answers"
    return
      "With \(options.testCount) sequences, shares of \(shares) near one half are known to about "
      + "± \(FigureText.figure((points * 10).rounded() / 10)) points; and there is one training of each model, from "
      + "seed \(options.seed), which another may not repeat."
  }

  /// Names in a row: a, b and c.
  static func list(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return "\(names.dropLast().joined(separator: ", ")) and \(last)"
  }

  /// Text that begins a sentence.
  static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  // MARK: - Tables and charts

  private func table(
    _ caption: String, _ parts: [RecallPart], _ share: (RecallAccuracy) -> Double
  ) -> ReportTable {
    ReportTable(
      caption: caption, columns: ["model"] + options.lengths.map { FigureText.count(Double($0)) },
      rows: parts.map { part in
        [part.model.title]
          + options.lengths.map { length in
            part.accuracy.first { $0.length == length }.map { Self.oneDecimal(share($0) * 100) } ?? "–"
          }
      })
  }

  private static func oneDecimal(_ value: Double) -> String {
    FigureText.figure((value * 10).rounded() / 10)
  }

  private func chart(
    _ title: String, _ unit: String, _ parts: [RecallPart], _ share: (RecallAccuracy) -> Double
  ) -> ReportChart {
    ReportChart(
      title: title, xLabel: unit, yLabel: "per cent", isXLogarithmic: true,
      series: parts.map { part in
        ReportChart.Series(
          name: part.model.title,
          points: part.accuracy.map { .init(x: Double($0.length), y: share($0) * 100) })
      })
  }
}
