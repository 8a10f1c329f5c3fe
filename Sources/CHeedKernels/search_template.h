// One variant of heed_top_k, for for_each_variant.h.

/// The first index from `start` on whose value is above `threshold`, or `size`.
static size_t HEED_NAME(heed_next_above)(const float *values, size_t start, size_t size, float threshold) {
  enum { STEP = 4 * LANES };
  const vf bound = v_set(threshold);
  size_t i = start;
  for (; i + STEP <= size; i += STEP) {
    const vi above = (v_load(values + i) > bound) | (v_load(values + i + LANES) > bound) |
                     (v_load(values + i + 2 * LANES) > bound) | (v_load(values + i + 3 * LANES) > bound);
    if (v_any(above)) break;
  }
  while (i < size && !(values[i] > threshold)) i++;
  return i;
}
