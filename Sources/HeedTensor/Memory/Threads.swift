#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Calls two functions at the same time, and returns what both give: for work that is no loop over floats, such as
/// reading a vocabulary while weights are packed. Where the pool has one thread, one is called after the other.
///
/// - Throws: What the first throws, or else the second; in any case after both have come to their end.
package func concurrently<First, Second>(
  _ first: @escaping () throws -> First, _ second: () throws -> Second
) throws -> (First, Second) {
  guard ThreadPool.shared.threadCount > 1 else { return (try first(), try second()) }
  let call = BackgroundCall(first)
  let other = Result { try second() }
  return (try call.result().get(), try other.get())
}

/// A call that another thread makes, from now on.
package final class BackgroundCall<Value>: @unchecked Sendable {
  // Unchecked, because work and outcome are touched by one thread at a time: by the one that runs until it has said so
  // with the mutex, then by those that hold it.
  private var work: (() throws -> Value)?
  private var outcome: Result<Value, any Error>?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(_ work: @escaping () throws -> Value) {
    self.work = work
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(done, nil)
    // Where the system has no thread to give, it is made at once.
    if !startThread({ self.run() }) { run() }
  }

  deinit {
    pthread_cond_destroy(done)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    done.deallocate()
  }

  private func run() {
    guard let work else { preconditionFailure("a call is made once") }
    let found = Result { try work() }
    self.work = nil
    pthread_mutex_lock(mutex)
    outcome = found
    pthread_cond_broadcast(done)
    pthread_mutex_unlock(mutex)
  }

  /// What the call gave; waits for it.
  package func result() -> Result<Value, any Error> {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let outcome { return outcome }
      pthread_cond_wait(done, mutex)
    }
  }
}

private final class ThreadStart {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}

/// Starts a detached thread; the kernels keep tiles of some hundred kilobytes on its stack.
///
/// - Returns: Whether the system gave one: a container may limit them.
func startThread(_ run: @escaping @Sendable () -> Void) -> Bool {
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  pthread_attr_setstacksize(&attributes, 4 << 20)
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let context = Unmanaged.passRetained(ThreadStart(run)).toOpaque()
  #if canImport(Darwin)
    var thread: pthread_t?
    let status = pthread_create(
      &thread, &attributes,
      { context in
        Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context)
  #else
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context)
  #endif
  pthread_attr_destroy(&attributes)
  if status != 0 { Unmanaged<ThreadStart>.fromOpaque(context).release() }
  return status == 0
}
