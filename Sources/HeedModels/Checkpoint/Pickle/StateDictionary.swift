/// The tensors of a PyTorch file by name, checked to lie in the file.
struct StateDictionary {
  private(set) var entries: [TensorEntry] = []
  private(set) var views: [StridedView] = []
  private(set) var indices: [String: Int] = [:]

  /// Names under which training programs put the weights beside other things.
  private static let wrappers = ["state_dict", "model", "model_state_dict"]

  /// - Throws: A `CheckpointError` with every tensor that leaves its storage or has the name of another, or if there is
  ///   no tensor.
  init(_ container: PyTorchContainer, fileSize: Int, file: String) throws(CheckpointError) {
    let document = container.document
    guard case .dictionary(let root) = document.root else {
      let reason = "it holds \(document.root.kind), expected a dictionary of tensors (a state_dict)"
      throw CheckpointError(file: file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    let pairs = document.dictionaries[Self.innermost(of: root, document)]
    var problems: [CheckpointError.Problem] = []
    for (key, value) in pairs {
      guard case .string(let name) = key, case .tensor(let index) = value else { continue }
      let tensor = document.tensors[index]
      switch Self.checked(tensor, name: name, index: entries.count, container, fileSize: fileSize) {
      case .success(let (entry, view)):
        if indices.updateValue(entries.count, forKey: name) != nil {
          problems.append(.malformed(tensor: name, reason: "is in the dictionary twice"))
        }
        entries.append(entry)
        views.append(view)
      case .failure(let flaw): problems.append(.malformed(tensor: name, reason: flaw.reason))
      }
    }
    if entries.isEmpty, problems.isEmpty {
      let keys = pairs.prefix(8).map {
        if case .string(let name) = $0.key { quoted(name) } else { $0.key.kind }
      }
      let found =
        keys.isEmpty
        ? "is empty" : "has the keys " + keys.joined(separator: ", ") + (pairs.count > 8 ? ", …" : "")
      let reason = "its dictionary holds no tensors by name: it \(found)"
      problems.append(.malformed(tensor: nil, reason: reason))
    }
    guard problems.isEmpty else { throw CheckpointError(file: file, problems: problems) }
  }

  /// The dictionary with the weights: `root`, or one that it or an inner one wraps.
  private static func innermost(of root: Int, _ document: PickleDocument) -> Int {
    var current = root
    for _ in 0..<4 {  // a dictionary may hold itself
      let inner = wrappers.lazy.compactMap { wrapper -> Int? in
        for case (.string(wrapper), .dictionary(let index)) in document.dictionaries[current] { return index }
        return nil
      }.first
      guard let inner else { break }
      current = inner
    }
    return current
  }

  private static func checked(
    _ tensor: PickleTensor, name: String, index: Int, _ container: PyTorchContainer, fileSize: Int
  ) -> Result<(TensorEntry, StridedView), FormatFlaw> {
    let storage = container.document.storages[tensor.storage]
    guard let range = container.storages[storage.key] else { return .failure(FormatFlaw("has no storage")) }
    let (byteCount, overflow) = storage.count.multipliedReportingOverflow(
      by: storage.elementType.blockByteSize)
    guard !overflow, byteCount <= range.count else {
      let reason =
        "is in a storage of \(storage.count) elements of type \(storage.elementType.rawValue), "
        + "for which the file has only \(range.count) bytes"
      return .failure(FormatFlaw(reason))
    }
    guard
      let entry = TensorEntry(name: name, elementType: storage.elementType, shape: tensor.shape, index: index)
    else {
      return .failure(FormatFlaw("has shape \(shapeText(tensor.shape)), too large for any memory"))
    }
    guard
      let view = StridedView(tensor, entry, storage: range.lowerBound..<range.lowerBound + byteCount)
    else {
      let reason =
        "of shape \(shapeText(tensor.shape)) leaves its storage of \(storage.count) elements"
      return .failure(FormatFlaw(reason))
    }
    // A view may repeat its storage's elements, but no small file shall stand for a large tensor.
    guard entry.byteCount <= fileSize else {
      let reason =
        "of shape \(shapeText(tensor.shape)) repeats \(storage.count) elements until they are more than the whole file"
      return .failure(FormatFlaw(reason))
    }
    return .success((entry, view))
  }
}
