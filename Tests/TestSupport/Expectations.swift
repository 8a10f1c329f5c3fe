import Foundation
import HeedModels
import HeedTensor
import Testing

/// The folder of fixtures at the root of the package.
public let fixturesDirectory = URL(filePath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Fixtures")

/// Expects two rows of numbers to agree: |found − expected| ≤ absolute + relative · |expected|, and no NaN.
public func expectClose(
  _ found: [Float], _ expected: [Float], absolute: Float = 0, relative: Float = 0, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record(
      "\(name): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  var worst = (index: -1, excess: Float(0))
  for index in found.indices {
    let difference = abs(found[index] - expected[index])
    let excess = difference - absolute - relative * abs(expected[index])
    if !(excess <= 0), worst.index < 0 || !(excess <= worst.excess) { worst = (index, excess) }
  }
  if worst.index >= 0 {
    Issue.record(
      "\(name): at \(worst.index) found \(found[worst.index]), expected \(expected[worst.index])",
      sourceLocation: sourceLocation)
  }
}

/// Expects two tensors to agree in shape and values.
public func expectClose(
  _ found: Tensor, _ expected: Tensor, absolute: Float = 0, relative: Float = 0, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.shape == expected.shape else {
    Issue.record("\(name): shape \(found.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
    return
  }
  expectClose(
    found.scalars, expected.scalars, absolute: absolute, relative: relative, name,
    sourceLocation: sourceLocation)
}

/// What a reference implementation computed, in a safetensors file among the fixtures.
public struct Fixture {
  private let file: SafetensorsFile

  /// Opens `Fixtures/PATH.safetensors`.
  public init(_ path: String) throws {
    file = try SafetensorsFile(url: fixturesDirectory.appending(path: "\(path).safetensors"))
  }

  /// The names of all tensors.
  public var names: [String] { file.names }

  /// A tensor of floats.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try #require(file.entry(name), "no tensor \(name)")
    return Tensor(try file.floats(of: entry), Shape(entry.shape))
  }

  /// The rows of a matrix of integers.
  public func rows(_ name: String) throws -> [[Int32]] {
    let entry = try #require(file.entry(name), "no tensor \(name)")
    let values = try file.integers(of: entry).map { Int32($0) }
    let columns = entry.shape.last ?? 1
    return stride(from: 0, to: values.count, by: max(1, columns)).map { Array(values[$0..<$0 + columns]) }
  }

  /// The rows of a matrix of integers without their padding, which `mask` marks with zeros.
  public func rows(_ name: String, mask: String) throws -> [[Int32]] {
    zip(try rows(name), try rows(mask)).map { row, mask in
      zip(row, mask).filter { $0.1 != 0 }.map(\.0)
    }
  }
}

/// The tiny checkpoints of Fixtures/Checkpoint, by the names of their directories.
public enum CheckpointFixture {
  /// Those that hold `search.json`.
  public static let encoderDecoders = ["marian", "m2m_100", "bart", "t5", "t5-v1.1"]
  /// Encoder-decoders of a type of Heed's own.
  public static let paperVariants = ["heed_transformer-after", "heed_transformer-before"]
  /// Those that continue text.
  public static let languageModels = ["gpt2", "llama", "qwen2"]
  /// Those that read text.
  public static let textEncoders = [
    "bert", "bert-classification", "bert-masked-lm", "bert-pretraining", "bert-question-answering",
    "bert-token-classification",
    "distilbert", "roberta-masked-lm",
  ]
  /// Those that hold `training.safetensors`.
  public static let trained =
    encoderDecoders + paperVariants + [
      "gpt2", "llama", "bert-masked-lm", "bert-pretraining", "bert-classification", "bert-question-answering",
    ]
  /// All of them.
  public static let all = encoderDecoders + paperVariants + languageModels + textEncoders

  /// Where one of them is.
  public static func directory(_ name: String) -> ModelDirectory {
    ModelDirectory(fixturesDirectory.appending(path: "Checkpoint/\(name)"))
  }
}
