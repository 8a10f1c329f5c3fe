import CHeedKernels
import Testing

extension KernelTests {
  @Suite struct Isa {
    @Test func portableCodeRunsAnywhere() {
      #expect(heed_isa_supported(HEED_ISA_PORTABLE))
      #expect(!heed_isa_supported(heed_isa(rawValue: 99)))
    }

    @Test func selectionChangesTheVariantOnlyIfSupported() {
      let before = heed_isa_current()
      defer { _ = heed_isa_select(before) }
      #expect(heed_isa_supported(before))
      for isa in [HEED_ISA_PORTABLE, HEED_ISA_AVX2, HEED_ISA_AVX512, HEED_ISA_NEON] {
        let current = heed_isa_current()
        #expect(heed_isa_select(isa) == heed_isa_supported(isa))
        #expect(heed_isa_current() == (heed_isa_supported(isa) ? isa : current))
      }
    }

    @Test func variantsHaveNames() {
      let names = [HEED_ISA_PORTABLE, HEED_ISA_AVX2, HEED_ISA_AVX512, HEED_ISA_NEON]
        .map { String(cString: heed_isa_name($0)) }
      #expect(names == ["portable", "avx2", "avx512", "neon"])
    }

    @Test func kernelsKnowHowTheyWereCompiled() {
      #if DEBUG
        #expect(!heed_kernels_optimized())
      #else
        #expect(heed_kernels_optimized())
      #endif
    }
  }
}
