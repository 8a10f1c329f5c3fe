// One variant of heed_pack, for for_each_variant.h.

/// Turns a block of LANES rows of `from` into LANES columns of `to`.
HEED_INLINE void HEED_NAME(heed_transpose)(
    const float *from, size_t from_stride, float *to, size_t to_stride) {
  vf x[LANES], y[LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) x[i] = v_load(from + i * from_stride);
  // log₂ LANES rounds, each interleaving row i with row i + LANES / 2.
#pragma clang loop unroll(full)
  for (int round = 1; round < LANES; round *= 2) {
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES / 2; i++) {
#if LANES == 16
      y[2 * i] = __builtin_shufflevector(
          x[i], x[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      y[2 * i + 1] = __builtin_shufflevector(
          x[i], x[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif LANES == 8
      y[2 * i] = __builtin_shufflevector(x[i], x[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
#else
      y[2 * i] = __builtin_shufflevector(x[i], x[i + 2], 0, 4, 1, 5);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 2], 2, 6, 3, 7);
#endif
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) x[i] = y[i];
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) v_store(to + i * to_stride, x[i]);
}

/// One panel of B whose inner stride is 1: its columns are rows in memory, so blocks are transposed.
static void HEED_NAME(heed_pack_transposed)(
    const float *b, size_t column_stride, size_t columns, size_t inner, float *panel) {
  size_t k = 0;
  if (columns == HEED_PANEL)
    for (; k + LANES <= inner; k += LANES)
      for (size_t j = 0; j < HEED_PANEL; j += LANES)
        HEED_NAME(heed_transpose)(b + j * column_stride + k, column_stride, panel + k * HEED_PANEL + j, HEED_PANEL);
  for (; k < inner; k++)
    for (size_t j = 0; j < HEED_PANEL; j++)
      panel[k * HEED_PANEL + j] = j < columns ? b[j * column_stride + k] : 0;
}

/// Some whole panels of B whose column stride is 1: each row of B is read along, and written to each panel.
static void HEED_NAME(heed_pack_rows_of_panels)(
    const float *b, size_t inner_stride, size_t inner, size_t panel_count, float *panels) {
  for (size_t k = 0; k < inner; k++)
    for (size_t panel = 0; panel < panel_count; panel++)
      for (int j = 0; j < HEED_PANEL; j += LANES)
        v_store(
            panels + (panel * inner + k) * HEED_PANEL + j,
            v_load(b + k * inner_stride + panel * HEED_PANEL + j));
}

static void HEED_NAME(heed_pack)(
    const float *b, size_t inner_stride, size_t column_stride, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, float *packed) {
  enum { PANELS_AT_ONCE = 8 };
  const size_t end = first_panel + panel_count, whole = columns / HEED_PANEL;
  size_t panel = first_panel;
  while (panel < end) {
    float *to = packed + panel * inner * HEED_PANEL;
    const float *from = b + panel * HEED_PANEL * column_stride;
    const size_t left = columns - panel * HEED_PANEL;
    if (inner_stride == 1) {
      HEED_NAME(heed_pack_transposed)(from, column_stride, left < HEED_PANEL ? left : HEED_PANEL, inner, to);
      panel++;
    } else if (left < HEED_PANEL) {
      for (size_t k = 0; k < inner; k++)
        for (size_t j = 0; j < HEED_PANEL; j++) to[k * HEED_PANEL + j] = j < left ? from[k * inner_stride + j] : 0;
      panel++;
    } else {
      size_t count = (end < whole ? end : whole) - panel;
      if (count > PANELS_AT_ONCE) count = PANELS_AT_ONCE;
      HEED_NAME(heed_pack_rows_of_panels)(from, inner_stride, inner, count, to);
      panel += count;
    }
  }
}
