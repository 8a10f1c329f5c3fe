#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What is wrong with a text that should be JSON: Foundation's decoder says no more than that it is not.
package enum JSONFlaw {
  /// The line and the column at which a text stops being JSON, and what was expected there; nil for JSON.
  package static func first(in data: Data) -> String? {
    do throws(TokenizerError) {
      _ = try JSONDocument([UInt8](data))
      return nil
    } catch {
      return error.message
    }
  }
}
