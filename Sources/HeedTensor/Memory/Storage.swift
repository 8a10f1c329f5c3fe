/// A block of floats, shared by the tensors that look at parts of it.
package final class Storage: @unchecked Sendable {
  // Unchecked, because the floats are reached through a pointer. An operation writes only into storage that it has
  // just made; the exceptions (gradients, the arena of parameters, caches) have one owner that says so.

  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int
  private let block: StoragePool.Block

  /// No floats: that of weights that are held in another form.
  static let empty = Storage(count: 0)

  /// A block of `count` floats of unknown content, at an address divisible by 64.
  package init(count: Int) {
    self.count = count
    block = StoragePool.shared.take(count)
    pointer = block.pointer
  }

  deinit {
    StoragePool.shared.give(block)
  }
}
