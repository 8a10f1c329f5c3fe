// What products with packed panels share, whatever their weights are: how work is cut, and what is fetched early.
#ifndef HEED_PANELS_H
#define HEED_PANELS_H

#include "dispatch.h"

HEED_INLINE size_t heed_smaller(size_t a, size_t b) { return a < b ? a : b; }
HEED_INLINE size_t heed_divide_up(size_t a, size_t b) { return a / b + (a % b != 0); }
/// Where part `index` of `parts` nearly equal parts of `size` begins.
HEED_INLINE size_t heed_part_start(size_t size, size_t parts, size_t index) {
  const size_t whole = size / parts, rest = size % parts;
  return index * whole + heed_smaller(index, rest);
}

/// Fetches what a row of a tile writes to in one panel, which may lie in two lines of the cache.
HEED_INLINE void heed_prefetch_output(const float *c) {
  __builtin_prefetch(c, 1);
  __builtin_prefetch(c + HEED_PANEL - 1, 1);
}

#endif
