import Foundation
import HeedText

extension ConfigurationError {
  /// The bytes of a JSON file. Foundation says of every failure that an operation could not be completed; this says why.
  package static func data(of url: URL) throws(ConfigurationError) -> Data {
    do throws(FileError) {
      let file = try MappedFile(path: url.path)
      return withExtendedLifetime(file) { Data(file.bytes) }
    } catch {
      throw ConfigurationError(file: url.path, nil, error.clause(expecting: "a JSON file"))
    }
  }

  /// What a JSON decoder found wrong with these bytes of a file, in one sentence.
  package init(file: String, decoding error: DecodingError, in data: Data) {
    switch error {
    case .keyNotFound(let key, _):
      self.init(file: file, key.stringValue, "is missing")
    case .typeMismatch(let type, let context):
      self.init(file: file, context.fieldName, "must be of type \(type)")
    case .valueNotFound(let type, let context):
      self.init(file: file, context.fieldName, "must be of type \(type), found null")
    case .dataCorrupted(let context):
      if let field = context.fieldName {
        self.init(file: file, field, context.debugDescription)
      } else {
        let flaw = JSONFlaw.first(in: data).map { ": \($0)" } ?? ""
        self.init(file: file, nil, "is not valid JSON\(flaw)")
      }
    @unknown default:
      self.init(file: file, nil, "cannot be decoded")
    }
  }
}

extension DecodingError.Context {
  fileprivate var fieldName: String? {
    codingPath.isEmpty ? nil : codingPath.map(\.stringValue).joined(separator: ".")
  }
}
