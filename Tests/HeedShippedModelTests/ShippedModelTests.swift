import HeedShippedModel
import Testing

@Suite struct ShippedModelTests {
  /// Kernels and mapped weights count on aligned bytes; an absent file must say which it is.
  @Test(arguments: ShippedModel.File.allCases)
  func fileIsAlignedOrNamedAsAbsent(_ file: ShippedModel.File) {
    do {
      let bytes = try ShippedModel.bytes(of: file)
      #expect(!bytes.isEmpty)
      #expect(bytes.baseAddress.map { Int(bitPattern: $0) % 64 } == 0)
    } catch {
      #expect(error == .absent(file))
      #expect(error.description.contains(file.rawValue))
    }
  }
}
