import HeedTensor
import TestSupport
import Testing

/// How the gradient graph grows, is walked, and goes.
@Suite struct GraphTests {
  let x = Tensor([1, -2, 3], [3]).asParameter()

  @Test func aValueUsedTwiceSumsItsGradients() {
    (x * x + x * 3).sum().backward()
    #expect(x.gradient?.scalars == [5, -1, 9])
  }

  @Test func aResultUsedTwiceIsWalkedOnce() {
    var y = x * 1
    // 2^20 paths, and 20 operations.
    for _ in 0..<20 { y = y + y }
    y.sum().backward()
    #expect(x.gradient?.scalars == [Float](repeating: 1_048_576, count: 3))
  }

  @Test func theFirstContributionIsNotOverwritten() {
    // The pullback of + hands one tensor to both inputs; adding to it in place would change the other's gradient.
    let y = Tensor([1, 1, 1], [3]).asParameter()
    let (a, b) = (x * 2, y * 2)
    let sum = a + b
    (sum + a * 10 + a * 100).sum().backward()
    #expect(x.gradient?.scalars == [222, 222, 222])
    #expect(y.gradient?.scalars == [2, 2, 2])
  }

  @Test func gradientsAccumulateOverPasses() {
    for pass in 1...3 {
      (x * x).sum().backward()
      #expect(x.gradient?.scalars == [2, -4, 6].map { $0 * Float(pass) })
    }
  }

  @Test func twoResultsOfOneParameterEachAdd() {
    let (first, second) = ((x * 2).sum(), (x * 5).sum())
    second.backward()
    first.backward()
    #expect(x.gradient?.scalars == [7, 7, 7])
  }

  @Test func aDetachedInputGetsNoGradient() {
    let y = Tensor([4, 5, 6], [3]).asParameter()
    (x * y.detached).sum().backward()
    #expect(x.gradient?.scalars == [4, 5, 6])
    #expect(y.gradient?.scalars == [0, 0, 0])
    #expect(!(x.detached * y.detached).requiresGradient)
    #expect(y.detached.gradient == nil)
  }

  @Test func withoutParametersThereIsNoGraph() {
    let (a, b) = (normalValues([4, 4], seed: 1), normalValues([4, 4], seed: 2))
    #expect((a + b).node == nil)
    #expect(a.linear(b, activation: .gelu).softmax().node == nil)
    #expect(a.normalized(.layer, gain: Tensor(repeating: 1, [4]), bias: nil, epsilon: 0).node == nil)
  }

  @Test func aTableMayBeLookedUpAndProjectedWith() {
    let values = normalValues([5, 3], seed: 3)
    let (tied, looked, projected) = (values.asParameter(), values.asParameter(), values.asParameter())
    func loss(_ table: Tensor, _ projection: Tensor) -> Tensor {
      table.embedding(of: [4, 1]).projectedCrossEntropy(projection, labels: [1, 0], smoothing: 0, scale: 1)
        .loss
    }
    loss(tied, tied).backward()
    loss(looked, projected).backward()
    let separate = zip(looked.gradient?.scalars ?? [], projected.gradient?.scalars ?? []).map { $0 + $1 }
    expectClose(tied.gradient?.scalars ?? [], separate, absolute: 1e-6, "tied")
  }

  @Test func aGivenGradientIsTheOneThatIsFilled() {
    let gradient = Tensor(repeating: 1, [2])
    let parameter = Tensor([3, 4], [2]).asParameter(gradient: gradient)
    (parameter * parameter).sum().backward()
    #expect(gradient.scalars == [7, 9])
  }

  @Test func backwardReleasesWhatItHasUsed() {
    weak var middle: Storage?
    let loss: Tensor
    do {
      let product = x * x
      middle = product.storage
      loss = (product * product).sum()
    }
    #expect(middle != nil, "the pullback needs the product")
    loss.backward()
    #expect(middle == nil, "and lets go of it after its turn")
    #expect(loss.scalar == 98)
  }

  @Test func aGraphGoesWithItsTensors() {
    weak var middle: Storage?
    do {
      let product = x * x
      middle = product.storage
      let loss = (product * product).sum()
      #expect(loss.requiresGradient)
    }
    #expect(middle == nil)
  }

  @Test func longChainsAreWalkedAndReleased() async {
    // Recursion over so many operations would overflow the stack.
    await #expect(processExitsWith: .success) {
      let x = Tensor([1, -2, 3], [3]).asParameter()
      for walks in [true, false] {
        var y = x * 1
        for _ in 0..<300_000 { y = y + x }
        let loss = y.sum()
        if walks { loss.backward() }
      }
      #expect(x.gradient?.scalars == [300_001, 300_001, 300_001])
    }
  }

  @Test func mistakesOfTheCallerStopTheProgram() async throws {
    await #expect(processExitsWith: .failure) {
      let x = Tensor([1, 2], [2]).asParameter()
      (x * 2).backward()
    }
    await #expect(processExitsWith: .failure) {
      Tensor(1).backward()
    }
    let again = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let loss = (Tensor([1, 2], [2]).asParameter() * 2).sum()
      loss.backward()
      loss.backward()
    }
    #expect(String(decoding: again.standardErrorContent, as: UTF8.self).contains("sum"))
    let later = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let y = Tensor([1, 2], [2]).asParameter() * 2
      y.sum().backward()
      (y * y).sum().backward()
    }
    #expect(String(decoding: later.standardErrorContent, as: UTF8.self).contains("scaled"))
  }

  @Test func operationsWithoutAGradientFailByName() async throws {
    let result = try await #require(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let projected = normalValues([1, 12], seed: 1).asParameter()
      let cache = Tensor(zeros: [4, 8])
      let attended = cache.attendGathered(
        projected, slots: [0], offsets: [0, 1], headCount: 2, keyValueHeadCount: 2, headSize: 2, scale: 1)
      attended.sum().backward()
    }
    #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("attendGathered"))
  }
}
