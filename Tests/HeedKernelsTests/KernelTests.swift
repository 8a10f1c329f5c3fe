import CHeedKernels
import Testing

/// The suite that all kernel tests extend. They change the instruction set in use on their own thread, so that the tests
/// of other modules, which run at the same time, keep theirs.
@Suite(.serialized) struct KernelTests {
  /// The variants that this processor can run.
  static let supported: [heed_isa] = [HEED_ISA_PORTABLE, HEED_ISA_AVX2, HEED_ISA_AVX512, HEED_ISA_NEON]
    .filter { heed_isa_supported($0) }

  /// Runs `body` once for each supported variant, and puts back the variant that was in use.
  static func withEachVariant(_ body: (_ name: String) throws -> Void) rethrows {
    let before = heed_isa_current()
    defer { _ = heed_isa_select(before) }
    for isa in supported {
      #expect(heed_isa_select(isa))
      try body(String(cString: heed_isa_name(isa)))
    }
  }
}
