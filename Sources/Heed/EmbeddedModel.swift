import Foundation

/// A model directory as bytes in memory, such as one that is part of the program.
///
/// Unchecked, because the bytes must stay as they are for as long as the process lives.
public struct EmbeddedModel: @unchecked Sendable {
  /// What errors call it.
  public var name: String
  /// `config.json`.
  public var configuration: UnsafeRawBufferPointer
  /// `generation_config.json`.
  public var generationConfiguration: UnsafeRawBufferPointer?
  /// `tokenizer.json`.
  public var tokenizer: UnsafeRawBufferPointer
  /// `target_tokenizer.json`, where the target has a tokenizer of its own.
  public var targetTokenizer: UnsafeRawBufferPointer?
  /// `model.safetensors`.
  public var weights: UnsafeRawBufferPointer

  /// A model whose bytes never change and never go away.
  public init(
    name: String, configuration: UnsafeRawBufferPointer,
    generationConfiguration: UnsafeRawBufferPointer? = nil,
    tokenizer: UnsafeRawBufferPointer, targetTokenizer: UnsafeRawBufferPointer? = nil,
    weights: UnsafeRawBufferPointer
  ) {
    self.name = name
    self.configuration = configuration
    self.generationConfiguration = generationConfiguration
    self.tokenizer = tokenizer
    self.targetTokenizer = targetTokenizer
    self.weights = weights
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes without a copy, or none where there are none.
  var borrowedData: Data {
    guard let baseAddress, count > 0 else { return Data() }
    return Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: baseAddress), count: count, deallocator: .none)
  }
}
