import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Attention {
    typealias Buffer = GuardedBuffer<Float>

    static func check(_ test: AttentionCase, tolerance: Double = 5e-6, _ label: String) {
      let reference = AttentionReference(test)
      test.forward()
      #expect(worstError(test.rows(test.output), reference.output) < tolerance, "\(label)")
      #expect(worstError(test.logSums.elements, reference.logSums) < 1e-6, "\(label)")
      test.backward()
      #expect(worstError(test.rows(test.dQueries), reference.dQueries) < tolerance, "\(label) queries")
      #expect(worstError(test.rows(test.dKeys), reference.dKeys) < tolerance, "\(label) keys")
      #expect(worstError(test.rows(test.dValues), reference.dValues) < tolerance, "\(label) values")
      #expect(worstError(test.dBias.elements, reference.dBias) < tolerance, "\(label) bias")
      #expect(test.nothingElseIsWritten, "\(label)")
    }

    /// However many keys there are, and wherever tiles end: what is damaged must show.
    @Test func notANumberStaysThat() {
      KernelTests.withEachVariant { isa in
        for keys in Array(1...18) + [63, 64, 65, 130] {
          for causal in [false, true] {
            let test = AttentionCase(3, keys, headSize: 8, causal: causal)
            test.queries[0] = .nan
            test.forward()
            let output = test.rows(test.output)
            // A query that sees no key has nothing to be damaged.
            guard !causal || keys > 2 else { continue }
            let (isDamaged, isWhole) = (
              output.prefix(8).allSatisfy { $0.isNaN }, output.dropFirst(8).allSatisfy { $0.isFinite }
            )
            #expect(isDamaged, "\(isa) \(keys) keys, causal \(causal): \(output)")
            #expect(test.logSums[0].isNaN, "\(isa) \(keys) keys, causal \(causal): \(test.logSums[0])")
            #expect(isWhole, "\(isa) \(keys) keys, causal \(causal): \(output)")
          }
        }
      }
    }

    @Test func biasesAreAddedByDistance() {
      let counts = [(1, 1), (1, 17), (5, 5), (13, 6), (37, 61), (65, 65), (3, 130), (130, 3), (150, 200)]
      KernelTests.withEachVariant { isa in
        for (index, (queries, keys)) in counts.enumerated() {
          for causal in [false, true] {
            for probability: Float in [0, 0.3] {
              let test = AttentionCase(
                queries, keys, headSize: [8, 16, 5, 64][index % 4], causal: causal, probability: probability,
                scale: 0.7, hasBias: true)
              Self.check(
                test, tolerance: 1e-5, "\(isa) \(queries) × \(keys), causal \(causal), \(probability)")
            }
          }
        }
      }
    }

    /// Self-attention, cross-attention, a growing cache, and more queries than keys; short, and over several tiles.
    @Test func matchesDoublePrecision() {
      let counts = [
        (1, 1), (1, 17), (2, 3), (5, 5), (7, 7), (8, 15), (13, 6), (31, 31), (32, 32), (37, 61), (64, 64),
        (65, 65),
        (3, 130), (130, 3), (70, 200), (200, 130),
      ]
      KernelTests.withEachVariant { isa in
        for (index, (queries, keys)) in counts.enumerated() {
          for causal in [false, true] {
            for probability: Float in [0, 0.3] {
              let headSize = [8, 16, 32, 64, 5, 13, 1, 24][index % 8]
              let test = AttentionCase(
                queries, keys, headSize: headSize, causal: causal, probability: probability)
              Self.check(test, "\(isa) \(queries) × \(keys), \(headSize), causal \(causal), \(probability)")
            }
          }
        }
      }
    }

    @Test func anyHeadSizeWorks() {
      KernelTests.withEachVariant { isa in
        for headSize in Array(1...37) + [64, 80, 127, 128, 129, 200, 256, 300] {
          let test = AttentionCase(9, 67, headSize: headSize, causal: true, probability: 0.1)
          Self.check(test, "\(isa) head size \(headSize)")
        }
      }
    }

    @Test func longSequences() {
      KernelTests.withEachVariant { isa in
        let test = AttentionCase(600, 1000, headSize: 8, causal: true, amplitude: 3)
        Self.check(test, tolerance: 3e-5, "\(isa)")
      }
    }

    /// Scores up to ±10,000: each row has one weight near 1, and sums never overflow.
    @Test func extremeScores() {
      KernelTests.withEachVariant { isa in
        for scale: Float in [100, 2500] {
          let test = AttentionCase(37, 150, headSize: 4, scale: scale)
          let reference = AttentionReference(test)
          test.forward()
          test.backward()
          // A score of 10,000 is known to 5e-4, which is what weights then are known to.
          #expect(worstError(test.rows(test.output), reference.output) < 5e-3, "\(isa) \(scale)")
          #expect(worstError(test.logSums.elements, reference.logSums) < 1e-6, "\(isa) \(scale)")
          for buffer in [test.dQueries, test.dKeys, test.dValues] {
            #expect(buffer.elements.allSatisfy { $0.isFinite }, "\(isa) \(scale)")
          }
        }
      }
    }

    @Test func queriesThatSeeNothingGiveZeros() {
      KernelTests.withEachVariant { isa in
        for (queries, keys) in [(70, 5), (3, 0), (130, 1)] {
          let test = AttentionCase(queries, keys, headSize: 9, causal: true)
          test.forward()
          test.backward()
          let blind = queries - keys
          #expect(test.rows(test.output)[..<(blind * 9)].allSatisfy { $0 == 0 }, "\(isa)")
          #expect(test.logSums.elements[..<blind].allSatisfy { $0 == -.infinity }, "\(isa)")
          #expect(
            test.rows(test.dQueries)[..<(blind * 9)].allSatisfy { $0 == AttentionCase.before }, "\(isa)")
          #expect(test.nothingElseIsWritten)
        }
        let test = AttentionCase(3, 0, headSize: 9)
        test.forward()
        test.backward()
        #expect(test.rows(test.output).allSatisfy { $0 == 0 }, "\(isa)")
      }
    }

    @Test func weightsAreTheSoftmax() {
      KernelTests.withEachVariant { isa in
        for (queries, keys) in [(5, 5), (37, 37), (70, 150), (9, 4)] {
          for causal in [false, true] {
            let test = AttentionCase(
              queries, keys, headSize: 20, causal: causal, hasBias: queries.isMultiple(of: 5))
            let reference = AttentionReference(test)
            var job = test.job
            let first = queries / 3
            let weights = Buffer(count: (queries - first) * keys)
            heed_attention_weights(&job, first, queries - first, weights.pointer)
            #expect(
              worstError(weights.elements, Array(reference.weights[(first * keys)...])) < 1e-6, "\(isa)")
            #expect(weights.guardsAreIntact)
          }
        }
      }
    }

    @Test func gatheredRowsGiveTheSame() {
      KernelTests.withEachVariant { isa in
        for (count, headSize) in [(1, 8), (5, 13), (37, 64), (150, 32), (64, 100)] {
          var randomness = Randomness(seed: 7)
          let test = AttentionCase(1, count, headSize: headSize, causal: true, hasBias: headSize > 50)
          test.forward()
          // The same rows in another order and place.
          let rows = (0..<count).map { Int32(2 * $0) }.shuffled(using: &randomness)
          let keys = Buffer(count: 2 * count * test.stride)
          let values = Buffer(count: 2 * count * test.stride)
          for t in 0..<count {
            for k in 0..<headSize {
              keys[Int(rows[t]) * test.stride + k] = test.keys[t * test.stride + k]
              values[Int(rows[t]) * test.stride + k] = test.values[t * test.stride + k]
            }
          }
          let output = Buffer(count: headSize)
          let scratch = Buffer(count: count)
          var job = heed_gathered_job()
          job.queries = UnsafePointer(test.queries.pointer)
          (job.keys, job.values) = (UnsafePointer(keys.pointer), UnsafePointer(values.pointer))
          job.row_stride = test.stride
          (job.count, job.query_count, job.head_size) = (count, 1, headSize)
          job.scale = test.scale
          job.bias = test.hasBias ? UnsafePointer(test.bias.pointer) : nil
          (job.output, job.scratch) = (output.pointer, scratch.pointer)
          rows.withUnsafeBufferPointer {
            job.rows = $0.baseAddress
            heed_attention_gathered(&job)
          }
          let expected = test.rows(test.output).map(Double.init)
          #expect(worstError(output.elements, expected) < 1e-6, "\(isa) \(count) \(headSize)")
          #expect(output.guardsAreIntact && scratch.guardsAreIntact)
        }
      }
    }

    /// Heads that share keys and values are worked on together, and each is as it is alone.
    @Test func gatheredQueriesAreTheSameAloneAndTogether() {
      KernelTests.withEachVariant { isa in
        for (queries, count, headSize) in [(1, 5, 64), (2, 9, 13), (3, 40, 64), (4, 33, 48), (7, 20, 100)] {
          let stride = headSize + 3
          var randomness = Randomness(seed: 11)
          let rows = (0..<count).map { Int32($0) }.shuffled(using: &randomness)
          let q = Buffer(count: queries * headSize)
          let keys = Buffer(count: count * stride)
          let values = Buffer(count: count * stride)
          let bias = Buffer(count: queries * (count + 2))
          for buffer in [q, keys, values, bias] { buffer.randomize(&randomness) }
          func run(_ first: Int, _ number: Int) -> [UInt32] {
            let output = Buffer(count: number * headSize)
            let scratch = Buffer(count: number * count)
            var job = heed_gathered_job()
            job.queries = UnsafePointer(q.pointer + first * headSize)
            (job.keys, job.values) = (UnsafePointer(keys.pointer), UnsafePointer(values.pointer))
            job.row_stride = stride
            (job.count, job.query_count, job.head_size) = (count, number, headSize)
            job.scale = 0.3
            job.bias = UnsafePointer(bias.pointer + first * (count + 2))
            job.bias_stride = count + 2
            (job.output, job.scratch) = (output.pointer, scratch.pointer)
            rows.withUnsafeBufferPointer {
              job.rows = $0.baseAddress
              heed_attention_gathered(&job)
            }
            #expect(output.guardsAreIntact && scratch.guardsAreIntact)
            return output.bits
          }
          let together = run(0, queries)
          for i in 0..<queries {
            #expect(run(i, 1)[...] == together[i * headSize..<(i + 1) * headSize], "\(isa) \(queries) \(i)")
          }
        }
      }
    }

    // MARK: The law: a result depends on its own row alone

    @Test func aQueryIsTheSameAloneAndTogether() {
      KernelTests.withEachVariant { isa in
        for (queries, keys, headSize, hasBias) in [
          (37, 37, 64, false), (130, 150, 13, false), (90, 70, 8, true),
        ] {
          let test = AttentionCase(queries, keys, headSize: headSize, hasBias: hasBias)
          test.forward()
          let together = test.output.bits
          for i in stride(from: 0, to: queries, by: 5) {
            var job = test.job
            job.queries = UnsafePointer(test.queries.pointer + i * test.stride)
            job.query_count = 1
            job.bias = job.bias.map { $0 - i }
            let alone = Buffer(count: headSize, offset: 3)
            var logSum: Float = 0
            heed_attention(&job, alone.pointer, headSize, &logSum)
            #expect(alone.bits[...] == together[i * test.stride..<i * test.stride + headSize], "\(isa) \(i)")
            #expect(logSum == test.logSums[i], "\(isa) \(i)")
          }
        }
      }
    }

    /// A causal query gives the same bits with later keys there or not: decoding step by step equals training.
    @Test func laterKeysDoNotMatter() {
      KernelTests.withEachVariant { isa in
        for (count, headSize, hasBias) in [(37, 64, false), (150, 13, false), (150, 13, true)] {
          let test = AttentionCase(count, count, headSize: headSize, causal: true, hasBias: hasBias)
          test.forward()
          test.backward()
          for i in stride(from: 0, to: count, by: 7) {
            for causal in [false, true] {
              var job = test.job
              job.queries = UnsafePointer(test.queries.pointer + i * test.stride)
              job.query_count = 1
              job.key_count = i + 1
              job.causal = causal
              if !causal { job.bias = job.bias.map { $0 - i } }
              let alone = Buffer(count: headSize)
              var logSum: Float = 0
              heed_attention(&job, alone.pointer, headSize, &logSum)
              #expect(
                alone.bits[...] == test.output.bits[i * test.stride..<i * test.stride + headSize],
                "\(isa) \(i)")
              // And its gradient, from the whole sequence or from its beginning.
              let gradient = Buffer.filled(headSize, AttentionCase.before)
              let dKeys = Buffer.filled(test.dKeys.count, 0)
              let dValues = Buffer.filled(test.dValues.count, 0)
              heed_attention_gradient(
                &job, test.output.pointer + i * test.stride, test.dOutput.pointer + i * test.stride,
                test.stride,
                &logSum, gradient.pointer, dKeys.pointer, dValues.pointer, nil)
              #expect(
                gradient.bits[...] == test.dQueries.bits[i * test.stride..<i * test.stride + headSize],
                "\(isa) \(i)")
            }
          }
        }
      }
    }

    /// The formulas that the other tests compare with are themselves right.
    @Test func referenceMatchesFiniteDifferences() {
      for causal in [false, true] {
        let test = AttentionCase(4, 5, headSize: 3, causal: causal, probability: 0.3, hasBias: true)
        let reference = AttentionReference(test)
        let gradients = test.rows(test.dOutput).map(Double.init)
        func objective() -> Double {
          zip(AttentionReference(test).output, gradients).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for (buffer, slopes) in [
          (test.queries, reference.dQueries), (test.keys, reference.dKeys), (test.values, reference.dValues),
          (test.bias, reference.dBias),
        ] {
          for index in slopes.indices {
            let place = buffer === test.bias ? index : index / 3 * test.stride + index % 3
            let value = buffer[place]
            buffer[place] = value + 0x1p-10
            let above = objective()
            buffer[place] = value - 0x1p-10
            let below = objective()
            buffer[place] = value
            let slope = (above - below) / 0x1p-9
            #expect(abs(slopes[index] - Double(AttentionCase.before) - slope) < 1e-5)
          }
        }
      }
    }
  }
}
