import HeedTensor
import TestSupport
import Testing

/// Weights that are held packed alone.
@Suite struct PackedWeightTests {
  private static let forms = PackedMatrix.Form.allCases.filter { $0 != .int8Blocks }

  private static func weight(_ shape: Shape = [37, 64], seed: UInt64 = 3) -> Tensor {
    normalValues(shape, seed: seed)
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
      for form in PackedWeightTests.forms {
        let packed = normalValues([300, 96], seed: 7).packedForMultiply(as: form)
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
