import Foundation
import HeedTensor
import Testing

/// The pool: every part once, whoever calls; and rest when there is nothing to do.
///
/// The tests run in processes of their own, where no other test has the pool.
@Suite struct ThreadPoolTests {
  @Test func everyPartRunsOnce() async {
    await #expect(processExitsWith: .success) {
      let pool = ThreadPool.shared
      for threads in 1...8 {
        pool.setThreadCount(threads)
        precondition(pool.threadCount == threads)
        for partCount in [0, 1, 2, 3, 7, 8, 9, 100] { Tally.run(partCount) }
      }
    }
  }

  @Test func rangesCoverTheExtentOnce() async {
    await #expect(processExitsWith: .success) {
      for threads in 1...8 {
        ThreadPool.shared.setThreadCount(threads)
        for extent in [0, 1, 2, 15, 16, 17, 100, 1000] {
          for grain in [1, 3, 16, 1000, 5000] { Tally.runRanges(extent, grain: grain) }
        }
      }
    }
  }

  /// Loops of changing size, so that workers that have no part in one loop see the next one begin.
  @Test func thousandsOfLoopsOfChangingSize() async {
    await #expect(processExitsWith: .success) {
      var generator = SplitMix64(seed: 3)
      let end = ContinuousClock.now + .milliseconds(1500)
      while ContinuousClock.now < end {
        ThreadPool.shared.setThreadCount(2 + generator.next(below: 7))
        for _ in 0..<100 {
          Tally.run(2, work: 10)
          Tally.run(2 + generator.next(below: 12), work: generator.next(below: 3000))
        }
      }
    }
  }

  @Test func loopsInsideLoopsRunOnTheirThread() async {
    await #expect(processExitsWith: .success) {
      ThreadPool.shared.setThreadCount(4)
      for _ in 0..<200 {
        let outer = Tally(8)
        ThreadPool.shared.run(8) { part in
          Tally.run(5)
          outer.count(part)
        }
        outer.check()
      }
    }
  }

  @Test func callersOnSeveralThreadsDoNotMeet() async {
    await #expect(processExitsWith: .success) {
      ThreadPool.shared.setThreadCount(3)
      let finished = DispatchSemaphore(value: 0)
      for caller in 0..<4 {
        Thread.detachNewThread {
          for loop in 0..<2000 { Tally.run(2 + (loop + caller) % 6) }
          finished.signal()
        }
      }
      for _ in 0..<4 { finished.wait() }
    }
  }

  @Test func workersSleepWhenThereIsNothingToDo() async {
    await #expect(processExitsWith: .success) {
      ThreadPool.shared.setThreadCount(4)
      for _ in 0..<50 { Tally.run(4) }
      // What is left of the loops: spinning before sleep.
      usleep(100_000)
      let before = clock()
      usleep(200_000)
      let seconds = Double(clock() - before) / Double(CLOCKS_PER_SEC)
      precondition(seconds < 0.02, "\(seconds) s of work in 0.2 s of rest")
      // And they wake.
      for _ in 0..<50 { Tally.run(4) }
    }
  }
}

/// Counts how often each part has run.
private final class Tally: @unchecked Sendable {
  // Unchecked: parts count in places of their own.
  private let counts: UnsafeMutablePointer<Int>
  private let size: Int

  init(_ size: Int) {
    self.size = size
    counts = .allocate(capacity: size)
    counts.initialize(repeating: 0, count: size)
  }

  deinit { counts.deallocate() }

  func count(_ part: Int) {
    precondition((0..<size).contains(part))
    counts[part] += 1
  }

  func check() {
    for part in 0..<size where counts[part] != 1 {
      fatalError("part \(part) of \(size) ran \(counts[part]) times")
    }
  }

  /// Runs a loop of `size` parts, with `work` numbers to draw before each of the later ones is counted.
  static func run(_ size: Int, work: Int = 0) {
    let tally = Tally(size)
    ThreadPool.shared.run(size) { part in
      var generator = SplitMix64(seed: UInt64(part))
      var mixed: UInt64 = 1
      for _ in 0..<(part > 1 ? work : 0) { mixed = mixed &* 3 ^ generator.next() }
      if mixed != 0 { tally.count(part) }
    }
    tally.check()
  }

  static func runRanges(_ extent: Int, grain: Int) {
    let tally = Tally(extent)
    ThreadPool.shared.parallel(over: extent, grain: grain) { range in
      precondition(range.lowerBound.isMultiple(of: grain), "a range starts inside a grain")
      for item in range { tally.count(item) }
    }
    tally.check()
  }
}
