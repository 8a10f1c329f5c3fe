// What the variants of the matrix multiply share.
#ifndef HEED_INTERNAL_MATMUL_H
#define HEED_INTERNAL_MATMUL_H

#include <string.h>

#include "panels.h"

enum {
  /// Steps of k for which a panel's slice (32 KB) stays near while all rows of a block pass by.
  HEED_BLOCK_INNER = 512,
  /// Floats (128 KB) of a packed block of A: with a slice of B and some of C, it stays in the second-level cache.
  HEED_BLOCK_FLOATS = 32 * 1024,
  /// Between the packed tiles of A, so that the same k of several tiles does not fall into one set of the cache.
  HEED_TILE_GAP = 16,
  /// Floats between what a tile of few rows reads and what it prefetches.
  HEED_AHEAD = 512,
  /// Panels of the widest tile.
  HEED_TILE_PANELS_LIMIT = 8,
};

/// What one tile computes: C = initial + A·B for its rows and columns and for `inner` steps of k.
typedef struct {
  const float *a;  // A[i, k] = a[i * row_stride + k] in place, a[i + k * rows] packed
  size_t row_stride;
  const float *b;  // panels, panel_stride floats apart, their lines line_stride floats apart
  size_t panel_stride, line_stride;
  size_t inner;
  const float *initial;  // [rows] of the tile's columns; may be c
  size_t initial_stride;
  float *c;
  size_t c_stride;
  const float *ahead;  // what will be needed next: prefetched, ahead_step floats further at each k
  size_t ahead_step;
} heed_tile_job;
typedef void (*heed_tile_function)(const heed_tile_job *);

/// Where one tile lies in the whole product.
typedef struct {
  size_t first_row, rows, first_panel, panels, first_inner, inner;
} heed_tile_place;

extern const float heed_zeros[HEED_TILE_PANELS_LIMIT * HEED_PANEL];

#endif
