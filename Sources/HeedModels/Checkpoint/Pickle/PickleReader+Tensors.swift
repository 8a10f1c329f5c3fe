extension PickleReader {
  /// Axes that a tensor may have.
  static let maximumRank = 64

  /// The storage that a persistent identifier stands for: ("storage", type, key, place, element count).
  mutating func storage(_ identifier: PickleValue) throws(SyntaxError) -> PickleValue {
    guard case .tuple(let range) = identifier, (5...6).contains(range.count),
      case let parts = Array(document.tupleElements[range]),
      case .string("storage") = parts[0], case .global(.storageType(let elementType)) = parts[1],
      case .string(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw error("a persistent identifier is not that of a storage") }
    if parts.count == 6 {
      guard case .none = parts[5] else {
        throw error("a storage is a view of another, which is not supported")
      }
    }
    document.storages.append(PickleStorage(key: key, elementType: elementType, count: count))
    return .storage(document.storages.count - 1)
  }

  /// Calls one of the few functions that are known.
  mutating func call(_ function: PickleValue, _ arguments: PickleValue) throws(SyntaxError) -> PickleValue {
    guard case .tuple(let range) = arguments, range.count <= 8 else {
      throw error("a function is called with \(arguments.kind), not a few arguments")
    }
    let values = Array(document.tupleElements[range])
    switch function {
    case .global(.orderedDictionary): return try orderedDictionary(values)
    case .global(.rebuildTensor): return try tensor(values)
    case .global(.rebuildParameter):
      guard let tensor = values.first, case .tensor = tensor else { throw error("a parameter is no tensor") }
      return tensor
    default: throw error("\(function.kind) is called that is no function")
    }
  }

  /// A dictionary, empty or of the pairs in a list, as Python 2 writes it.
  private mutating func orderedDictionary(_ arguments: [PickleValue]) throws(SyntaxError) -> PickleValue {
    var pairs: [(key: PickleValue, value: PickleValue)] = []
    if let first = arguments.first {
      guard arguments.count == 1, case .list(let index) = first else {
        throw error("a dictionary is made of \(first.kind)")
      }
      copyableCount -= document.lists[index].count
      guard copyableCount >= 0 else { throw error("the same list is made a dictionary too many times") }
      for element in document.lists[index] {
        switch element {
        case .list(let index) where document.lists[index].count == 2:
          pairs.append((document.lists[index][0], document.lists[index][1]))
        case .tuple(let range) where range.count == 2:
          pairs.append(
            (document.tupleElements[range.lowerBound], document.tupleElements[range.lowerBound + 1]))
        default: throw error("a dictionary is made of what are no pairs")
        }
      }
    }
    return document.addDictionary(pairs)
  }

  /// A tensor of (storage, offset, extents, strides, needs a gradient, hooks[, what else is known]).
  private mutating func tensor(_ arguments: [PickleValue]) throws(SyntaxError) -> PickleValue {
    guard (6...7).contains(arguments.count), case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], offset >= 0,
      let shape = naturals(arguments[2]), let strides = naturals(arguments[3]), shape.count == strides.count
    else { throw error("a tensor is not described by a storage, an offset, extents and strides") }
    if arguments.count == 7 {
      switch arguments[6] {
      case .none: break
      case .dictionary(let index) where document.dictionaries[index].isEmpty: break
      default: throw error("a tensor is marked as conjugated or negated, which is not supported")
      }
    }
    document.tensors.append(PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
    return .tensor(document.tensors.count - 1)
  }

  /// The integers of a tuple, if it is one for the axes of a tensor and none is negative.
  private func naturals(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let range) = value, range.count <= Self.maximumRank else { return nil }
    var numbers: [Int] = []
    for element in document.tupleElements[range] {
      guard case .integer(let number) = element, number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}

extension PickleDocument {
  mutating func addDictionary(_ pairs: [(key: PickleValue, value: PickleValue)] = []) -> PickleValue {
    dictionaries.append(pairs)
    return .dictionary(dictionaries.count - 1)
  }
}
