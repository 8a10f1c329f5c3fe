// Included by templates (for_each_variant.h): what rows and tiles need beside vectormath.h.

typedef uint32_t HEED_NAME(vu) __attribute__((ext_vector_type(LANES)));

// The first and the last LANES of a[0], b[0], a[1], b[1] …; and the way back: the elements of even and of odd index in
// a followed by b.
#undef HEED_INTERLEAVE_LOW
#undef HEED_INTERLEAVE_HIGH
#undef HEED_EVEN
#undef HEED_ODD
#if LANES == 16
#define HEED_INTERLEAVE_LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HEED_INTERLEAVE_HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define HEED_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define HEED_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#elif LANES == 8
#define HEED_INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HEED_INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define HEED_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define HEED_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#else
#define HEED_INTERLEAVE_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HEED_INTERLEAVE_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define HEED_EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define HEED_ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#endif

/// 0, 1, 2 … in the lanes.
HEED_INLINE vi HEED_NAME(lane_indices)(void) {
#if LANES == 16
  return (vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#elif LANES == 8
  return (vi){0, 1, 2, 3, 4, 5, 6, 7};
#else
  return (vi){0, 1, 2, 3};
#endif
}

/// A mask of the first `count` lanes.
HEED_INLINE vi HEED_NAME(first_lanes)(size_t count) {
  return HEED_NAME(lane_indices)() < (vi)(int32_t)(count < LANES ? count : LANES);
}

/// The largest lane, by halves; NaN only if all of the lanes compared with it are.
HEED_INLINE float HEED_NAME(largest_lane)(vf x) {
#if LANES == 16
  const __attribute__((ext_vector_type(8))) float eight = x.lo > x.hi ? x.lo : x.hi;
  const __attribute__((ext_vector_type(4))) float four = eight.lo > eight.hi ? eight.lo : eight.hi;
#elif LANES == 8
  const __attribute__((ext_vector_type(4))) float four = x.lo > x.hi ? x.lo : x.hi;
#else
  const vf four = x;
#endif
  const __attribute__((ext_vector_type(2))) float two = four.lo > four.hi ? four.lo : four.hi;
  return two.x > two.y ? two.x : two.y;
}

/// `count` floats, LANES if there are as many.
HEED_INLINE vf HEED_NAME(load_up_to)(const float *p, size_t count) {
  return count >= LANES ? v_load(p) : v_load_first(p, count);
}
HEED_INLINE void HEED_NAME(store_up_to)(float *p, size_t count, vf x) {
  if (count >= LANES)
    v_store(p, x);
  else
    v_store_first(p, count, x);
}
