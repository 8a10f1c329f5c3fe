import Heed

/// The translator of the model that is part of the binary.
///
/// - Throws: `CommandError` in a build without one.
func shippedTranslator() throws -> Translator {
  throw CommandError.usage("this build has no shipped model; name one with --model DIR")
}
