import Heed
import HeedShippedModel
import Testing

@Suite struct ShippedModelTests {
  /// Mapped weights count on aligned bytes; an absent file must say which it is.
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

  /// The files are all there or all absent, and those that are there are one model.
  @Test func translatesOrHasNoFileAtAll() throws {
    do {
      let translation = try Translator.shipped().translate("Good morning.")
      #expect(!translation.isEmpty && translation != "Good morning.")
    } catch is ShippedModelError {
      for file in ShippedModel.File.allCases {
        #expect(throws: ShippedModelError.absent(file)) { try ShippedModel.bytes(of: file) }
      }
    }
  }
}
