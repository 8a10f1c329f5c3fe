// Included by templates (for_each_variant.h): what rows and tiles need beside vectormath.h.

typedef uint32_t HEED_NAME(vu) __attribute__((ext_vector_type(LANES)));

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
