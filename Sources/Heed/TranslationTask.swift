import Foundation
import HeedGeneration
import HeedModels

/// Which languages, for models that translate between several, and what such a model is told of them.
public struct TranslationTask: Sendable, Hashable {
  /// The code of the source's language, as the model spells it: `en`, `eng_Latn`.
  public var sourceLanguage: String?
  /// The code of the target's language.
  public var targetLanguage: String?
  /// What every source begins with; nil for what the model's `task_specific_params` say of these languages.
  public var sourcePrefix: String?
  /// What is made of `generation_config.json`.
  public var search: GenerationConfiguration.Source = .directory

  /// A translation between the languages of a model that knows two.
  public init(
    from sourceLanguage: String? = nil, to targetLanguage: String? = nil, sourcePrefix: String? = nil
  ) {
    self.sourceLanguage = sourceLanguage
    self.targetLanguage = targetLanguage
    self.sourcePrefix = sourcePrefix
  }
}

extension ModelDirectory {
  /// What T5 is told before each source: what was asked for, or what `task_specific_params` say; nil for other families.
  func sourcePrefix(
    for task: TranslationTask, _ configuration: TransformerConfiguration
  ) throws -> String? {
    guard configuration.family == .t5 else { return nil }
    if let prefix = task.sourcePrefix { return prefix }
    guard let source = task.sourceLanguage, let target = task.targetLanguage else { return "" }
    let name = "translation_\(source)_to_\(target)"
    let tasks = try taskPrefixes()
    guard let prefix = tasks[name] else {
      let known = tasks.keys.filter { $0.hasPrefix("translation_") }.sorted().joined(separator: ", ")
      throw ConfigurationError(
        file: configurationURL.path, "task_specific_params",
        "has no \(name)" + (known.isEmpty ? "" : " but \(known)") + "; say what sources begin with instead")
    }
    return prefix
  }
}
