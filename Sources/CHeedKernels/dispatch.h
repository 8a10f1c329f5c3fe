// Which variant of a kernel runs, and which variants are compiled in. Internal to the target.
#ifndef HEED_DISPATCH_H
#define HEED_DISPATCH_H

#include <stdatomic.h>

#include "heed_kernels.h"

#if defined(__x86_64__)
#define HEED_X86 1
#else
#define HEED_X86 0
#endif
#if defined(__aarch64__)
#define HEED_ARM64 1
#else
#define HEED_ARM64 0
#endif

// For single functions. Attributes, not build flags: the package stays usable as a dependency.
#define HEED_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define HEED_TARGET_AVX512 __attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl")))

// For all functions between BEGIN and END, which is what for_each_variant.h uses.
#define HEED_BEGIN_AVX2 \
  _Pragma("clang attribute push(__attribute__((target(\"avx2,fma,f16c\"))), apply_to = function)")
#define HEED_BEGIN_AVX512 \
  _Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512bw,avx512dq,avx512vl,fma\"))), apply_to = function)")
#define HEED_END_TARGET _Pragma("clang attribute pop")

#define HEED_INLINE static inline __attribute__((always_inline, unused))

/// The heed_isa in use, or −1 before the first question.
extern _Atomic int heed_isa_in_use;
/// What heed_isa_select() chose for this thread, or −1.
extern _Thread_local int heed_isa_chosen;
/// Finds the variant to use and remembers it.
heed_isa heed_isa_detect(void);

/// heed_isa_current() without a call.
HEED_INLINE heed_isa heed_isa_fast(void) {
  if (heed_isa_chosen >= 0) return (heed_isa)heed_isa_chosen;
  const int isa = atomic_load_explicit(&heed_isa_in_use, memory_order_relaxed);
  return isa >= 0 ? (heed_isa)isa : heed_isa_detect();
}

// HEED_DISPATCH(name, arguments…) calls name_avx2(arguments…) and so on: the functions that a template included
// through for_each_variant.h defines as HEED_NAME(name). It returns what they return.
#if HEED_X86
#define HEED_DISPATCH(name, ...)          \
  switch (heed_isa_fast()) {              \
    case HEED_ISA_AVX512:                 \
      return name##_avx512(__VA_ARGS__);  \
    case HEED_ISA_AVX2:                   \
      return name##_avx2(__VA_ARGS__);    \
    default:                              \
      return name##_portable(__VA_ARGS__); \
  }
#elif HEED_ARM64
#define HEED_DISPATCH(name, ...)          \
  switch (heed_isa_fast()) {              \
    case HEED_ISA_NEON:                   \
      return name##_neon(__VA_ARGS__);    \
    default:                              \
      return name##_portable(__VA_ARGS__); \
  }
#else
#define HEED_DISPATCH(name, ...) return name##_portable(__VA_ARGS__);
#endif

#endif
