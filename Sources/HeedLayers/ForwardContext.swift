import HeedTensor

/// What a forward pass needs beside its input: whether it trains, its randomness, and who is watching.
public struct ForwardContext: Sendable {
  private var random: SplitMix64?
  /// Records attention where it is wanted.
  public var recorder: AttentionRecorder?

  /// A pass without dropout.
  public static var inference: ForwardContext { ForwardContext() }

  private init() {}

  /// A pass with dropout, whose masks follow from the seed alone.
  public static func training(seed: UInt64) -> ForwardContext {
    var context = ForwardContext()
    context.random = SplitMix64(seed: seed)
    return context
  }

  /// A pass without dropout that records attention.
  public static func recording(_ recorder: AttentionRecorder) -> ForwardContext {
    var context = ForwardContext()
    context.recorder = recorder
    return context
  }

  /// The next dropout of the pass: a fresh mask while training, none otherwise.
  public mutating func dropout(_ probability: Float) -> DropoutChoice {
    guard probability > 0, var generator = random else { return .none }
    defer { random = generator }
    return DropoutChoice(probability: probability, seed: generator.next())
  }
}

/// The three places of attention in an encoder-decoder (section 3.2.3 of the paper).
public enum AttentionKind: String, Sendable, CaseIterable, Codable {
  /// Encoder tokens attend to encoder tokens.
  case encoder
  /// Decoder tokens attend to earlier decoder tokens.
  case decoder
  /// Decoder tokens attend to encoder tokens.
  case cross
}
