/// Takes the value of an `--output`; for `@Option(transform:)`.
///
/// An empty one is what a script gives whose variable is not set. What is then written "into it" would come to where one
/// stands, or to the root of the file system.
///
/// - Throws: `CommandError` if it is empty.
@Sendable func outputPath(_ text: String) throws -> String {
  guard !text.isEmpty else { throw CommandError.usage("an empty name; name a place to write to") }
  return text
}
