// Included by templates (for_each_variant.h) that transpose: panels of weights, and keys.

// Within each group of four lanes: the first or the last two of a and b in turn, and their first or last pairs.
#undef FIRSTS
#undef LASTS
#undef FIRST_PAIRS
#undef LAST_PAIRS
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

/// Four floats of row `first` and of every fourth row after it, from `k` on, side by side.
HEED_INLINE vf HEED_NAME(every_fourth_row)(const float *const rows[LANES], int first, size_t k) {
  typedef float four __attribute__((ext_vector_type(4), aligned(4), may_alias));
#define GROUP(i) *(const four *)(rows[first + 4 * (i)] + k)
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

/// Turns the four columns from `k` on of LANES rows into four rows of `to`.
///
/// Groups of four rows stand side by side from the start, so that no number crosses the middle of a vector again: the
/// first generation of Zen needs eight operations for that.
HEED_INLINE void HEED_NAME(transpose_four)(
    const float *const rows[LANES], size_t k, float *to, size_t to_stride) {
  const vf a = HEED_NAME(every_fourth_row)(rows, 0, k), b = HEED_NAME(every_fourth_row)(rows, 1, k);
  const vf c = HEED_NAME(every_fourth_row)(rows, 2, k), d = HEED_NAME(every_fourth_row)(rows, 3, k);
  const vf ab = FIRSTS(a, b), cd = FIRSTS(c, d), ab_last = LASTS(a, b), cd_last = LASTS(c, d);
  v_store(to, FIRST_PAIRS(ab, cd));
  v_store(to + to_stride, LAST_PAIRS(ab, cd));
  v_store(to + 2 * to_stride, FIRST_PAIRS(ab_last, cd_last));
  v_store(to + 3 * to_stride, LAST_PAIRS(ab_last, cd_last));
}
