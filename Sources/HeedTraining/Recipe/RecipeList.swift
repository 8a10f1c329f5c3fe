import Foundation
import Yams

/// Values of which there may be several: one as it stands, several as YAML writes a list in a line, `[a, b]`.
package enum RecipeList {
  /// The values that a text stands for; what is no list is a single one.
  package static func items(_ text: String) -> [String] {
    guard text.hasPrefix("["), text.hasSuffix("]"), let node = try? Yams.compose(yaml: text),
      case .sequence(let sequence) = node
    else { return [text] }
    let items = sequence.compactMap(\.scalar?.string)
    return items.count == sequence.count && !items.isEmpty ? items : [text]
  }

  /// The names that a text stands for: those of a list, or of a line with commas between.
  package static func names(_ text: String) -> [String] {
    items(text).flatMap { $0.split(separator: ",") }
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  /// The text that stands for some values.
  ///
  /// - Precondition: There is one at least.
  package static func text(_ items: [String]) -> String {
    precondition(!items.isEmpty, "RecipeList: no values")
    if items.count == 1, !items[0].hasPrefix("[") { return items[0] }
    return "[" + items.map(Recipe.quoted).joined(separator: ", ") + "]"
  }
}

extension DataRecipe {
  /// The files of `source`.
  var sources: [String] { source.map(RecipeList.items) ?? [] }
  /// The files of `valid_source`.
  var validSources: [String] { validSource.map(RecipeList.items) ?? [] }
}

extension ModelRecipe {
  /// The tokens of `extend_vocabulary`.
  var newTokens: [String] { extendVocabulary.map(RecipeList.items) ?? [] }
}
