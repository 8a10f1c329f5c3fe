import Synchronization

/// For each entry of a vocabulary whether some question about it was answered yes or no, or has not been asked yet.
///
/// Filled as words ask: a program that translates one sentence asks for ten of thirty thousand.
final class WholeWords: @unchecked Sendable {
  // Unchecked, because the memory is reached through a pointer; each entry is an atomic of its own, and threads that
  // find out the same thing at the same time write the same answer.
  private let answers: UnsafeMutablePointer<Atomic<UInt8>>
  private let count: Int

  init(count: Int) {
    self.count = count
    answers = .allocate(capacity: count)
    for index in 0..<count { (answers + index).initialize(to: Atomic(0)) }
  }

  deinit {
    answers.deinitialize(count: count)
    answers.deallocate()
  }

  /// What was found for an entry, or nil.
  @inline(__always) func answer(for index: Int) -> Bool? {
    switch answers[index].load(ordering: .relaxed) {
    case 0: nil
    case 1: false
    default: true
    }
  }

  func remember(_ answer: Bool, for index: Int) -> Bool {
    answers[index].store(answer ? 2 : 1, ordering: .relaxed)
    return answer
  }
}
