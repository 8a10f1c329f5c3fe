import CHeedKernels
import Synchronization

/// One operation in the gradient graph, or a parameter at its end.
package final class GraphNode: @unchecked Sendable {
  // Unchecked, because the gradient is filled in by `backward()`, which one thread runs on one graph.

  /// Operations are numbered as they are recorded, so an operation has a higher number than its inputs.
  let number: Int
  package let name: StaticString
  package private(set) var inputs: [GraphNode?]
  var pullback: ((Tensor) -> [Tensor?])?
  var gradient: Tensor?
  private var ownsGradient = false
  /// Where the gradient of a parameter is summed up; nil for operations.
  package let parameterGradient: Tensor?

  private static let counter = Atomic<Int>(0)

  init(name: StaticString, inputs: [GraphNode?], pullback: ((Tensor) -> [Tensor?])?) {
    self.name = name
    self.inputs = inputs
    self.pullback = pullback
    parameterGradient = nil
    number = Self.counter.add(1, ordering: .relaxed).newValue
  }

  init(parameterGradient: Tensor) {
    name = "parameter"
    inputs = []
    self.parameterGradient = parameterGradient
    number = 0
  }

  /// Lets go of the operations before this one, one after another: each in the `deinit` of the next would overflow the
  /// stack at the end of a long chain.
  deinit {
    var released = inputs.compactMap { $0 }
    inputs = []
    pullback = nil
    while var node = released.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      // Its pullback may hold its inputs too; they are kept alive here until it is gone.
      released += node.inputs.compactMap { $0 }
      node.inputs = []
      node.pullback = nil
    }
  }

  /// Adds a contribution from one of the operations that use this one's result.
  func accumulate(_ contribution: Tensor) {
    if let parameterGradient {
      parameterGradient.accumulate(contribution)
    } else if let gradient {
      if !ownsGradient {
        // The first contribution may also be held by someone else.
        self.gradient = gradient.plusWithoutGradient(contribution)
        ownsGradient = true
      } else {
        gradient.accumulate(contribution)
      }
    } else {
      gradient = contribution
    }
  }
}

extension Tensor {
  /// Whether a backward pass from what depends on this tensor reaches a parameter through it.
  public var requiresGradient: Bool { node != nil }

  /// A trainable leaf: backward passes add to `gradient`, which has the shape of the values.
  public func asParameter(gradient: Tensor? = nil) -> Tensor {
    let gradient = gradient ?? Tensor(zeros: shape)
    precondition(gradient.shape == shape, "the gradient of a parameter \(shape) cannot be \(gradient.shape)")
    return Tensor(
      shape: shape, storage: storage, offset: offset, node: GraphNode(parameterGradient: gradient))
  }

  /// The sum of the gradients of the backward passes so far, if this is a parameter.
  public var gradient: Tensor? { node?.parameterGradient }

  /// The same values without the graph: what is computed from them needs no gradient.
  public var detached: Tensor {
    var copy = self
    copy.node = nil
    return copy
  }

  /// Records how the gradients of `inputs` follow from the gradient of this tensor, the value of an operation.
  ///
  /// - Parameters:
  ///   - name: The name of the operation, for messages.
  ///   - inputs: The tensors that the value was computed from.
  ///   - pullback: Takes the gradient of the value; returns the gradient of each input, nil for those that need none or
  ///     whose gradient the pullback has added itself.
  /// - Returns: This tensor, with a node of the graph if an input needs a gradient.
  package func recorded(
    as name: StaticString, inputs: [Tensor], _ pullback: @escaping (Tensor) -> [Tensor?]
  ) -> Tensor {
    guard inputs.contains(where: { $0.node != nil }) else { return self }
    var output = self
    output.node = GraphNode(name: name, inputs: inputs.map(\.node), pullback: pullback)
    return output
  }

  /// Records that this tensor is the value of an operation that has no gradient: a backward pass that comes to it stops
  /// with the operation's name.
  package func withoutGradient(_ name: StaticString, inputs: [Tensor]) -> Tensor {
    guard inputs.contains(where: { $0.node != nil }) else { return self }
    var output = self
    output.node = GraphNode(name: name, inputs: inputs.map(\.node), pullback: nil)
    return output
  }

  /// Adds the gradient of this scalar with respect to each parameter that it depends on to that parameter's gradient.
  ///
  /// The graph is used up: the intermediate values are released as the pass goes.
  ///
  /// - Precondition: this is a scalar that depends on a parameter, and each operation on the way has a gradient.
  public func backward() {
    precondition(count == 1, "backward() starts from a scalar, not from a tensor \(shape)")
    // These stop with their message in optimised builds too, which drop those of preconditions.
    guard let node else { fatalError("backward() from a value that depends on no parameter") }
    node.accumulate(Tensor([1], shape))
    for node in node.reachableOperations() {
      guard let gradient = node.gradient else { continue }
      node.gradient = nil
      guard let pullback = node.pullback else {
        fatalError(
          "the operation \(node.name) has no gradient, or backward() has run through it before")
      }
      node.pullback = nil
      for (input, contribution) in zip(node.inputs, pullback(gradient)) {
        if let input, let contribution { input.accumulate(contribution) }
      }
    }
  }

  /// this += contribution, in place.
  func accumulate(_ contribution: Tensor) {
    precondition(contribution.shape == shape, "a gradient \(contribution.shape) for a tensor \(shape)")
    let (x, y) = (contribution.pointer, pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_scaled_add(1, x + range.lowerBound, y + range.lowerBound, range.count)
    }
  }

  func plusWithoutGradient(_ other: Tensor) -> Tensor {
    precondition(other.shape == shape, "a gradient \(other.shape) for a tensor \(shape)")
    let output = Tensor(uninitialized: shape)
    let (a, b, y) = (pointer, other.pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_add(a + range.lowerBound, b + range.lowerBound, y + range.lowerBound, range.count)
    }
    return output
  }
}

extension GraphNode {
  /// The operations that this one depends on, itself first, each before its inputs.
  fileprivate func reachableOperations() -> [GraphNode] {
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(self)]
    var found = [self]
    var next = 0
    while next < found.count {
      for case let input? in found[next].inputs where input.parameterGradient == nil {
        if seen.insert(ObjectIdentifier(input)).inserted { found.append(input) }
      }
      next += 1
    }
    return found.sorted { $0.number > $1.number }
  }
}
