import Heed

/// A model that notes when the logits of each step are there.
struct TimedModel<Model: NextTokenModel>: NextTokenModel {
  private var model: Model
  private let stopwatch = Stopwatch()
  /// For each step the seconds from the beginning until its logits were there.
  private(set) var seconds: [Double] = []

  init(_ model: Model) { self.model = model }

  var vocabularySize: Int { model.vocabularySize }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    var ready = 0.0
    let stopwatch = stopwatch
    try model.step(tokens: tokens, parents: parents) { logits in
      ready = stopwatch.seconds
      try body(logits)
    }
    seconds.append(ready)
  }
}
