import CHeedKernels
import Testing

/// A product with quantised weights: memory for it, and what its elements should be.
private final class QuantizedFixture {
  let form: heed_quantized_form
  let rows, columns, inner: Int
  let left, bias, scales: GuardedBuffer<Float>
  let packed: GuardedBuffer<UInt8>
  let stride: Int
  var activation = HEED_ACTIVATION_NONE
  /// The weights as floats, `inner` for each column.
  private(set) var weights: [Float] = []

  init(_ form: heed_quantized_form, rows: Int, columns: Int, inner: Int, seed: UInt64 = 1) {
    (self.form, self.rows, self.columns, self.inner) = (form, rows, columns, inner)
    var randomness = Randomness(seed: seed)
    left = GuardedBuffer(count: rows * (inner + 3), offset: 1)
    left.randomize(&randomness)
    bias = GuardedBuffer(count: columns, offset: 3)
    bias.randomize(&randomness)
    let panels = (columns + 15) / 16
    packed = GuardedBuffer(count: panels * heed_quantized_panel_size(form, inner), offset: 5, guardWord: 0x5a)
    scales = GuardedBuffer(count: panels * 16, offset: 2)
    stride = (inner + 1) / 2 * 2
    for index in 0..<scales.count { scales[index] = 0 }
    pack(&randomness)
    let column = GuardedBuffer<Float>(count: inner)
    for index in 0..<columns {
      heed_unpack_column(form, packed.pointer, scales.pointer, inner, index, column.pointer)
      weights += column.elements
    }
    #expect(packed.guardsAreIntact && column.guardsAreIntact)
  }

  private func pack(_ randomness: inout Randomness) {
    let panels = (columns + 15) / 16
    guard form != HEED_QUANTIZED_INT8_ROWS else {
      let values = (0..<columns * inner).map { _ in Int8.random(in: -128...127, using: &randomness) }
      for index in 0..<columns { scales[index] = Float.random(in: 0.001...0.1, using: &randomness) }
      // In two calls, as two threads would.
      heed_pack_int8(values, columns, inner, 0, panels / 2, packed.pointer)
      heed_pack_int8(values, columns, inner, panels / 2, panels - panels / 2, packed.pointer)
      return
    }
    let format = form == HEED_QUANTIZED_INT8_BLOCKS ? HEED_BLOCKS_Q8_0 : HEED_BLOCKS_Q4_1
    let blocks = QuantizedFixture.blocks(format, count: columns * inner / 32, &randomness)
    heed_pack_blocks(format, blocks, columns, inner, 0, panels, packed.pointer)
  }

  /// Random blocks with scales and minimums of moderate size.
  static func blocks(_ format: heed_block_format, count: Int, _ randomness: inout Randomness) -> [UInt8] {
    let (scaleCount, size) =
      switch format {
      case HEED_BLOCKS_Q4_0: (1, 18)
      case HEED_BLOCKS_Q4_1: (2, 20)
      case HEED_BLOCKS_Q5_0: (1, 22)
      default: (1, 34)
      }
    return (0..<count).flatMap { _ -> [UInt8] in
      var block = (0..<size).map { _ in UInt8.random(in: 0...255, using: &randomness) }
      for index in 0..<scaleCount {
        var (number, half) = (Float.random(in: -0.1...0.1, using: &randomness), UInt16(0))
        heed_float_to_half(&number, &half, 1)
        (block[2 * index], block[2 * index + 1]) = (UInt8(half & 255), UInt8(half >> 8))
      }
      return block
    }
  }

  /// The activations as the kernel sees them.
  func quantizedRows(_ range: Range<Int>) -> (values: [Int16], scales: [Float], sums: [Float]) {
    let blocks = form == HEED_QUANTIZED_INT8_ROWS ? 1 : inner / 32
    let values = GuardedBuffer<Int16>(count: range.count * stride, guardWord: 0x7a7a)
    let scales = GuardedBuffer<Float>(count: range.count * blocks)
    let sums = GuardedBuffer<Float>(count: range.count * blocks)
    heed_quantize_rows(
      left.pointer + range.lowerBound * (inner + 3), inner + 3, range.count, inner, form, values.pointer,
      stride,
      scales.pointer, sums.pointer)
    #expect(values.guardsAreIntact && scales.guardsAreIntact && sums.guardsAreIntact)
    return (values.elements, scales.elements, sums.elements)
  }

