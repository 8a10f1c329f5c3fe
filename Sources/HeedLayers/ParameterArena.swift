import HeedTensor

/// All parameters of a model in one block, and their gradients in another: one pass updates them, one call clears them,
/// one write saves them.
public struct ParameterArena: Sendable {
  /// Where a parameter lies in the arena.
  public struct Entry: Sendable {
    /// The parameter's path in the model.
    public let path: String
    /// Its shape.
    public let shape: Shape
    /// Its first element.
    public let offset: Int
  }

  /// Every parameter that is trained, in the order in which the model lists them.
  public let entries: [Entry]
  /// The values, `[count]`.
  public let values: Tensor
  /// The gradients, `[count]`.
  public let gradients: Tensor

  /// Moves parameters of `model` into an arena; they become trainable. Others stay where they are, and need no gradient.
  ///
  /// A tensor that the model lists twice is a mistake of the caller: tied weights are one parameter.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - isTrained: Whether a parameter, by its path, is to be trained.
  public init(adopting model: inout some Module, where isTrained: (String) -> Bool = { _ in true }) {
    var entries: [Entry] = []
    var offset = 0
    model.forEachParameter { path, parameter in
      guard isTrained(path) else {
        parameter = parameter.detached
        return
      }
      entries.append(Entry(path: path, shape: parameter.shape, offset: offset))
      // Each parameter starts at a full cache line.
      offset += (parameter.count + 15) / 16 * 16
    }
    precondition(Set(entries.map(\.path)).count == entries.count, "two parameters have one name")
    let values = Tensor(zeros: [offset])
    let gradients = Tensor(zeros: [offset])
    var next = 0
    model.forEachParameter { path, parameter in
      guard next < entries.count, entries[next].path == path else { return }
      parameter = values.adopt(parameter, at: entries[next].offset, gradients: gradients)
      next += 1
    }
    self.entries = entries
    self.values = values
    self.gradients = gradients
  }

  /// Sets all gradients to zero.
  public func clearGradients() {
    gradients.fill(0)
  }

  /// A view of one parameter inside a block of this arena's form (values, gradients, a moment).
  public func view(_ entry: Entry, in block: Tensor) -> Tensor {
    block.view(entry.shape, at: entry.offset)
  }
}
