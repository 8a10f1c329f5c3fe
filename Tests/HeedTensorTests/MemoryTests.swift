import HeedTensor
import Testing

/// The pool of blocks, and what operations take from it.
@Suite struct MemoryTests {
  @Test func sizesAreRoundedUpByAnEighthAtMost() {
    #expect(StoragePool.roundedCount(0) == 64)
    #expect(StoragePool.roundedCount(64) == 64)
    var last = 0
    for count in Array(0...5000) + [65_535, 65_536, 65_537, 1 << 30, (1 << 30) + 1] {
      let rounded = StoragePool.roundedCount(count)
      #expect(rounded >= count && rounded.isMultiple(of: 16), "\(count)")
      #expect(rounded >= last, "\(count)")
      #expect(count <= 128 || Double(rounded) <= Double(count) * 1.125, "\(count) became \(rounded)")
      #expect(StoragePool.roundedCount(rounded) == rounded, "\(count)")
      last = rounded
    }
  }

  @Test func blocksAreUsedAgain() async {
    await #expect(processExitsWith: .success) {
      let pool = StoragePool.shared
      let start = pool.usedByteCount
      var block: Storage? = Storage(count: 1000)
      precondition(UInt(bitPattern: block?.pointer).isMultiple(of: 64))
      let address = block?.pointer
      precondition(pool.usedByteCount == start + 4 * StoragePool.roundedCount(1000))
      block = nil
      precondition(pool.usedByteCount == start)
      let again = Storage(count: 1001)
      precondition(again.pointer == address)
      withExtendedLifetime(again) {}
    }
  }

  /// Blocks that are cut from the same slab, and those that are too large for it, hold what was written to them.
  @Test func blocksDoNotOverlap() async {
    await #expect(processExitsWith: .success) {
      let blocks =
        [16, 100, 5_000, 900_000, 1 << 20, 64, 1 << 21, 1_000_000, 999_000, 3].map { count in
          let block = Storage(count: count)
          precondition(UInt(bitPattern: block.pointer).isMultiple(of: 64))
          return block
        } + (0..<20).map { Storage(count: 700_000 + $0) }
      for (index, block) in blocks.enumerated() {
        block.pointer.update(repeating: Float(index), count: block.count)
      }
      for (index, block) in blocks.enumerated() {
        precondition((0..<block.count).allSatisfy { block.pointer[$0] == Float(index) }, "block \(index)")
      }
    }
  }

  @Test func theMostThatIsUsedIsCounted() async {
    await #expect(processExitsWith: .success) {
      let kept = Storage(count: 64)
      let most = StoragePool.shared.mostUsed {
        var blocks: [Storage] = [Storage(count: 1024), Storage(count: 2048)]
        blocks.removeAll()
        blocks.append(Storage(count: 1024))
      }
      precondition(most == 4 * (1024 + 2048), "\(most) bytes")
      withExtendedLifetime(kept) {}
    }
  }

  /// Bytes that forward and backward passes of an attention take, for lengths that grow by four.
  @Test func attentionTakesMemoryInProportionToLength() async {
    await #expect(processExitsWith: .success) {
      for hasBias in [false, true] {
        let bytes = [512, 2048, 8192].map { attentionByteCount(length: $0, hasBias: hasBias) }
        for (shorter, longer) in zip(bytes, bytes.dropFirst()) {
          precondition(longer <= shorter * 9 / 2, "four times the length took \(bytes) bytes")
        }
        // 32 columns: input, output, the gradients of both, and one number for each query and head.
        precondition(bytes[2] < 8192 * 4 * 32 * 12, "8192 tokens took \(bytes[2]) bytes")
      }
    }
  }
}

/// What a causal attention of `length` tokens, two heads of 16 takes, forward and backward.
private func attentionByteCount(length: Int, hasBias: Bool) -> Int {
  StoragePool.shared.mostUsed { runAttention(length: length, hasBias: hasBias) }
}

private func runAttention(length: Int, hasBias: Bool) {
  let projected = Tensor(repeating: 0.1, [length, 96]).asParameter()
  let table = Tensor(repeating: 0.1, [2, length]).asParameter()
  let layout = AttentionLayout(
    queryRanges: [0..<length], keyRanges: [0..<length], headCount: 2, headSize: 16, isCausal: true)
  let attended = attention(
    queries: projected.columns(from: 0), keys: projected.columns(from: 32),
    values: projected.columns(from: 64),
    layout, scale: 0.25, bias: hasBias ? RelativeBias(values: table, firstDistance: 1 - length) : nil)
  attended.sum().backward()
}
