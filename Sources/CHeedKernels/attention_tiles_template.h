// Included by the attention templates: products of small matrices that lie in the first level of cache.
//
// Every element of a product is one chain of fused multiply-adds in the order of the inner index, starting from what
// was there or from zero. So neither the grouping of rows nor leaving out exact zeros changes a bit.
#include "transpose_template.h"

/// Σ_k a[k] b[k], lane by lane.
HEED_INLINE vf HEED_NAME(dot)(const float *a, const float *b, size_t count) {
  vf sum = v_set(0);
  size_t k = 0;
  for (; k + LANES <= count; k += LANES) sum = v_fma(v_load(a + k), v_load(b + k), sum);
  if (k < count) sum = v_fma(v_load_first(a + k, count - k), v_load_first(b + k, count - k), sum);
  return sum;
}

/// The scores that follow from products of queries and keys; `count` of them are wanted, and the bias, if there is
/// one, has no more from index `first` on.
HEED_INLINE vf HEED_NAME(scores)(vf scale, vf products, const float *bias, size_t first, size_t count) {
  return bias ? v_fma(scale, products, HEED_NAME(load_up_to)(bias + first, count)) : scale * products;
}

/// c[r, 0 ..< PANEL] (+)= Σ_k a[r, k] · b[k, 0 ..< PANEL] for a group of ROWS rows.
HEED_INLINE void HEED_NAME(group)(
    const int rows, const float *a, size_t a_row, size_t a_inner, const float *b, size_t b_stride, float *c,
    size_t c_stride, size_t inner, bool accumulate) {
  enum { vectors = PANEL / LANES };
  vf sums[ROW_GROUP][vectors];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      sums[r][v] = accumulate ? v_load(c + (size_t)r * c_stride + (size_t)(v * LANES)) : v_set(0);
  for (size_t k = 0; k < inner; k++) {
    vf row[vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) row[v] = v_load(b + k * b_stride + (size_t)(v * LANES));
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const vf x = v_set(a[(size_t)r * a_row + k * a_inner]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = v_fma(x, row[v], sums[r][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) v_store(c + (size_t)r * c_stride + (size_t)(v * LANES), sums[r][v]);
}

#define HEED_GROUP_SWITCH(a_row, a_inner)                                                                        \
  switch (rows) {                                                                                                \
    case 1: HEED_NAME(group)(1, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;         \
    case 2: HEED_NAME(group)(2, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;         \
    case 3: HEED_NAME(group)(3, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;         \
    case 4: HEED_NAME(group)(4, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;         \
    case 5: HEED_NAME(group)(5, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;         \
    default: HEED_NAME(group)(6, a, a_row, a_inner, b, b_stride, c, c_stride, inner, accumulate); break;        \
  }

/// c (+)= A·B for a group of rows of A, which has rows `a_stride` apart.
static __attribute__((noinline, unused)) void HEED_NAME(rows_times)(
    size_t rows, const float *a, size_t a_stride, const float *b, size_t b_stride, float *c, size_t c_stride,
    size_t inner, bool accumulate) {
  HEED_GROUP_SWITCH(a_stride, 1)
}

/// c += Aᵀ·B for a group of columns of A, a tile with rows KEY_TILE apart.
static __attribute__((noinline, unused)) void HEED_NAME(columns_times)(
    size_t rows, const float *a, const float *b, size_t b_stride, float *c, size_t c_stride, size_t inner) {
  const bool accumulate = true;
  HEED_GROUP_SWITCH(1, KEY_TILE)
}

/// Copies the columns of a matrix from `column` on, fewer than PANEL, padding with zeros.
static __attribute__((unused)) void HEED_NAME(copy_tail)(
    const float *from, size_t stride, size_t rows, size_t column, size_t columns, float *to) {
  for (size_t r = 0; r < rows; r++)
    for (size_t j = 0; j < PANEL; j++)
      to[r * PANEL + j] = column + j < columns ? from[r * stride + column + j] : 0;
}

/// A matrix that is read by rows: where it lies, and its last columns padded to PANEL.
typedef struct {
  const float *start, *tail;
  size_t stride;
} HEED_NAME(operand);

HEED_INLINE HEED_NAME(operand) HEED_NAME(make_operand)(
    const float *start, size_t stride, size_t rows, size_t columns, float *tail) {
  const size_t whole = columns / PANEL * PANEL;
  if (whole < columns) HEED_NAME(copy_tail)(start, stride, rows, whole, columns, tail);
  return (HEED_NAME(operand)){start, tail, stride};
}

/// C (+)= A·B or C += Aᵀ·B for a group of rows of C, with `columns` columns, from row `first` of B on.
HEED_INLINE void HEED_NAME(group_product)(
    bool transposed, size_t rows, const float *a, HEED_NAME(operand) b, size_t first, size_t columns, float *c,
    size_t c_stride, size_t inner, bool accumulate) {
  size_t column = 0;
  for (; column + PANEL <= columns; column += PANEL) {
    const float *start = b.start + first * b.stride + column;
    if (transposed)
      HEED_NAME(columns_times)(rows, a, start, b.stride, c + column, c_stride, inner);
    else
      HEED_NAME(rows_times)(rows, a, KEY_TILE, start, b.stride, c + column, c_stride, inner, accumulate);
  }
  if (column == columns) return;
  float part[ROW_GROUP * PANEL];
  HEED_NAME(copy_tail)(c, c_stride, rows, column, accumulate ? columns : 0, part);
  const float *start = b.tail + first * PANEL;
  if (transposed)
    HEED_NAME(columns_times)(rows, a, start, PANEL, part, PANEL, inner);
  else
    HEED_NAME(rows_times)(rows, a, KEY_TILE, start, PANEL, part, PANEL, inner, accumulate);
  for (size_t r = 0; r < rows; r++)
    for (size_t j = column; j < columns; j++) c[r * c_stride + j] = part[r * PANEL + j - column];
}

/// panels[(j / PANEL * inner + k) * PANEL + j % PANEL] = rows[j * stride + k] for whole panels; past the last row that
/// row is repeated, for what is computed from it is not used.
static __attribute__((noinline, unused)) void HEED_NAME(pack_transposed)(
    const float *rows, size_t stride, size_t count, size_t inner, float *panels) {
  for (size_t first = 0; first < (count + PANEL - 1) / PANEL * PANEL; first += LANES) {
    const float *from[LANES];
    for (size_t i = 0; i < LANES; i++) from[i] = rows + (first + i < count ? first + i : count - 1) * stride;
    float *to = panels + first / PANEL * PANEL * inner + first % PANEL;
    size_t k = 0;
    for (; k + 4 <= inner; k += 4) HEED_NAME(transpose_four)(from, k, to + k * PANEL, PANEL);
    for (; k < inner; k++)
      for (size_t i = 0; i < LANES; i++) to[k * PANEL + i] = from[i][k];
  }
}

/// products[r * KEY_TILE + j] = a_r · b_j for the pairs that can see one another, and for some that cannot.
/// `panels` holds B, packed, if the columns are no more than DEPTH and `packed` is true; else it is written.
HEED_INLINE void HEED_NAME(tile_products)(
    attention_tile tile, const float *a, size_t a_stride, const float *b, size_t b_stride, size_t columns,
    float *panels, bool packed, float *products) {
  for (size_t depth = 0; depth < columns; depth += DEPTH) {
    const size_t inner = columns - depth < DEPTH ? columns - depth : DEPTH;
    if (!packed || columns > DEPTH)
      HEED_NAME(pack_transposed)(b + depth, b_stride, tile.keys, inner, panels);
    for (size_t r = 0, rows; r < tile.queries; r += rows) {
      rows = group_size(tile.queries - r);
      const size_t limit = tile_visible(tile, r + rows - 1);
      for (size_t j = 0; j < limit; j += PANEL)
        HEED_NAME(rows_times)(
            rows, a + r * a_stride + depth, a_stride, panels + j * inner, PANEL, products + r * KEY_TILE + j,
            KEY_TILE, inner, depth > 0);
    }
  }
}
