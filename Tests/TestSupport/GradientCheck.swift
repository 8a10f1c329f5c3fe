import HeedTensor
import Testing

/// An operation on small inputs, whose gradients are compared with differences of its values.
public struct GradientCase: Sendable, CustomTestStringConvertible {
  /// What the case is about.
  public let name: String
  /// Where the gradients are taken.
  public let inputs: [Tensor]
  /// How far the inputs are moved to either side; the values are floats, so it cannot be much smaller.
  public let step: Float
  /// The operation, with a result of any shape.
  public let function: @Sendable ([Tensor]) -> Tensor

  /// Describes a case.
  public init(
    _ name: String, _ inputs: [Tensor], step: Float = 5e-3,
    _ function: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.name = name
    self.inputs = inputs
    self.step = step
    self.function = function
  }

  /// The name.
  public var testDescription: String { name }
}

extension GradientCase {
  /// What is wrong with the gradients of the case: nothing, if they follow from its values.
  ///
  /// The scalar that is differentiated is a weighted sum of the result. Its gradients are taken with parameters as
  /// inputs (which operations add to directly), with results of other operations as inputs (whose gradients are handed
  /// back), and with one input at a time needing a gradient.
  public func problems() -> [String] {
    let weights = normalValues(function(inputs).shape, seed: 4711)
    let direct = gradients(weights, of: Array(inputs.indices)) { $0 }
    let through = gradients(weights, of: Array(inputs.indices)) { $0 * 1 }
    var problems: [String] = []
    for (index, input) in inputs.enumerated() {
      let label = "input \(index) \(input.shape)"
      problems += differences(through[index], direct[index], tolerance: 1e-4, "\(label), not a parameter")
      let alone = gradients(weights, of: [index]) { $0 }
      problems += differences(alone[index], direct[index], tolerance: 1e-4, "\(label), alone")
      problems += elementProblems(index, direct[index], weights, label)
    }
    for seed in UInt64(1)...4 { problems += directionProblems(seed, direct, weights) }
    return problems
  }

  /// The gradients of the inputs `chosen`; each starts at one half, to which the backward pass must add.
  private func gradients(
    _ weights: Tensor, of chosen: [Int], through wrap: (Tensor) -> Tensor
  ) -> [[Float]] {
    let leaves = inputs.enumerated().map { index, input in
      chosen.contains(index) ? input.asParameter(gradient: Tensor(repeating: 0.5, input.shape)) : input
    }
    let output = function(leaves.map { $0.requiresGradient ? wrap($0) : $0 })
    guard output.requiresGradient else { return leaves.map { _ in [] } }
    (output * weights).sum().backward()
    return leaves.map { $0.gradient?.scalars.map { $0 - 0.5 } ?? [] }
  }

  private func value(_ inputs: [Tensor], _ weights: Tensor) -> Double {
    zip(function(inputs).scalars, weights.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  /// Compares elements of one gradient with central differences: all, or some two hundred of many.
  private func elementProblems(_ index: Int, _ gradient: [Float], _ weights: Tensor, _ label: String)
    -> [String]
  {
    guard gradient.count == inputs[index].count else { return ["\(label): no gradient"] }
    let largest = gradient.lazy.map { abs($0) }.max() ?? 0
    var problems: [String] = []
    for element in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 200)) {
      let numeric = difference(weights) { distance, input, values in
        if input == index { values[element] += distance }
      }
      let allowed = 1e-2 * max(abs(numeric), abs(gradient[element])) + 2e-3 * largest + 1e-5
      if !(abs(numeric - gradient[element]) <= allowed) {
        problems.append(
          "\(label), element \(element): gradient \(gradient[element]), differences give \(numeric)")
      }
    }
    return problems
  }

  /// Compares ⟨gradient, direction⟩ with the central difference along a random direction in all inputs.
  private func directionProblems(_ seed: UInt64, _ gradients: [[Float]], _ weights: Tensor) -> [String] {
    let directions = inputs.enumerated().map { index, input in
      normalValues(input.shape, seed: seed * 100 + UInt64(index)).scalars
    }
    var (expected, squares) = (0.0, 0.0)
    for (gradient, direction) in zip(gradients, directions) {
      for (slope, along) in zip(gradient, direction) {
        expected += Double(slope) * Double(along)
        squares += Double(slope) * Double(slope)
      }
    }
    let numeric = Double(
      difference(weights) { distance, input, values in
        for element in values.indices { values[element] += distance * directions[input][element] }
      })
    let allowed = 1e-2 * max(abs(expected), abs(numeric)) + 5e-3 * squares.squareRoot() + 1e-5
    if abs(expected - numeric) <= allowed { return [] }
    return ["direction \(seed): the gradient gives \(expected), differences \(numeric)"]
  }

  /// (f(moved by step) − f(moved by −step)) / 2 step, where `move` moves the values of an input by its first argument.
  private func difference(_ weights: Tensor, _ move: (Float, Int, inout [Float]) -> Void) -> Float {
    func moved(_ distance: Float) -> Double {
      let places = inputs.enumerated().map { index, input in
        var values = input.scalars
        move(distance, index, &values)
        return Tensor(values, input.shape)
      }
      return value(places, weights)
    }
    return Float((moved(step) - moved(-step)) / (2 * Double(step)))
  }

  private func differences(_ found: [Float], _ expected: [Float], tolerance: Float, _ label: String)
    -> [String]
  {
    guard found.count == expected.count else { return ["\(label): \(found.count) gradients"] }
    let allowed = tolerance * max(1e-3, expected.lazy.map { abs($0) }.max() ?? 0)
    return zip(found, expected).enumerated().compactMap { index, pair in
      abs(pair.0 - pair.1) <= allowed ? nil : "\(label), element \(index): \(pair.0) instead of \(pair.1)"
    }
  }
}

/// Normally distributed values that follow from a seed.
public func normalValues(_ shape: Shape, seed: UInt64, deviation: Float = 1) -> Tensor {
  var generator = SplitMix64(seed: SplitMix64.mix(seed))
  return .normal(deviation: deviation, shape, using: &generator)
}

/// Whether two tensors hold the same bits.
public func sameBits(_ left: Tensor, _ right: Tensor) -> Bool {
  left.shape == right.shape && left.scalars.map(\.bitPattern) == right.scalars.map(\.bitPattern)
}
