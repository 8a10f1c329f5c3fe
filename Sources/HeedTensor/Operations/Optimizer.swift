import CHeedKernels

/// Updates of whole blocks of parameters, in place.
extension Tensor {
  /// One step of Adam (Kingma and Ba, 2015), with AdamW's decoupled weight decay (Loshchilov and Hutter, 2019), on this
  /// block of values.
  ///
  /// - Parameters:
  ///   - gradients: The gradients, of the same extent.
  ///   - first: The moving averages of the gradients; changed in place.
  ///   - second: The moving averages of their squares; changed in place.
  ///   - settings: The step's numbers.
  ///   - range: The elements to update.
  package func adamStep(
    _ gradients: Tensor, first: Tensor, second: Tensor, _ settings: AdamStep, _ range: Range<Int>
  ) {
    var numbers = heed_adam_settings()
    numbers.learning_rate = settings.learningRate
    numbers.beta1 = settings.beta1
    numbers.beta2 = settings.beta2
    numbers.epsilon = settings.epsilon
    numbers.weight_decay = settings.weightDecay
    numbers.gradient_scale = settings.gradientScale
    numbers.correction1 = Float(1 - Double.power(settings.beta1, Double(settings.step)))
    numbers.correction2 = Float(1 - Double.power(settings.beta2, Double(settings.step)))
    let constants = numbers
    let (values, dy, m, v) = (pointer, gradients.pointer, first.pointer, second.pointer)
    ThreadPool.shared.parallel(over: range.count, grain: Elementwise.grain) { part in
      var numbers = constants
      let start = range.lowerBound + part.lowerBound
      heed_adam(&numbers, dy + start, values + start, m + start, v + start, part.count)
    }
  }

  /// this = decay · this + (1 − decay) · other, in place.
  package func moveAverage(towards other: Tensor, decay: Float) {
    let (x, y) = (other.pointer, pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { part in
      heed_moving_average(decay, x + part.lowerBound, y + part.lowerBound, part.count)
    }
  }

  /// The Euclidean norm of all elements, in an order of summation that depends on their number alone. Not finite if an
  /// element is not.
  package var euclideanNorm: Double {
    let chunk = 1 << 16
    let chunks = (count + chunk - 1) / chunk
    var sums = [Double](repeating: 0, count: chunks)
    let (x, total) = (pointer, count)
    sums.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      ThreadPool.shared.parallel(over: chunks, grain: 1) { range in
        for index in range {
          base[index] = heed_sum_of_squares(x + index * chunk, min(chunk, total - index * chunk))
        }
      }
    }
    return sums.reduce(0, +).squareRoot()
  }
}

/// The numbers of one step of Adam.
package struct AdamStep: Sendable {
  package var beta1, beta2: Double
  package var learningRate, epsilon, weightDecay, gradientScale: Float
  /// The number of the step, from 1.
  package var step: Int

  package init(
    learningRate: Float, beta1: Double, beta2: Double, epsilon: Float, weightDecay: Float,
    gradientScale: Float,
    step: Int
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.gradientScale = gradientScale
    self.step = step
  }
}
