import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Models that are loaded straight into the form that they are computed with.
@Suite struct PackedLoadingTests {
  private static func parameters(_ directory: ModelDirectory, _ use: ModelUse) throws -> [(
    path: String, value: Tensor
  )] {
    switch try directory.configuration().family.shape {
    case .encoderDecoder: try directory.loadModel(for: use).parameters
    case .encoder: try directory.loadEncoder(for: use).parameters
    case .decoder: try directory.loadLanguageModel(for: use).parameters
    }
  }

  private static func save(_ name: String, _ precision: WeightPrecision, to copy: ModelDirectory) throws {
    switch try CheckpointFixture.directory(name).loadAny() {
    case .encoderDecoder(let model): try copy.save(model, precision: precision)
    case .encoder(let model): try copy.save(model, precision: precision)
    case .decoder(let model): try copy.save(model, precision: precision)
    }
  }

  @Test(arguments: CheckpointFixture.all)
  func weightsKeepTheirValues(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let floats = try Self.parameters(directory, .training)
    let packed = try Self.parameters(directory, .inference())
    #expect(floats.map(\.path) == packed.map(\.path))
    for (one, other) in zip(floats, packed) {
      #expect(sameBits(one.value, other.value.unpacked), "\(one.path)")
    }
    #expect(packed.contains { !$0.value.isUnpacked } && packed.contains { $0.value.isUnpacked })
  }

  /// What is stored in fewer bits has the same values whether it becomes floats or stays as it is.
  @Test(arguments: ["marian", "gpt2", "llama", "bert", "t5-v1.1"], WeightPrecision.allCases)
  func smallerFormsKeepTheirValues(_ name: String, _ precision: WeightPrecision) throws {
    try CheckpointFixtures.withTemporaryDirectory { url in
      let copy = ModelDirectory(url)
      try Self.save(name, precision, to: copy)
      let floats = try Self.parameters(copy, .training)
      let packed = try Self.parameters(copy, .inference())
      for (one, other) in zip(floats, packed) {
        #expect(sameBits(other.value.unpacked, one.value), "\(one.path)")
      }
      let original = try Self.parameters(CheckpointFixture.directory(name), .training)
      let changed = zip(original, floats).filter { !sameBits($0.value, $1.value) }.map(\.0.path)
      #expect(changed.isEmpty == (precision == .float32))
    }
  }

  /// Weights lie in memory in the form that was asked for; four bits become eight where rows are not whole blocks.
  @Test(arguments: ["marian", "gpt2", "llama", "bert"], WeightPrecision.allCases)
  func weightsLieInTheFormThatWasAskedFor(_ name: String, _ precision: WeightPrecision) throws {
    let weights = try Self.parameters(CheckpointFixture.directory(name), .inference(precision)).compactMap {
      (path, value) in value.packed.map { (path: path, matrix: $0) }
    }
    #expect(weights.count >= 8)
    for (path, matrix) in weights {
      let expected: PackedMatrix.Form =
        switch precision {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int8: .int8Rows
        case .int4: matrix.inner.isMultiple(of: 32) ? .int4Blocks : .int8Rows
        }
      #expect(matrix.form == expected, "\(path)")
    }
  }

  /// Weights that a file has transposed are turned round one after another while they are written: of the memory that
  /// tensors were given, no more stays than for the largest.
  @Test func oneTensorAtATimeIsWritten() async {
    await #expect(processExitsWith: .success) {
      let directory = CheckpointFixture.directory("gpt2")
      let model = try directory.loadLanguageModel()
      let transposed = model.parameters.filter { $0.path.contains("blocks") && $0.value.shape.rank == 2 }
      let sizes = transposed.map { 4 * StoragePool.roundedCount($0.value.count) }
      try CheckpointFixtures.withTemporaryDirectory { url in
        let most = try StoragePool.shared.mostUsed { try ModelDirectory(url).save(model) }
        let largest = sizes.max() ?? 0
        #expect(
          most > 0 && most <= 2 * largest && 2 * largest < sizes.reduce(0, +), "\(most) bytes of \(sizes)")
      }
    }
  }

  /// To round when a model is loaded is to round when it was written.
  @Test(arguments: ["marian", "gpt2", "llama"], WeightPrecision.allCases)
  func roundingAtLoadIsRoundingInTheFile(_ name: String, _ precision: WeightPrecision) throws {
    try CheckpointFixtures.withTemporaryDirectory { url in
      let copy = ModelDirectory(url)
      try Self.save(name, precision, to: copy)
      let stored = try Self.parameters(copy, .inference())
      let loaded = try Self.parameters(CheckpointFixture.directory(name), .inference(precision))
      for (one, other) in zip(stored, loaded) where !other.value.isUnpacked {
        let largest = one.value.scalars.map { abs($0) }.max() ?? 0
        expectClose(other.value.unpacked, one.value.unpacked, absolute: 1e-6 * largest, one.path)
      }
    }
  }

  @Test func bytesThatAreNotBlocksAreRefused() throws {
    try CheckpointFixtures.withTemporaryDirectory { url in
      let copy = ModelDirectory(url)
      try Self.save("llama", .int4, to: copy)
      var header = try Data(contentsOf: copy.weightsURL)
      let text = String(decoding: header, as: UTF8.self)
      let shape = try #require(text.firstMatch(of: /"U8","shape":\[([0-9]+),([0-9]+)\]/))
      let (rows, columns) = (Int(shape.1) ?? 0, Int(shape.2) ?? 0)
      let swapped = String(shape.0).replacing("[\(rows),\(columns)]", with: "[\(columns),\(rows)]")
      let range = try #require(header.range(of: Data(shape.0.utf8)))
      header.replaceSubrange(range, with: Data(swapped.utf8))
      try header.write(to: copy.weightsURL)
      for use in [ModelUse.training, .inference()] {
        #expect(throws: CheckpointError.self) { try copy.loadLanguageModel(for: use) }
      }
    }
  }

  /// A tensor in bytes or int8 where it cannot be so is refused; one in bfloat16 is read.
  @Test(arguments: ["model.shared.weight", "final_logits_bias"], [ElementType.int8, .uint8, .bfloat16])
  func tensorsOfOtherTypesAreRefused(_ name: String, _ type: ElementType) throws {
    try CheckpointFixtures.withTemporaryDirectory { url in
      let original = CheckpointFixture.directory("marian")
      let file = try SafetensorsFile(url: original.weightsURL)
      let tensors = try file.entries.map { entry -> SafetensorsTensor in
        guard entry.name == name else {
          return SafetensorsTensor(name: entry.name, shape: entry.shape, floats: try file.floats(of: entry))
        }
        let bytes = [UInt8](repeating: 1, count: entry.elementCount * (type == .bfloat16 ? 2 : 1))
        return SafetensorsTensor(name: entry.name, elementType: type, shape: entry.shape) {
          (sink) throws(FileError) in
          try bytes.withUnsafeBytes { bytes in Result { () throws(FileError) in try sink(bytes) } }.get()
        }
      }
      let copy = ModelDirectory(url)
      try SafetensorsWriter.write(tensors, to: copy.weightsURL)
      try FileManager.default.copyItem(at: original.configurationURL, to: copy.configurationURL)
      for use in [ModelUse.training, .inference(), .inference(.int4)] {
        if type == .bfloat16 {
          #expect(throws: Never.self) { try copy.loadModel(for: use) }
        } else {
          #expect(throws: CheckpointError.self) { try copy.loadModel(for: use) }
        }
      }
    }
  }
}
