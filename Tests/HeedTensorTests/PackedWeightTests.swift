import CHeedKernels
import HeedTensor
import TestSupport
import Testing

/// Weights that are held packed alone.
@Suite struct PackedWeightTests {
  private static func weight(_ shape: Shape = [37, 64], seed: UInt64 = 3) -> Tensor {
    normalValues(shape, seed: seed)
  }

  /// A weight `[outputs, inputs]` as GGUF's Q8_0 has it, packed, and the numbers that it stands for: blocks of eight bits
  /// are only read, never made by rounding.
  private static func blocks(_ shape: Shape, seed: UInt64 = 3) -> (packed: Tensor, values: [Float]) {
    var random = SplitMix64(seed: seed)
    var (bytes, values): ([UInt8], [Float]) = ([], [])
    for _ in 0..<shape.count / PackedMatrix.blockLength {
      // 2^(exponent − 15) in half precision: from 2^−8 to 2^−5.
      let exponent = 7 + random.next(below: 4)
      bytes += [0, UInt8(exponent << 2)]
      for _ in 0..<PackedMatrix.blockLength {
        let value = Int8(truncatingIfNeeded: random.next(below: 256))
        bytes.append(UInt8(bitPattern: value))
        values.append(Float(value) / Float(1 << (15 - exponent)))
      }
    }
    let matrix = PackedMatrix(inner: shape[1], columns: shape[0], .int8Blocks)
    // In two ranges, as tensors of a file that are stacked.
    let rowBytes = bytes.count / shape[0]
    for range in shape[0] > 16 ? [0..<16, 16..<shape[0]] : [0..<shape[0]] {
      bytes.withUnsafeBytes { buffer in
        guard let base = buffer.baseAddress else { return }
        matrix.fill(range, HEED_BLOCKS_Q8_0, base + range.lowerBound * rowBytes)
      }
    }
    return (Tensor(packed: matrix), values)
  }

  /// A packed weight of any form.
  private static func packed(_ shape: Shape, as form: PackedMatrix.Form, seed: UInt64) -> Tensor {
    form == .int8Blocks
      ? blocks(shape, seed: seed).packed : normalValues(shape, seed: seed).packedForMultiply(as: form)
  }

  @Test func blocksOfEightBitsKeepTheirValues() {
    for shape: Shape in [[1, 32], [16, 64], [37, 96], [300, 32]] {
      let (packed, values) = Self.blocks(shape)
      #expect(packed.packed?.form == .int8Blocks && !packed.isUnpacked && packed.shape == shape)
      #expect(packed.scalars == values)
      let last = shape[0] - 1
      let rows = packed.embedding(of: [Int32(last), 0])
      #expect(Array(rows.scalars.prefix(shape[1])) == Array(values[last * shape[1]..<shape.count]))
      #expect(Array(rows.scalars.suffix(shape[1])) == Array(values[..<shape[1]]))
      // A product with it is a product with its values, beside the rounding of activations to 16 bits: half a step of
      // 4 / 32767 for each, against weights that are 1.2 on average.
      let x = normalValues([7, shape[1]], seed: 5)
      let bias = normalValues([shape[0]], seed: 6)
      let weight = Tensor(values, shape)
      expectClose(
        x.linear(packed, bias: bias, activation: .gelu), x.linear(weight, bias: bias, activation: .gelu),
        absolute: 8e-3, "\(shape)")
      #expect(!sameBits(x.linear(packed), x.linear(weight)))
    }
  }

  /// What is to become blocks of eight bits stays as it is: there is no rounding to them.
  @Test func nothingIsRoundedToBlocksOfEightBits() {
    let weight = Self.weight()
    let packed = weight.packedForMultiply(as: .int8Blocks)
    #expect(packed.packed?.form == .float32 && sameBits(packed.unpacked, weight))
  }

  @Test func floatsStayAsTheyAre() {
    for shape: Shape in [[1, 1], [16, 3], [37, 64], [5, 33]] {
      let weight = Self.weight(shape)
      let packed = weight.packedForMultiply()
      #expect(!packed.isUnpacked && packed.shape == shape)
      #expect(sameBits(packed.unpacked, weight))
      #expect(packed.scalars == weight.scalars)
      let ids: [Int32] = [0, Int32(shape[0] - 1), 0]
      #expect(sameBits(packed.embedding(of: ids, scale: 3), weight.embedding(of: ids, scale: 3)))
      let x = normalValues([5, shape[1]], seed: 4)
      #expect(sameBits(x.linear(packed), x.linear(weight)))
    }
  }

  /// How far each form may be from the number that it stands for, by the largest of its row.
  @Test(arguments: [
    (PackedMatrix.Form.bfloat16, Float(0.004)), (.int8Rows, 0.5 / 127), (.int4Blocks, 2 / 30),
  ])
  func roundedWeightsAreNear(_ form: PackedMatrix.Form, tolerance: Float) {
    let weight = Self.weight()
    let packed = weight.packedForMultiply(as: form)
    let (found, expected) = (packed.scalars, weight.scalars)
    for row in 0..<37 {
      let range = row * 64..<(row + 1) * 64
      let largest = expected[range].map { abs($0) }.max() ?? 0
      for index in range {
        #expect(abs(found[index] - expected[index]) <= tolerance * largest * 1.01, "\(form) \(index)")
      }
    }
    #expect(found != expected)
    // A product with it is a product with what it unpacks to, beside the rounding of activations to 16 bits.
    let x = normalValues([7, 64], seed: 5)
    let bias = normalValues([37], seed: 6)
    expectClose(
      x.linear(packed, bias: bias, activation: .gelu),
      x.linear(packed.unpacked, bias: bias, activation: .gelu),
      absolute: 2e-3, "\(form)")
    #expect(sameBits(packed.embedding(of: [9, 2]), packed.unpacked.embedding(of: [9, 2])))
  }

  @Test func rowsThatAreNoBlocksGetEightBits() {
    let weight = Self.weight([5, 33])
    let (four, eight) = (weight.packedForMultiply(as: .int4Blocks), weight.packedForMultiply(as: .int8Rows))
    #expect(sameBits(four.unpacked, eight.unpacked) && !sameBits(four.unpacked, weight))
  }

  /// One row has the same result alone and among others, on one thread and on many.
  @Test func productsDoNotDependOnCompanyOrThreads() async {
    await #expect(processExitsWith: .success) {
      for form in PackedMatrix.Form.allCases {
        let packed = PackedWeightTests.packed([300, 96], as: form, seed: 7)
        let x = normalValues([150, 96], seed: 8)
        ThreadPool.shared.setThreadCount(1)
        let expected = x.linear(packed)
        for threads in [1, 2, 5] {
          ThreadPool.shared.setThreadCount(threads)
          #expect(sameBits(x.linear(packed), expected), "\(form), \(threads) threads")
          for row in [0, 1, 77, 149] {
            let alone = Tensor(Array(x.scalars[row * 96..<(row + 1) * 96]), [1, 96]).linear(packed)
            #expect(
              alone.scalars == Array(expected.scalars[row * 300..<(row + 1) * 300]), "\(form), row \(row)")
          }
        }
      }
    }
  }
}
