// One variant of what measures the limits of a processor, for for_each_variant.h.

static double HEED_NAME(heed_limit_multiply_adds)(size_t rounds, float *sink) {
  // More sums than a multiply-add takes cycles, so that none waits for another.
  enum { sums = 12 };
  vf sum[sums];
  for (int i = 0; i < sums; i++) sum[i] = v_set((float)i);
  const vf factor = v_set(0.999f), addend = v_set(0.001f);
  for (size_t round = 0; round < rounds; round++)
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; i++) sum[i] = v_fma(sum[i], factor, addend);
  for (int i = 1; i < sums; i++) sum[0] += sum[i];
  *sink = v_sum(sum[0]);
  return 2.0 * sums * LANES * (double)rounds;
}

static void HEED_NAME(heed_limit_read)(const float *values, size_t count, float *sink) {
  // Several streams at once, as the panels of a product are, and no prefetches: that has been found to be the fastest.
  enum { streams = 4, vectors = 2, sums = streams * vectors };
  vf sum[sums];
  for (int i = 0; i < sums; i++) sum[i] = v_set(0);
  const size_t length = count / streams;
  for (size_t k = 0; k + vectors * LANES <= length; k += vectors * LANES) {
#pragma clang loop unroll(full)
    for (int i = 0; i < streams; i++) {
      const float *stream = values + (size_t)i * length + k;
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sum[i * vectors + j] += v_load(stream + (size_t)(j * LANES));
    }
  }
  for (int i = 1; i < sums; i++) sum[0] += sum[i];
  *sink = v_sum(sum[0]);
}