  func multiply(_ range: Range<Int>? = nil, panels: Range<Int>? = nil) -> GuardedBuffer<Float> {
    let range = range ?? 0..<rows
    let panels = panels ?? 0..<(columns + 15) / 16
    let a = quantizedRows(range)
    let result = GuardedBuffer<Float>(count: range.count * (columns + 2), offset: 3)
    a.values.withUnsafeBufferPointer { values in
      a.scales.withUnsafeBufferPointer { rowScales in
        a.sums.withUnsafeBufferPointer { sums in
          var job = heed_quantized_job()
          (job.a, job.a_stride) = (values.baseAddress, stride)
          (job.a_scales, job.a_sums) = (rowScales.baseAddress, sums.baseAddress)
          (job.form, job.packed, job.scales) = (
            form, UnsafePointer(packed.pointer), UnsafePointer(scales.pointer)
          )
          (job.c, job.c_row_stride) = (result.pointer, columns + 2)
          (job.bias, job.activation) = (UnsafePointer(bias.pointer), activation)
          (job.rows, job.columns, job.inner) = (range.count, columns, inner)
          heed_quantized_matmul(&job, panels.lowerBound, panels.count)
        }
      }
    }
    return result
  }
}

extension KernelTests {
  @Suite struct Quantized {
    private static let forms = [
      HEED_QUANTIZED_INT8_ROWS, HEED_QUANTIZED_INT8_BLOCKS, HEED_QUANTIZED_INT4_BLOCKS,
    ]

    private static var fixtures: [QuantizedFixture] {
      var fixtures: [QuantizedFixture] = []
      for form in forms {
        let inners = form == HEED_QUANTIZED_INT8_ROWS ? [1, 2, 5, 37, 64, 1030] : [32, 96, 1024]
        for (index, inner) in inners.enumerated() {
          for (rows, columns) in [(1, 1), (1, 40), (2, 15), (3, 17), (5, 16), (7, 37), (13, 33), (26, 100)] {
            let fixture = QuantizedFixture(
              form, rows: rows, columns: columns, inner: inner, seed: UInt64(index * 100 + rows))
            fixture.activation = Matmul.activations[(index + rows) % Matmul.activations.count]
            fixtures.append(fixture)
          }
        }
      }
      return fixtures
    }

    /// Beside the rounding of activations, which is to 16 bits or what the sum leaves room for, only the last few
    /// operations round.
    @Test func matchesDoublePrecision() {
      KernelTests.withEachVariant { name in
        for fixture in Self.fixtures {
          let result = fixture.multiply()
          var worst = 0.0
          for i in 0..<fixture.rows {
            for j in 0..<fixture.columns {
              var (sum, size, largest) = (Double(fixture.bias[j]), abs(Double(fixture.bias[j])), 0.0)
              for k in 0..<fixture.inner {
                let x = Double(fixture.left[i * (fixture.inner + 3) + k])
                let weight = Double(fixture.weights[j * fixture.inner + k])
                sum += x * weight
                size += abs(x * weight)
                largest += abs(weight)
              }
              let tolerance = 0.5 / 32767 * largest * 1.01 + 4e-6 * size + 1e-6
              let value = Double(result[i * (fixture.columns + 2) + j])
              worst = max(worst, abs(value - activated(sum, by: fixture.activation)) / tolerance)
            }
            // No activation is steeper than 1.13.
            #expect(result[i * (fixture.columns + 2) + fixture.columns] == GuardedBuffer<Float>.floatGuard)
          }
          #expect(
            worst <= 1.13,
            "\(name) form \(fixture.form.rawValue) \(fixture.rows)×\(fixture.inner)×\(fixture.columns): \(worst)"
          )
          #expect(result.guardsAreIntact)
        }
      }
    }

    @Test func rowsAndPanelsDoNotDependOnEachOther() {
      KernelTests.withEachVariant { name in
        for fixture in Self.fixtures {
          let whole = fixture.multiply()
          let stride = fixture.columns + 2
          for row in 0..<fixture.rows {
            let alone = fixture.multiply(row..<row + 1)
            let same = (0..<fixture.columns).allSatisfy {
              alone[$0].bitPattern == whole[row * stride + $0].bitPattern
            }
            #expect(same, "\(name) form \(fixture.form.rawValue) row \(row) of \(fixture.rows)")
          }
          guard fixture.columns > 32 else { continue }
          let part = fixture.multiply(panels: 1..<2)
          for row in 0..<fixture.rows {
            for j in 0..<fixture.columns {
              let expected = (16..<32).contains(j) ? whole[row * stride + j] : GuardedBuffer<Float>.floatGuard
              #expect(part[row * stride + j] == expected, "\(name) panel 1, column \(j)")
            }
          }
        }
      }
    }

