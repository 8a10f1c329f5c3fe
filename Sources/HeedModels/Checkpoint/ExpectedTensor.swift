/// A tensor that a model needs from a file.
public struct ExpectedTensor: Sendable, Hashable {
  /// Its name in the file.
  public let name: String
  /// Its extents, outermost first.
  public let shape: [Int]
  /// The element types that will do.
  public let elementTypes: [ElementType]

  /// A tensor that is needed; by default its elements may be floating-point numbers of any width.
  public init(
    _ name: String, shape: [Int],
    elementTypes: [ElementType] = ElementType.allCases.filter(\.isFloatingPoint)
  ) {
    self.name = name
    self.shape = shape
    self.elementTypes = elementTypes
  }
}

extension CheckpointFile {
  /// Checks that the checkpoint holds exactly what is needed.
  ///
  /// - Parameters:
  ///   - expected: Every tensor that is needed.
  ///   - isIgnored: Whether a tensor of that name may be there without being needed.
  /// - Throws: A `CheckpointError` with everything that is missing, unexpected, or of another shape or type.
  public func check(
    against expected: [ExpectedTensor], ignoring isIgnored: (String) -> Bool = { _ in false }
  ) throws(CheckpointError) {
    let expectedNames = Set(expected.map(\.name))
    let unclaimed = names.filter { !expectedNames.contains($0) && !isIgnored($0) }
    let absent = expected.map(\.name).filter { entry($0) == nil }
    var problems: [CheckpointError.Problem] = []
    /// Only for problems that will be spelt out: comparing thousands of names with thousands takes seconds.
    func closest(to name: String, among candidates: [String]) -> String? {
      guard problems.count < CheckpointError.describedProblemLimit else { return nil }
      return NameMatching.closest(to: name, among: candidates)
    }
    for tensor in expected {
      guard let found = entry(tensor.name) else {
        problems.append(.missing(name: tensor.name, closest: closest(to: tensor.name, among: unclaimed)))
        continue
      }
      if found.shape != tensor.shape {
        problems.append(.shape(name: tensor.name, expected: tensor.shape, found: found.shape))
      }
      if !tensor.elementTypes.contains(found.elementType) {
        problems.append(
          .elementType(name: tensor.name, expected: tensor.elementTypes, found: found.elementType))
      }
    }
    for name in unclaimed {
      problems.append(.unexpected(name: name, closest: closest(to: name, among: absent)))
    }
    guard problems.isEmpty else { throw CheckpointError(file: file, problems: problems) }
  }
}
