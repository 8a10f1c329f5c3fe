// Positions as rotations and as biases, once for each variant (for_each_variant.h).
#include "lanes_template.h"

/// Turns the pairs (a[p], b[p]).
HEED_INLINE void HEED_NAME(rotate_halves)(
    const float *a, const float *b, const float *cosines, const float *sines, float sign, float *first,
    float *second, size_t pairs) {
  FOR_EACH_VECTOR(0, pairs, {
    const vf cosine = LOAD(cosines + j);
    const vf sine = v_set(sign) * LOAD(sines + j);
    const vf x = LOAD(a + j);
    const vf y = LOAD(b + j);
    STORE(first + j, v_fma(-y, sine, x * cosine));
    STORE(second + j, v_fma(x, sine, y * cosine));
  });
}

/// Turns the pairs (x[2 p], x[2 p + 1]).
HEED_INLINE void HEED_NAME(rotate_neighbours)(
    const float *from, const float *cosines, const float *sines, float sign, float *to, size_t pairs) {
  for (size_t p = 0; p < pairs; p += LANES) {
    const size_t part = pairs - p;
    const size_t next = 2 * part > LANES ? 2 * part - LANES : 0;  // floats in the second vector, or more
    const vf low = HEED_NAME(load_up_to)(from + 2 * p, 2 * part);
    const vf high = next > 0 ? HEED_NAME(load_up_to)(from + 2 * p + LANES, next) : v_set(0);
    const vf x = HEED_EVEN(low, high);
    const vf y = HEED_ODD(low, high);
    const vf cosine = HEED_NAME(load_up_to)(cosines + p, part);
    const vf sine = v_set(sign) * HEED_NAME(load_up_to)(sines + p, part);
    const vf first = v_fma(-y, sine, x * cosine);
    const vf second = v_fma(x, sine, y * cosine);
    HEED_NAME(store_up_to)(to + 2 * p, 2 * part, HEED_INTERLEAVE_LOW(first, second));
    if (next > 0) HEED_NAME(store_up_to)(to + 2 * p + LANES, next, HEED_INTERLEAVE_HIGH(first, second));
  }
}

static void HEED_NAME(heed_rotate_rows)(const heed_rotation_job *job, size_t first_row, size_t rows) {
  const size_t pairs = job->pairs, turned = job->head_count * job->head_size;
  const float sign = job->inverse ? -1 : 1;
  for (size_t row = first_row; row < first_row + rows; row++) {
    const float *x = job->x + row * job->columns;
    float *y = job->y + row * job->columns;
    const float *cosines = job->table + (size_t)job->positions[row] * 2 * pairs, *sines = cosines + pairs;
    for (size_t start = 0; start < turned; start += job->head_size) {
      const float *from = x + start;
      float *to = y + start;
      if (job->interleaved)
        HEED_NAME(rotate_neighbours)(from, cosines, sines, sign, to, pairs);
      else
        HEED_NAME(rotate_halves)(from, from + pairs, cosines, sines, sign, to, to + pairs, pairs);
      if (x != y) memcpy(to + 2 * pairs, from + 2 * pairs, (job->head_size - 2 * pairs) * sizeof *y);
    }
    if (x != y) memcpy(y + turned, x + turned, (job->columns - turned) * sizeof *y);
  }
}

static void HEED_NAME(heed_bucket_bias)(
    const float *table, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *y) {
  for (size_t d = 0; d < distances; d++) y[d] = table[(size_t)buckets[d] * heads + head];
}

static void HEED_NAME(heed_bucket_bias_gradient)(
    const float *dy, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *d_table) {
  for (size_t d = 0; d < distances; d++) d_table[(size_t)buckets[d] * heads + head] += dy[d];
}
