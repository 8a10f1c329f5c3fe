import Heed
import HeedShippedModel

/// The translator of the model that is part of the binary.
///
/// - Throws: `CommandError` in a build without one.
func shippedTranslator() throws -> Translator {
  do {
    return try Translator.shipped()
  } catch let error as ShippedModelError {
    throw CommandError.usage(error.description)
  }
}