    /// Integers are exact, so every variant sees the same sums; what rounds after them is the same where a fused
    /// multiply-add is.
    @Test func activationsAreRoundedAlikeByAllVariants() {
      for fixture in Self.fixtures.prefix(20) {
        var first: (values: [Int16], scales: [Float], sums: [Float])?
        KernelTests.withEachVariant { name in
          let found = fixture.quantizedRows(0..<fixture.rows)
          #expect(found.values.allSatisfy { abs(Int32($0)) <= 32767 }, "\(name)")
          #expect(found.values.contains { abs(Int32($0)) == 32767 }, "\(name)")
          if let first {
            // x · inverse may be fused with the shift or not: one step at ties.
            #expect(zip(first.values, found.values).allSatisfy { abs(Int32($0) - Int32($1)) <= 1 }, "\(name)")
            #expect(first.scales == found.scales, "\(name)")
          }
          first = first ?? found
        }
      }
    }

    /// The largest weights and activations of all: what the limit leaves room for does not overflow.
    @Test(arguments: [1, 2, 1000, 4096, 16384])
    func theLargestSumsFit(inner: Int) {
      KernelTests.withEachVariant { name in
        let packed = GuardedBuffer<UInt8>(
          count: heed_quantized_panel_size(HEED_QUANTIZED_INT8_ROWS, inner), guardWord: 1)
        heed_pack_int8([Int8](repeating: -128, count: inner), 1, inner, 0, 1, packed.pointer)
        let stride = (inner + 1) / 2 * 2
        var (values, scale) = ([Int16](repeating: 0, count: stride), Float(0))
        heed_quantize_rows(
          [Float](repeating: 3, count: inner), inner, 1, inner, HEED_QUANTIZED_INT8_ROWS, &values, stride,
          &scale,
          nil)
        var (weightScales, c) = ([Float](repeating: 1, count: 16), Float(0))
        var job = heed_quantized_job()
        values.withUnsafeBufferPointer { a in
          weightScales.withUnsafeMutableBufferPointer { scales in
            withUnsafePointer(to: scale) { rowScale in
              (job.a, job.a_stride, job.a_scales) = (a.baseAddress, stride, rowScale)
              (job.form, job.packed) = (HEED_QUANTIZED_INT8_ROWS, UnsafePointer(packed.pointer))
              job.scales = UnsafePointer(scales.baseAddress)
              withUnsafeMutablePointer(to: &c) { c in
                (job.c, job.c_row_stride, job.rows, job.columns, job.inner) = (c, 1, 1, 1, inner)
                heed_quantized_matmul(&job, 0, 1)
              }
            }
          }
        }
        let expected = -128 * 3 * Float(inner)
        #expect(abs(c - expected) <= 1e-4 * abs(expected), "\(name): \(c)")
      }
    }

    @Test func blocksKeepTheirValues() {
      var randomness = Randomness(seed: 5)
      KernelTests.withEachVariant { name in
        for format in [HEED_BLOCKS_Q4_0, HEED_BLOCKS_Q4_1, HEED_BLOCKS_Q5_0, HEED_BLOCKS_Q8_0] {
          let (columns, inner) = (37, 96)
          let blocks = QuantizedFixture.blocks(format, count: columns * inner / 32, &randomness)
          var expected = [Float](repeating: 0, count: columns * inner)
          heed_dequantize_blocks(format, blocks, &expected, blocks.isEmpty ? 0 : columns * inner / 32)
          let form =
            format == HEED_BLOCKS_Q8_0 || format == HEED_BLOCKS_Q5_0
            ? HEED_QUANTIZED_INT8_BLOCKS : HEED_QUANTIZED_INT4_BLOCKS
          let packed = GuardedBuffer<UInt8>(count: 3 * heed_quantized_panel_size(form, inner), guardWord: 7)
          heed_pack_blocks(format, blocks, columns, inner, 0, 3, packed.pointer)
          #expect(packed.guardsAreIntact)
          var column = [Float](repeating: 0, count: inner)
          for index in 0..<columns {
            heed_unpack_column(form, packed.pointer, nil, inner, index, &column)
            // q d − 8 d rounds once more than (q − 8) d.
            let close = zip(column, expected[index * inner..<(index + 1) * inner]).allSatisfy {
              abs($0 - $1) <= (format == HEED_BLOCKS_Q4_0 ? 2e-7 : 0)
            }
            #expect(close, "\(name) format \(format.rawValue) column \(index)")
          }
        }
      }
    }

