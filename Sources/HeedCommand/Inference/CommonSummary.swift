import Foundation
import Heed
import HeedTensor

/// What is said of a model, for people and for programs.
protocol SummarizedModel: Encodable {
  /// What is said of any model; no part of what the type itself encodes.
  var common: CommonSummary { get }
  /// All of it, for people.
  var lines: [String] { get }
}

/// All of a summary as one object.
struct WholeSummary: Encodable {
  let model: any SummarizedModel

  func encode(to encoder: any Encoder) throws {
    try model.encode(to: encoder)
    try model.common.encode(to: encoder)
  }
}

/// What is said of a model of any architecture.
struct CommonSummary: Encodable {
  let parameters: Int
  /// In the file.
  let weightTypes: [String]
  /// In memory.
  let weightForms: [String]
  let weightBytes: Int
  let tokenizer: String?
  let tokenizerTokens: Int?
  /// What the model makes of a sentence, where there is a tokenizer.
  let sentence: String?
  let peakMemoryBytes: Int

  init(_ examined: ExaminedModel, sentence: String?) {
    parameters = examined.model.parameterCount
    weightTypes = Set(examined.weights.entries.map(\.elementType.rawValue)).sorted()
    weightForms = examined.model.weightForms.map(\.name).sorted()
    weightBytes = examined.weights.entries.reduce(0) { $0 + $1.byteCount }
    self.sentence = sentence
    tokenizer = examined.tokenizers?.origin
    tokenizerTokens = examined.tokenizers?.source.vocabularySize
    peakMemoryBytes = Machine.peakMemoryBytes
  }

  /// For people.
  var lines: [String] {
    [
      "tokenizer    "
        + (tokenizer.map { "\($0), \(tokenizerTokens ?? 0) tokens" } ?? "none in the directory"),
      "a sentence   " + (sentence ?? "not run, without a tokenizer"),
      "weights      \(parameters) parameters, \(weightTypes.joined(separator: " and ")), "
        + "\((Double(weightBytes) / 1e6).formatted(1)) MB, held as \(weightForms.joined(separator: " and "))",
      "memory       \((Double(peakMemoryBytes) / 1e6).formatted(0)) MB with the model loaded",
    ]
  }
}

extension PackedMatrix.Form {
  /// What people call it.
  fileprivate var name: String {
    switch self {
    case .float32: "float32"
    case .bfloat16: "bfloat16"
    case .int8Rows: "int8"
    case .int8Blocks: "int8 in blocks"
    case .int4Blocks: "int4 in blocks"
    }
  }
}
