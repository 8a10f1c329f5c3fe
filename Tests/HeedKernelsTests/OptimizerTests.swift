import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Optimizer {
    typealias Buffer = GuardedBuffer<Float>

    @Test(arguments: [0, 0.01])
    func adamFollowsItsFormula(weightDecay: Float) {
      KernelTests.withEachVariant { isa in
        for count in Array(1...37) + [1000] {
          var randomness = Randomness(seed: UInt64(count))
          let values = Buffer.random(count, &randomness, offset: count % 3)
          let m = Buffer.filled(count, 0, offset: count % 4)
          let v = Buffer.filled(count, 0, offset: count % 5)
          var x = values.doubles
          var first = [Double](repeating: 0, count: count)
          var second = first
          for step in 1...10 {
            let gradients = Buffer.random(count, &randomness, scale: 0.1)
            var settings = heed_adam_settings()
            settings.beta1 = 0.9
            settings.beta2 = 0.999
            settings.learning_rate = 0.01
            settings.epsilon = 1e-8
            settings.weight_decay = weightDecay
            settings.gradient_scale = 0.5
            let correction1 = 1 - pow(0.9, Double(step))
            let correction2 = 1 - pow(0.999, Double(step))
            settings.correction1 = Float(correction1)
            settings.correction2 = Float(correction2)
            heed_adam(&settings, gradients.pointer, values.pointer, m.pointer, v.pointer, count)
            for i in 0..<count {
              let gradient = 0.5 * Double(gradients[i])
              first[i] = 0.9 * first[i] + 0.1 * gradient
              second[i] = 0.999 * second[i] + 0.001 * gradient * gradient
              let root = (second[i] / correction2).squareRoot() + 1e-8
              x[i] -= 0.01 * Double(weightDecay) * x[i]
              x[i] -= 0.01 / correction1 * first[i] / root
            }
          }
          #expect(worstError(values.elements, x) < 1e-6, "\(isa) \(count)")
          #expect(worstError(m.elements, first) < 1e-8, "\(isa) \(count)")
          #expect(
            worstError(v.elements.map { $0 * 1000 }, second.map { $0 * 1000 }) < 1e-8, "\(isa) \(count)")
          #expect(values.guardsAreIntact && m.guardsAreIntact && v.guardsAreIntact)
        }
      }
    }

    @Test func adamMayBeDivided() {
      KernelTests.withEachVariant { isa in
        var settings = heed_adam_settings()
        settings.beta1 = 0.9
        settings.beta2 = 0.98
        settings.learning_rate = 0.01
        settings.epsilon = 1e-9
        settings.gradient_scale = 1
        settings.correction1 = 0.1
        settings.correction2 = 0.02
        var outcomes: [[UInt32]] = []
        for cut in [0, 1, 13, 64, 100] {
          var randomness = Randomness(seed: 5)
          let values = Buffer.random(100, &randomness)
          let gradients = Buffer.random(100, &randomness)
          let m = Buffer.random(100, &randomness)
          let v = Buffer.filled(100, 0.25)
          for (first, last) in [(0, cut), (cut, 100)] {
            heed_adam(
              &settings, gradients.pointer + first, values.pointer + first, m.pointer + first,
              v.pointer + first,
              last - first)
          }
          outcomes.append(values.bits + m.bits + v.bits)
        }
        #expect(outcomes.allSatisfy { $0 == outcomes[0] }, "\(isa)")
      }
    }

    @Test func movingAverageIsConvex() {
      KernelTests.withEachVariant { isa in
        for count in [1, 5, 37, 1000] {
          var randomness = Randomness(seed: 6)
          let x = Buffer.random(count, &randomness)
          let y = Buffer.random(count, &randomness)
          let expected = zip(x.doubles, y.doubles).map { 0.001 * $0 + 0.999 * $1 }
          heed_moving_average(0.999, x.pointer, y.pointer, count)
          #expect(worstError(y.elements, expected) < 2e-7, "\(isa) \(count)")
          #expect(y.guardsAreIntact)
        }
      }
    }
  }
}
