/// What is wrong with a part of a file, told by code that does not know what the file is called.
struct FormatFlaw: Error {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
