import CHeedKernels
import Testing

extension KernelTests {
  @Suite struct Convert {
    /// Floats of all sizes, many near the edges of the short formats.
    static func samples(_ randomness: inout Randomness) -> [Float] {
      var samples: [Float] = [
        0, -0.0, .infinity, -.infinity, 65504, 65519.996, 65520, -65520, 65536, 1e38, -1e38,
      ]
      samples += [0x1p-14, 0x1p-24, 0x1p-25, 0x1.000002p-25, 0x1.8p-24, 0x1p-149, .greatestFiniteMagnitude]
      samples += [0x1.ffcp-15, 0x1.ffdp-15, 0x1.ffep-15, 0x1.fffp-15, 1 + 0x1p-11, 1 + 0x1.8p-10, 1 + 0x1p-8]
      for _ in 0..<20_000 {
        let bits = UInt32(truncatingIfNeeded: randomness.next())
        samples.append(Float(bitPattern: bits))
        // Exponents about those of half precision, with ties in the bits that are cut off.
        let near = (bits & 0x8000_0000) | (98 + (bits >> 23) % 48) << 23 | (bits & 0x7fffff)
        samples.append(Float(bitPattern: near))
        samples.append(Float(bitPattern: near & 0xffff_f000))
      }
      return samples
    }

    static func toShort(
      _ values: [Float], _ convert: (UnsafePointer<Float>?, UnsafeMutablePointer<UInt16>?, Int) -> Void
    ) -> [UInt16] {
      let output = GuardedBuffer<UInt16>(count: values.count, guardWord: 0xbeef)
      convert(values, output.pointer, values.count)
      #expect(output.guardsAreIntact)
      return output.elements
    }

    static func toFloat(
      _ values: [UInt16], _ convert: (UnsafePointer<UInt16>?, UnsafeMutablePointer<Float>?, Int) -> Void
    ) -> [Float] {
      let output = GuardedBuffer<Float>(count: values.count)
      convert(values, output.pointer, values.count)
      #expect(output.guardsAreIntact)
      return output.elements
    }

    @Test func bfloat16IsTheUpperHalfRoundedToNearestEven() {
      var randomness = Randomness(seed: 8)
      let samples = Self.samples(&randomness)
      let all = (0...UInt16.max).map { $0 }
      KernelTests.withEachVariant { name in
        let floats = Self.toFloat(all, heed_bfloat16_to_float)
        #expect(zip(all, floats).allSatisfy { $1.bitPattern == UInt32($0) << 16 }, "\(name)")
        for length in [0, 1, 2, 7, 33, samples.count] {
          let shorts = Self.toShort(Array(samples.prefix(length)), heed_float_to_bfloat16)
          let wrong = zip(samples, shorts).first { sample, short in
            let value = Float(bitPattern: UInt32(short) << 16)
            if sample.isNaN { return !value.isNaN }
            // The neighbours in bfloat16 towards zero and away from it; one step above the largest is infinity.
            let below = sample.bitPattern & 0xffff_0000
            let rest = sample.bitPattern & 0xffff
            let up = rest > 0x8000 || (rest == 0x8000 && below & 0x10000 != 0)
            return UInt32(short) << 16 != (up ? below + 0x10000 : below)
          }
          #expect(wrong == nil, "\(name)")
        }
      }
    }

    #if !(os(macOS) && arch(x86_64))
      @Test func halfPrecisionMatchesFloat16() {
        var randomness = Randomness(seed: 9)
        let samples = Self.samples(&randomness)
        let all = (0...UInt16.max).map { $0 }
        KernelTests.withEachVariant { name in
          let floats = Self.toFloat(all, heed_half_to_float)
          let wrong = zip(all, floats).first { half, float in
            let expected = Float(Float16(bitPattern: half))
            return expected.isNaN ? !float.isNaN : expected.bitPattern != float.bitPattern
          }
          #expect(wrong == nil, "\(name)")
          #expect(
            zip(all, Self.toShort(floats, heed_float_to_half)).allSatisfy {
              $0 == $1 || Float16(bitPattern: $0).isNaN && Float16(bitPattern: $1).isNaN
            }, "\(name): every half survives the way there and back")
          for length in [0, 1, 2, 7, 33, samples.count] {
            let shorts = Self.toShort(Array(samples.prefix(length)), heed_float_to_half)
            let wrong = zip(samples, shorts).first { sample, short in
              let expected = Float16(sample)
              return expected.isNaN ? !Float16(bitPattern: short).isNaN : expected.bitPattern != short
            }
            #expect(wrong == nil, "\(name)")
          }
        }
      }
    #endif

    static func quantize(_ values: [Float]) -> (scale: Float, integers: [Int8]) {
      let integers = GuardedBuffer<Int8>(count: values.count, guardWord: 99)
      var scale: Float = -1
      heed_quantize_int8_row(values, integers.pointer, &scale, values.count)
      #expect(integers.guardsAreIntact)
      return (scale, integers.elements)
    }

    @Test func int8RowsRoundToTheNearestStep() {
      var randomness = Randomness(seed: 10)
      KernelTests.withEachVariant { name in
        for length in [1, 2, 15, 16, 33, 100, 513] {
          for magnitude: Float in [1e-30, 0.01, 1, 3e5, 1e37] {
            let values = (0..<length).map { _ in Float.random(in: -magnitude...magnitude, using: &randomness)
            }
            let (scale, integers) = Self.quantize(values)
            let largest = values.map(abs).max() ?? 0
            #expect(scale == largest / 127, "\(name)")
            #expect(integers.map { abs(Int($0)) }.max() == 127, "\(name)")
            #expect(
              zip(values, integers).allSatisfy { Float($1) == ($0 / scale).rounded(.toNearestOrEven) },
              "\(name)")
            let back = GuardedBuffer<Float>(count: length)
            heed_dequantize_int8_row(integers, scale, back.pointer, length)
            #expect(zip(back.elements, integers).allSatisfy { $0 == scale * Float($1) }, "\(name)")
            #expect(zip(back.elements, values).allSatisfy { abs($0 - $1) <= 0.501 * scale }, "\(name)")
            #expect(back.guardsAreIntact)
          }
        }
      }
    }

    @Test func int8RowsOfSpecialValues() {
      KernelTests.withEachVariant { name in
        let zeros = Self.quantize([0, -0.0, 0])
        #expect(zeros.scale == 0 && zeros.integers == [0, 0, 0], "\(name)")
        let empty = Self.quantize([])
        #expect(empty.scale == 0 && empty.integers.isEmpty, "\(name)")
        // Numbers too small for a scale become zeros.
        let tiny = Self.quantize([0x1p-147, -0x1p-147])
        #expect(tiny.scale == 0 && tiny.integers == [0, 0], "\(name)")
        // A subnormal scale is coarse; integers stay in −127...127.
        let coarse = Self.quantize([0x1.64p-142, -0x1.64p-142, 0])
        #expect(coarse.integers == [127, -127, 0], "\(name)")
        // What is not finite shows when the row is turned back.
        #expect(Self.quantize([1, .infinity]).scale == .infinity, "\(name)")
        #expect(Self.quantize([1, .nan, 2]).scale.isNaN, "\(name)")
      }
    }
  }
}
