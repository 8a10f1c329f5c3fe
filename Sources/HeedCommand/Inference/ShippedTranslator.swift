import Heed
import HeedShippedModel
import HeedTensor

/// The translator of the model that is part of the binary.
enum ShippedTranslator {
  // Unsafe, but set before any other thread is started.
  private nonisolated(unsafe) static var early: BackgroundCall<Translator>?

  /// Begins to load the model while the arguments are read, if they are but `translate` and texts: reading them takes as
  /// long as a third of the loading, and there is nothing in them that could ask for another model.
  static func prepare(for arguments: [String]) {
    guard arguments.first == "translate", !arguments.contains(where: { $0.hasPrefix("-") }) else { return }
    early = BackgroundCall { try Translator.shipped() }
  }

  /// Loads the translator.
  ///
  /// - Throws: `CommandError` in a build without one.
  static func load() throws -> Translator {
    do {
      return try early?.result().get() ?? Translator.shipped()
    } catch let error as ShippedModelError {
      throw CommandError.usage(error.description)
    }
  }
}