    @Test func whatIsNotFiniteStaysSo() {
      KernelTests.withEachVariant { name in
        for form in Self.forms {
          let fixture = QuantizedFixture(form, rows: 4, columns: 20, inner: 64)
          let stride = fixture.inner + 3
          fixture.left[3] = .nan
          fixture.left[stride + 40] = .infinity
          for k in 0..<64 { fixture.left[2 * stride + k] = 0 }
          for k in 0..<64 { fixture.left[3 * stride + k] = 1e-42 }
          let result = fixture.multiply()
          for j in 0..<20 {
            #expect(result[j].isNaN && result[22 + j].isNaN, "\(name) form \(form.rawValue)")
            #expect(result[44 + j] == fixture.bias[j], "\(name) form \(form.rawValue)")
            #expect(result[66 + j] == fixture.bias[j], "\(name) form \(form.rawValue)")
          }
        }
      }
    }

    @Test func bfloat16GivesTheBitsOfTheSameFloats() {
      var randomness = Randomness(seed: 9)
      KernelTests.withEachVariant { name in
        for (rows, columns, inner) in [(1, 1, 1), (3, 37, 300), (14, 16, 513), (40, 50, 256), (2, 20, 0)] {
          let halves = (0..<columns * inner).map { _ in
            UInt16(truncatingIfNeeded: Float.random(in: -1...1, using: &randomness).bitPattern >> 16)
          }
          let floats = halves.map { Float(bitPattern: UInt32($0) << 16) }
          let left = GuardedBuffer<Float>(count: max(1, rows * inner))
          left.randomize(&randomness)
          let bias = GuardedBuffer<Float>(count: columns)
          bias.randomize(&randomness)
          let panels = (columns + 15) / 16
          var packed = [Float](repeating: 0, count: heed_packed_count(columns, inner))
          heed_pack(floats, 1, inner, columns, inner, 0, panels, &packed)
          let packedHalves = GuardedBuffer<UInt16>(count: panels * inner * 16, guardWord: 0xbeef)
          heed_pack_bfloat16(halves, columns, inner, 0, panels, packedHalves.pointer)
          let (found, expected) = (
            GuardedBuffer<Float>(count: rows * columns), GuardedBuffer<Float>(count: rows * columns)
          )
          packed.withUnsafeBufferPointer { buffer in
            var job = heed_matmul_job()
            (job.a, job.a_row_stride, job.a_inner_stride) = (UnsafePointer(left.pointer), inner, 1)
            (job.packed, job.c, job.c_row_stride) = (buffer.baseAddress, expected.pointer, columns)
            (job.bias, job.activation) = (UnsafePointer(bias.pointer), HEED_ACTIVATION_GELU)
            (job.rows, job.columns, job.inner) = (rows, columns, inner)
            heed_matmul(&job, 0, panels)
            job.c = found.pointer
            heed_matmul_bfloat16(&job, packedHalves.pointer, 0, panels)
          }
          #expect(
            found.elements.map(\.bitPattern) == expected.elements.map(\.bitPattern),
            "\(name) \(rows)×\(inner)×\(columns)")
          #expect(found.guardsAreIntact && packedHalves.guardsAreIntact)
        }
      }
    }

    @Test(arguments: [Float.nan, .infinity, -1e30])
    func blocksThatCannotBeHeldAreNaN(_ value: Float) {
      var (values, blocks) = ([Float](repeating: 0.5, count: 64), [UInt8](repeating: 0, count: 40))
      values[40] = value
      heed_quantize_q4_1(values, &blocks, 2)
      var back = [Float](repeating: 0, count: 64)
      heed_dequantize_blocks(HEED_BLOCKS_Q4_1, blocks, &back, 2)
      #expect(back[..<32].allSatisfy { $0 == 0.5 } && back[32...].allSatisfy(\.isNaN))
    }

    @Test func fourBitBlocksAreWithinHalfAStep() {
      var randomness = Randomness(seed: 11)
      var values = (0..<320).map { _ in Float.random(in: -2...1, using: &randomness) }
      for index in 0..<32 { values[index] = 0.75 }  // a block of one value
      var (blocks, back) = ([UInt8](repeating: 0, count: 200), [Float](repeating: 0, count: 320))
      heed_quantize_q4_1(values, &blocks, 10)
      heed_dequantize_blocks(HEED_BLOCKS_Q4_1, blocks, &back, 10)
      for block in 0..<10 {
        let range = block * 32..<(block + 1) * 32
        let (low, high) = (values[range].min() ?? 0, values[range].max() ?? 0)
        for index in range {
          #expect(abs(values[index] - back[index]) <= (high - low) / 30 + 0.003 * max(abs(low), abs(high)))
        }
      }
    }
  }
}
