// One variant of heed_pack, for for_each_variant.h.

// Within each group of four lanes: the first or the last two of a and b in turn, and their first or last pairs.
#if LANES == 16
#define FIRSTS(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define LASTS(a, b) \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define FIRST_PAIRS(a, b) \
  __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define LAST_PAIRS(a, b) \
  __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#elif LANES == 8
#define FIRSTS(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LASTS(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FIRST_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LAST_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#else
#define FIRSTS(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LASTS(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define FIRST_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 4, 5)
#define LAST_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 6, 7)
#endif

/// Four floats of every fourth row, side by side.
HEED_INLINE vf HEED_NAME(heed_load_groups)(const float *from, size_t row_stride) {
  typedef float four __attribute__((ext_vector_type(4), aligned(4), may_alias));
#define GROUP(i) *(const four *)(from + 4 * (i) * row_stride)
#if LANES == 16
  return __builtin_shufflevector(
      __builtin_shufflevector(GROUP(0), GROUP(1), 0, 1, 2, 3, 4, 5, 6, 7),
      __builtin_shufflevector(GROUP(2), GROUP(3), 0, 1, 2, 3, 4, 5, 6, 7), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
      13, 14, 15);
#elif LANES == 8
  return __builtin_shufflevector(GROUP(0), GROUP(1), 0, 1, 2, 3, 4, 5, 6, 7);
#else
  return GROUP(0);
#endif
#undef GROUP
}

/// Turns four columns of LANES rows of `from` into four rows of `to`.
///
/// Groups of four rows stand side by side from the start, so that no number crosses the middle of a vector again: the
/// first generation of Zen needs eight operations for that.
HEED_INLINE void HEED_NAME(heed_transpose)(
    const float *from, size_t from_stride, float *to, size_t to_stride) {
  const vf a = HEED_NAME(heed_load_groups)(from, from_stride);
  const vf b = HEED_NAME(heed_load_groups)(from + from_stride, from_stride);
  const vf c = HEED_NAME(heed_load_groups)(from + 2 * from_stride, from_stride);
  const vf d = HEED_NAME(heed_load_groups)(from + 3 * from_stride, from_stride);
  const vf ab = FIRSTS(a, b), cd = FIRSTS(c, d), ab_last = LASTS(a, b), cd_last = LASTS(c, d);
  v_store(to, FIRST_PAIRS(ab, cd));
  v_store(to + to_stride, LAST_PAIRS(ab, cd));
  v_store(to + 2 * to_stride, FIRST_PAIRS(ab_last, cd_last));
  v_store(to + 3 * to_stride, LAST_PAIRS(ab_last, cd_last));
}

#undef FIRSTS
#undef LASTS
#undef FIRST_PAIRS
#undef LAST_PAIRS

/// One panel of B whose inner stride is 1: its columns are rows in memory, so blocks are transposed.
static void HEED_NAME(heed_pack_transposed)(
    const float *b, size_t column_stride, size_t columns, size_t inner, float *panel) {
  // A whole line of the cache of each column at a time: columns that lie some 4 KB apart share their places in the
  // cache, and would be gone by the next step.
  enum { LINE = 16 };
  size_t k = 0;
  if (columns == HEED_PANEL)
    for (; k + LINE <= inner; k += LINE)
      for (size_t j = 0; j < HEED_PANEL; j += LANES)
        for (size_t step = k; step < k + LINE; step += 4)
          HEED_NAME(heed_transpose)(
              b + j * column_stride + step, column_stride, panel + step * HEED_PANEL + j, HEED_PANEL);
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
