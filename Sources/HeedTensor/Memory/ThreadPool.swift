import CHeedKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The threads of the process that run loops over floats.
///
/// One pool serves everyone. A loop is cut into parts that threads claim one after another, so that a thread that is
/// held up does not hold up the rest; what a part computes never depends on who computes it. Workers spin for a moment
/// after a loop, because the next one usually follows at once, and then sleep until they are woken.
public final class ThreadPool: @unchecked Sendable {
  // Unchecked, because the loop at hand lies in plain fields: they are written by the thread that holds `busy` before
  // it publishes a new ticket, and read by the workers that the ticket names, for which that thread then waits.

  /// The pool of the process. Its size is HEED_THREADS where that is a number from 1 to 256, else that of the
  /// processors that it may use.
  public static let shared = ThreadPool()

  /// How many threads run a loop, the caller among them.
  public var threadCount: Int { activeCount.load(ordering: .relaxed) }

  private let activeCount: Atomic<Int>
  private let busy = Atomic<Bool>(false)
  /// The number of the loop at hand and, in the lowest 16 bits, how many workers take part in it. In one word, for a
  /// worker without a part in one loop may only look when the next one begins, and must not take that for the first.
  private let ticket = Atomic<Int>(0)
  private let nextPart = Atomic<Int>(0)
  private let pendingWorkers = Atomic<Int>(0)
  private let sleeperCount = Atomic<Int>(0)
  private var partCount = 0
  private var body: ((Int) -> Void)?
  private var workerCount = 0
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  private init() {
    let wanted = getenv("HEED_THREADS").flatMap { Int(String(cString: $0)) } ?? 0
    activeCount = Atomic((1...256).contains(wanted) ? wanted : min(256, Processors.availableCount))
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  /// Sets how many threads run a loop from now on. Results do not depend on it.
  public func setThreadCount(_ count: Int) {
    precondition((1...256).contains(count), "a thread count must be from 1 to 256, got \(count)")
    activeCount.store(count, ordering: .relaxed)
  }

  /// Calls `body` once for each part of `0..<partCount`, on this thread and the workers, and returns when all are done.
  ///
  /// A loop inside a loop, or one that starts while another thread has the pool, runs on the calling thread alone.
  package func run(_ partCount: Int, _ body: (Int) -> Void) {
    let workers = min(threadCount, partCount) - 1
    guard workers > 0, !busy.exchange(true, ordering: .acquiring) else {
      for part in 0..<partCount { body(part) }
      return
    }
    withoutActuallyEscaping(body) { escapable in
      self.body = escapable
      self.partCount = partCount
      let workers = startWorkers(workers)
      nextPart.store(0, ordering: .relaxed)
      pendingWorkers.store(workers, ordering: .relaxed)
      let last = ticket.load(ordering: .relaxed)
      ticket.store(((last >> 16) &+ 1) << 16 | workers, ordering: .sequentiallyConsistent)
      if sleeperCount.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(wake)
        pthread_mutex_unlock(mutex)
      }
      claimParts()
      var spins = 0
      while pendingWorkers.load(ordering: .acquiring) > 0 {
        spins += 1
        if spins > 2_000 { sched_yield() } else { heed_pause() }
      }
      self.body = nil
    }
    busy.store(false, ordering: .releasing)
  }

  /// Cuts `0..<extent` into nearly equal ranges and calls `body` for each: one range if the work is small.
  ///
  /// - Parameters:
  ///   - extent: How many items there are.
  ///   - grain: The smallest number of items worth handing to a thread.
  ///   - multiple: Where ranges may begin: at a multiple of this, which is the grain if none is given.
  ///   - body: Called once for each range, on any thread.
  package func parallel(over extent: Int, grain: Int, multiple: Int? = nil, _ body: (Range<Int>) -> Void) {
    guard extent > 0 else { return }
    let multiple = multiple ?? grain
    let places = (extent + multiple - 1) / multiple
    let threads = threadCount
    var parts = threads == 1 ? 1 : min((extent + grain - 1) / grain, places, threads * 4)
    // Five equal ranges would take two threads as long as six.
    if parts > threads { parts -= parts % threads }
    if parts == 1 {
      body(0..<extent)
      return
    }
    run(parts) { part in
      let start = places * part / parts * multiple
      let end = min(extent, places * (part + 1) / parts * multiple)
      if start < end { body(start..<end) }
    }
  }

  private func claimParts() {
    while true {
      let part = nextPart.add(1, ordering: .relaxed).oldValue
      guard part < partCount else { return }
      body?(part)
    }
  }

  /// How many of that many workers there are: where the system has no threads left, the pool is as large as it is.
  private func startWorkers(_ count: Int) -> Int {
    while workerCount < count {
      let number = workerCount
      // A worker that starts late must still take part in the loop that started it.
      let seen = ticket.load(ordering: .relaxed)
      guard startThread({ self.work(number: number, after: seen) }) else {
        activeCount.store(1 + workerCount, ordering: .relaxed)
        break
      }
      workerCount += 1
    }
    return min(count, workerCount)
  }

  private func work(number: Int, after start: Int) {
    var seen = start
    while true {
      seen = awaitTicket(after: seen)
      if number < seen & 0xffff {
        claimParts()
        pendingWorkers.subtract(1, ordering: .releasing)
      }
    }
  }

  /// Spins for some tens of microseconds, then sleeps, until another loop than that of `seen` begins.
  private func awaitTicket(after seen: Int) -> Int {
    for _ in 0..<4_000 {
      let current = ticket.load(ordering: .acquiring)
      if current != seen { return current }
      heed_pause()
    }
    pthread_mutex_lock(mutex)
    sleeperCount.add(1, ordering: .sequentiallyConsistent)
    var current = ticket.load(ordering: .sequentiallyConsistent)
    while current == seen {
      pthread_cond_wait(wake, mutex)
      current = ticket.load(ordering: .sequentiallyConsistent)
    }
    sleeperCount.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return current
  }
}
