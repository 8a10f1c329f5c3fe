import Foundation
import HeedTensor
import TestSupport
import Testing

/// Gradients against differences of values, for every operation.
@Suite struct GradientTests {
  @Test(arguments: GradientCases.all)
  func gradientsFollowFromValues(_ test: GradientCase) {
    let problems = test.problems()
    #expect(problems.isEmpty, "\(problems.count) problems, the first: \(problems.prefix(3))")
  }

  static let wrongGradients: [GradientCase] = [
    GradientCase("a factor too large", [normalValues([3, 4], seed: 1)]) { inputs in
      (inputs[0].detached * 2).recorded(as: "wrong", inputs: inputs) { [$0 * 2.06] }
    },
    GradientCase("one element wrong", [normalValues([3, 4], seed: 1)]) { inputs in
      (inputs[0].detached * 2).recorded(as: "wrong", inputs: inputs) {
        var values = ($0 * 2).scalars
        values[5] += 0.2
        return [Tensor(values, $0.shape)]
      }
    },
    GradientCase("an input forgotten", [normalValues([3], seed: 1), normalValues([3], seed: 2)]) { inputs in
      (inputs[0].detached + inputs[1].detached).recorded(as: "wrong", inputs: inputs) { [$0, nil] }
    },
    GradientCase("NaN", [normalValues([3, 4], seed: 1)]) { inputs in
      (inputs[0].detached * 2).recorded(as: "wrong", inputs: inputs) { [$0 * Float.nan] }
    },
  ]

  @Test(arguments: wrongGradients)
  func wrongGradientsAreCaught(_ test: GradientCase) {
    #expect(!test.problems().isEmpty)
  }

  @Test func everyOperationHasACase() throws {
    let covered = GradientCases.all.reduce(into: Set<String>()) { names, test in
      names.formUnion(operationNames(of: test.function(test.inputs.map { $0.asParameter() })))
    }
    let operations = try Self.recordedNames()
    #expect(operations.count >= 13, "the sources name only \(operations.sorted())")
    #expect(operations.subtracting(covered).isEmpty, "operations without a case")
    #expect(covered.subtracting(operations).isEmpty, "operations that the sources do not name")
  }

  /// The names in the sources: `recorded(as: "NAME"`.
  static func recordedNames() throws -> Set<String> {
    let sources = fixturesDirectory.deletingLastPathComponent().appending(path: "Sources")
      .resolvingSymlinksInPath()
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var names: Set<String> = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /recorded\(\s*as: *"([^"]+)"/) { names.insert(String(match.output.1)) }
    }
    return names
  }

  /// The names of the operations that a tensor was computed by.
  func operationNames(of tensor: Tensor) -> Set<String> {
    var names: Set<String> = []
    var nodes = tensor.node.map { [$0] } ?? []
    while let node = nodes.popLast() {
      if node.parameterGradient == nil { names.insert("\(node.name)") }
      nodes += node.inputs.compactMap { $0 }
    }
    return names
  }
}
