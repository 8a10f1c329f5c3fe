// Includes the file that HEED_TEMPLATE names once for each variant compiled in:
//
//     #define HEED_TEMPLATE "rows_template.h"
//     #include "for_each_variant.h"
//
// In the template, HEED_NAME(f) is the name of f in this variant, LANES the floats in a vector, HAS_FMA whether a
// fused multiply-add costs one instruction, and vectormath.h has been included: its `vf`, `v_load`, `v_exp` … are
// those of this variant. One source thus gives all variants; ISA_… tells them apart where it must.

#include "dispatch.h"
#if HEED_X86
#include <immintrin.h>
#elif HEED_ARM64
#include <arm_neon.h>
#endif

#define HEED_NAME(name) name##_portable
#define ISA_PORTABLE 1
#define LANES 4
#define HAS_FMA 0
#include "vectormath.h"
#include HEED_TEMPLATE
#include "vectormath_end.h"
#undef ISA_PORTABLE
#undef HEED_NAME
#undef LANES
#undef HAS_FMA

#if HEED_X86

HEED_BEGIN_AVX2
#define HEED_NAME(name) name##_avx2
#define ISA_AVX2 1
#define LANES 8
#define HAS_FMA 1
#include "vectormath.h"
#include HEED_TEMPLATE
#include "vectormath_end.h"
#undef ISA_AVX2
#undef HEED_NAME
#undef LANES
#undef HAS_FMA
HEED_END_TARGET

HEED_BEGIN_AVX512
#define HEED_NAME(name) name##_avx512
#define ISA_AVX512 1
#define LANES 16
#define HAS_FMA 1
#include "vectormath.h"
#include HEED_TEMPLATE
#include "vectormath_end.h"
#undef ISA_AVX512
#undef HEED_NAME
#undef LANES
#undef HAS_FMA
HEED_END_TARGET

#elif HEED_ARM64

#define HEED_NAME(name) name##_neon
#define ISA_NEON 1
#define LANES 4
#define HAS_FMA 1
#include "vectormath.h"
#include HEED_TEMPLATE
#include "vectormath_end.h"
#undef ISA_NEON
#undef HEED_NAME
#undef LANES
#undef HAS_FMA

#endif
