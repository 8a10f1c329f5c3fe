import Foundation
import HeedGeneration
import HeedModels
import HeedText

/// Summarises texts.
///
///     let summarizer = try Summarizer(directory: url)
///     print(try summarizer.summarize(article))
///
/// Works with encoder-decoders that were trained to: BART, T5 and what Heed trains. A value that never changes: any
/// number of threads may use it.
public struct Summarizer: Sendable {
  /// How to search where nothing else is said: what the directory says of the task.
  public let defaults: GenerationOptions
  /// What every text begins with, such as T5's "summarize: ".
  public let prefix: String
  let tokenizer: TextTokenizer
  let targetTokenizer: TextTokenizer
  var generator: SequenceGenerator<TranslationModel>

  /// A summary.
  public struct Summary: Sendable, Hashable {
    /// The text.
    public let text: String
    /// Its score: the higher, the surer the model.
    public let score: Float
    /// Tokens of the source that the model could not read, because it reads only so many.
    public let unreadTokenCount: Int
  }

  /// Loads a model directory.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - prefix: What every text begins with; nil for what `task_specific_params` say of summarisation, if they do.
  ///   - search: What is made of the directory's settings of search.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `TranslatorError`, which say which file
  ///   cannot be used and why.
  public init(
    directory: URL, prefix: String? = nil, _ search: GenerationConfiguration.Source = .directory,
    precision: WeightPrecision? = nil
  ) throws {
    var task = TranslationTask(sourcePrefix: prefix ?? "")
    task.search = search
    let model = try LoadedModel(directory: directory, task, precision)
    try model.checkVocabularies()
    var options = model.options
    let files = ModelDirectory(directory)
    if search == .directory { try files.apply(task: "summarization", to: &options) }
    defaults = options
    self.prefix = try prefix ?? files.taskPrefixes()["summarization"] ?? ""
    tokenizer = model.sourceTokenizer
    targetTokenizer = model.targetTokenizer ?? model.sourceTokenizer
    generator = try SequenceGenerator([model.model])
  }

  /// The most tokens that the model reads of a text.
  public var lengthLimit: Int {
    generator.interface.usualLength
  }

  /// Summarises a text.
  public func summarize(_ text: String, _ options: GenerationOptions? = nil) throws -> String {
    try summarize([text], options).first?.text ?? ""
  }

  /// Summarises texts; of those without anything to read the summary is empty.
  ///
  /// - Parameters:
  ///   - texts: What to summarise; what is longer than ``lengthLimit`` is read up to there.
  ///   - options: How to search; nil for ``defaults``.
  ///   - first: What samples of the first text depend on.
  /// - Returns: A summary for each text, in their order.
  /// - Throws: `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func summarize(
    _ texts: [String], _ options: GenerationOptions? = nil, first: Int = 0
  ) throws -> [Summary] {
    let options = options ?? defaults
    try options.validate(vocabularySize: generator.interface.targetVocabularySize)
    var sources: [[TokenID]] = []
    var unread: [Int] = []
    var places: [Int] = []
    for (index, text) in texts.enumerated()
    where text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) {
      let whole = tokenizer.encoding(of: prefix + text)
      guard let window = whole.truncated(to: lengthLimit).first else {
        throw TranslatorError.sourceTooLong(
          line: first + index + 1, tokenCount: whole.count, limit: lengthLimit)
      }
      sources.append(window.ids.isEmpty ? [generator.interface.endToken] : window.ids)
      unread.append(whole.count - window.count)
      places.append(index)
    }
    let inputs = places.map { place in
      SearchInput(identity: UInt64(first + place), maximumNewTokens: generator.interface.lengthLimit)
    }
    let found = try generator.generate(sources, inputs, options)
    var summaries = texts.map { _ in Summary(text: "", score: 0, unreadTokenCount: 0) }
    for (number, place) in places.enumerated() {
      summaries[place] = Summary(
        text: targetTokenizer.decode(found[number][0].tokens), score: found[number][0].score,
        unreadTokenCount: unread[number])
    }
    return summaries
  }
}
