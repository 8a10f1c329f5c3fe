import HeedTensor

extension SplitMix64 {
  /// The generator of what is random about an example in an epoch: the same wherever a run was stopped, and whatever
  /// else is in the batch.
  init(seed: UInt64, epoch: Int, example: Int) {
    self.init(
      seed: SplitMix64.mix(seed ^ SplitMix64.mix(UInt64(bitPattern: Int64(epoch)))),
      stream: UInt64(bitPattern: Int64(example)))
  }
}
