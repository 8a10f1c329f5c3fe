#include <stdlib.h>
#include <string.h>

#include "dispatch.h"

_Atomic int heed_isa_in_use = -1;
_Thread_local int heed_isa_chosen = -1;

static const heed_isa isas_from_best[] = {
    HEED_ISA_AVX512, HEED_ISA_AVX2, HEED_ISA_NEON, HEED_ISA_PORTABLE};
enum { ISA_COUNT = sizeof isas_from_best / sizeof *isas_from_best };

bool heed_isa_supported(heed_isa isa) {
  switch (isa) {
    case HEED_ISA_PORTABLE:
      return true;
#if HEED_X86
    case HEED_ISA_AVX2:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("f16c");
    case HEED_ISA_AVX512:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
             __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#elif HEED_ARM64
    case HEED_ISA_NEON:
      return true;
#endif
    default:
      return false;
  }
}

heed_isa heed_isa_detect(void) {
  const char *wanted = getenv("HEED_ISA");
  heed_isa best = HEED_ISA_PORTABLE;
  bool found = false;
  for (int i = 0; i < ISA_COUNT; i++) {
    const heed_isa isa = isas_from_best[i];
    if (!heed_isa_supported(isa)) continue;
    if (wanted && strcmp(wanted, heed_isa_name(isa)) == 0) {
      best = isa;
      break;
    }
    if (!found) best = isa;
    found = true;
  }
  // What another thread found meanwhile is the same.
  int unknown = -1;
  if (atomic_compare_exchange_strong(&heed_isa_in_use, &unknown, (int)best)) return best;
  return (heed_isa)unknown;
}

heed_isa heed_isa_current(void) { return heed_isa_fast(); }

bool heed_isa_select(heed_isa isa) {
  if (!heed_isa_supported(isa)) return false;
  heed_isa_chosen = (int)isa;
  return true;
}

const char *heed_isa_name(heed_isa isa) {
  switch (isa) {
    case HEED_ISA_AVX2:
      return "avx2";
    case HEED_ISA_AVX512:
      return "avx512";
    case HEED_ISA_NEON:
      return "neon";
    default:
      return "portable";
  }
}

bool heed_kernels_optimized(void) {
#ifdef __OPTIMIZE__
  return true;
#else
  return false;
#endif
}
