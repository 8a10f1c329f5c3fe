// What the variants of the products with quantised weights share.
#ifndef HEED_INTERNAL_QUANTIZED_H
#define HEED_INTERNAL_QUANTIZED_H

#include <float.h>
#include <string.h>

#include "dispatch.h"

enum {
  /// Bytes of activations that stay in the second-level cache beside a panel.
  HEED_QUANTIZED_CACHE = 192 * 1024,
  /// Bytes between what a tile reads and what it prefetches.
  HEED_QUANTIZED_AHEAD = 1024,
};
/// Activations of no larger magnitude than this are as good as zeros.
#define HEED_QUANTIZED_SMALLEST 0x1p-100f

typedef void (*heed_quantized_tile_function)(const heed_quantized_job *, size_t first_row, size_t panel);

/// The half-precision number at p.
HEED_INLINE float heed_half(const uint8_t *p) {
  const uint32_t half = (uint32_t)p[0] | (uint32_t)p[1] << 8;
  const uint32_t size = half & 0x7fff;
  uint32_t bits = size << 13;
  float x;
  memcpy(&x, &bits, sizeof x);
  x *= 0x1p112f;  // the exponents differ by 112; this also sets subnormals right, exactly
  memcpy(&bits, &x, sizeof bits);
  bits = (size >= 0x7c00 ? 0x7f800000 | size << 13 : bits) | (half & 0x8000) << 16;
  memcpy(&x, &bits, sizeof x);
  return x;
}

#endif
