import HeedTensor
import Testing

@Suite struct ConcurrentCallTests {
  private struct Failure: Error, Equatable {
    let number: Int
  }

  private func throwing(_ number: Int) throws -> Int { throw Failure(number: number) }

  /// Often, for what could go wrong is a matter of which thread is first.
  @Test func bothResultsComeBack() throws {
    for number in 0..<5_000 {
      let values = [number, number + 1]
      let (first, second) = try concurrently({ values.map { 2 * $0 } }, { values.reduce(0, +) })
      #expect(first == [2 * number, 2 * number + 2] && second == 2 * number + 1)
    }
  }

  @Test func theFirstErrorCounts() {
    #expect(throws: Failure(number: 1)) { try concurrently({ try throwing(1) }, { try throwing(2) }) }
    #expect(throws: Failure(number: 1)) { try concurrently({ try throwing(1) }, { 2 }) }
    #expect(throws: Failure(number: 2)) { try concurrently({ 1 }, { try throwing(2) }) }
  }

  @Test func aResultCanBeAskedForTwice() throws {
    let call = BackgroundCall { "done" }
    #expect(try call.result().get() == "done")
    #expect(try call.result().get() == "done")
  }
}
