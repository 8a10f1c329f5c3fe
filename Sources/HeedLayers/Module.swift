import HeedTensor

/// Something with parameters: a value that is called, with one explicit list of what it holds.
///
/// Loading, saving, counting, optimising and preparing for inference all walk that list, so that no parameter can be
/// forgotten by one of them.
public protocol Module: Sendable {
  /// Hands each parameter and each part to the visitor, by name, always in the same order.
  mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws
}

/// What walks the parameters of a module.
public protocol ParameterVisitor {
  /// Visits a parameter; the path is the names of the parts that it lies in, and its own, joined by dots.
  mutating func visit(path: String, _ parameter: inout Tensor) throws
  /// Visits a parameter that only products and look-ups of rows read, so that it may be held in packed form alone.
  mutating func visit(weightPath path: String, _ parameter: inout Tensor) throws
  /// Visits a linear layer, whose path is `path`; unless a visitor does otherwise, its parameters one by one.
  mutating func visit(linear: inout Linear) throws
  /// The names of the parts that are being visited.
  var path: [String] { get set }
}

extension ParameterVisitor {
  /// Visits it as any other.
  public mutating func visit(weightPath path: String, _ parameter: inout Tensor) throws {
    try visit(path: path, &parameter)
  }

  /// Visits a weight `[outputs, inputs]` or a table that only products and look-ups of rows read.
  public mutating func visit(weight name: String, _ parameter: inout Tensor) throws {
    try visit(weightPath: (path + [name]).joined(separator: "."), &parameter)
  }

  /// Visits a weight that may be absent.
  public mutating func visit(weight name: String, _ parameter: inout Tensor?) throws {
    guard var present = parameter else { return }
    try visit(weight: name, &present)
    parameter = present
  }

  /// Visits a parameter.
  public mutating func visit(_ name: String, _ parameter: inout Tensor) throws {
    try visit(path: (path + [name]).joined(separator: "."), &parameter)
  }

  /// Visits a parameter that may be absent.
  public mutating func visit(_ name: String, _ parameter: inout Tensor?) throws {
    guard var present = parameter else { return }
    try visit(name, &present)
    parameter = present
  }

  /// Visits its parameters.
  public mutating func visit(linear: inout Linear) throws { try linear.visitParameters(&self) }

  /// Visits a linear layer.
  public mutating func visit(_ name: String, _ linear: inout Linear) throws {
    path.append(name)
    try visit(linear: &linear)
    path.removeLast()
  }

  /// Visits a part.
  public mutating func visit(_ name: String, _ module: inout some Module) throws {
    path.append(name)
    try module.visitParameters(&self)
    path.removeLast()
  }

  /// Visits a part that may be absent.
  public mutating func visit<Part: Module>(_ name: String, _ module: inout Part?) throws {
    guard var present = module else { return }
    try visit(name, &present)
    module = present
  }

  /// Visits a row of equal parts, named by their numbers.
  public mutating func visit<Part: Module>(_ name: String, _ modules: inout [Part]) throws {
    for index in modules.indices { try visit("\(name).\(index)", &modules[index]) }
  }
}

/// A visitor that calls a closure.
private struct ClosureVisitor: ParameterVisitor {
  var path: [String] = []
  let body: (String, inout Tensor) -> Void

  mutating func visit(path: String, _ parameter: inout Tensor) { body(path, &parameter) }
}

extension Module {
  /// Calls `body` with the path and value of each parameter, which it may replace.
  public mutating func forEachParameter(_ body: (String, inout Tensor) -> Void) {
    withoutActuallyEscaping(body) { body in
      var visitor = ClosureVisitor(body: body)
      do {
        try visitParameters(&visitor)
      } catch {
        preconditionFailure("visiting a parameter failed: \(error)")
      }
    }
  }

  /// The path and value of each parameter.
  public var parameters: [(path: String, value: Tensor)] {
    var copy = self
    var found: [(path: String, value: Tensor)] = []
    copy.forEachParameter { found.append((path: $0, value: $1)) }
    return found
  }

  /// The number of trainable numbers.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// The same module with parameters that need no gradient: computing with it builds no graph. Values are shared.
  public var detached: Self {
    var copy = self
    copy.forEachParameter { $1 = $1.detached }
    return copy
  }

  /// The same module with its weights packed for the matrix multiply, once. For parameters that no longer change.
  public var preparedForInference: Self {
    var copy = detached
    var visitor = PackingVisitor()
    do {
      try copy.visitParameters(&visitor)
    } catch {
      preconditionFailure("packing a parameter failed: \(error)")
    }
    return copy
  }
}

/// A visitor that packs weights and leaves other parameters as they are.
private struct PackingVisitor: ParameterVisitor {
  var path: [String] = []

  mutating func visit(path: String, _ parameter: inout Tensor) {}
  mutating func visit(weightPath path: String, _ parameter: inout Tensor) {
    parameter = parameter.packedForMultiply()
  }
}
