import Foundation
import HeedTensor
import Testing

/// How many processors the pool takes.
@Suite struct ProcessorTests {
  @Test func atLeastOneMayBeUsed() {
    #expect((1...max(1, ProcessInfo.processInfo.processorCount)).contains(Processors.availableCount))
  }

  /// What containers are given: a quota for a period, or no limit.
  @Test func quotasAreRoundedUp() {
    #expect(Processors.share([200_000, 100_000]) == 2)
    #expect(Processors.share([150_000, 100_000]) == 2)
    #expect(Processors.share([1_000, 100_000]) == 1)
    for unlimited in [[100_000], [-1, 100_000], [0, 100_000], [100_000, 0], []] {
      #expect(Processors.share(unlimited) == nil)
    }
  }
}
