// What the variants of the products with quantised weights share.
#ifndef HEED_INTERNAL_QUANTIZED_H
#define HEED_INTERNAL_QUANTIZED_H

#include <float.h>
#include <string.h>

#include "panels.h"

enum {
  /// Bytes of activations that stay in the second-level cache beside a panel.
  HEED_QUANTIZED_CACHE = 192 * 1024,
  /// Bytes of a panel that a step along k reads.
  HEED_QUANTIZED_LINE = 2 * HEED_PANEL,
  /// Bytes between what the only tile of a panel reads and what it prefetches.
  HEED_QUANTIZED_AHEAD = 1024,
};
/// Activations of no larger magnitude than this are as good as zeros.
#define HEED_QUANTIZED_SMALLEST 0x1p-100f

/// What a tile prefetches: the bytes at `at`, and `step` bytes further on with each step along k.
typedef struct {
  const uint8_t *at;
  size_t step;
} heed_quantized_ahead;

typedef void (*heed_quantized_tile_function)(
    const heed_quantized_job *, size_t first_row, size_t panel, heed_quantized_ahead);

/// What tile `tile` of the panel at b prefetches. A tile is done with a panel of 8 KB before memory has answered, so the
/// tiles fetch the next panel between them: halves, or quarters where there are four tiles or more. The last panel has no
/// next one; addresses past the end of a matrix may lead nowhere, which costs more than a prefetch can save.
HEED_INLINE heed_quantized_ahead heed_quantized_fetch(
    const uint8_t *b, size_t panel_size, bool last, size_t tile, size_t tile_count) {
  if (tile_count == 1 && !last) return (heed_quantized_ahead){b + HEED_QUANTIZED_AHEAD, HEED_QUANTIZED_LINE};
  const size_t shares = tile_count >= 4 ? 4 : tile_count;
  if (tile >= shares || last) return (heed_quantized_ahead){b, 0};
  return (heed_quantized_ahead){b + panel_size + tile * (panel_size / shares), HEED_QUANTIZED_LINE / shares};
}

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
