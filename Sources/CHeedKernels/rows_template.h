// Functions of rows, once for each variant (for_each_variant.h).
//
// A sum over a row is kept in CHAINS vectors: column j belongs to lane j % LANES of chain j / LANES % CHAINS, and the
// chains and lanes are added by halves. So the sum depends on the row and its length alone.
#include "lanes_template.h"
#include "dropout_template.h"

HEED_INLINE float HEED_NAME(sum_chains)(const vf *chains) {
  return v_sum((chains[0] + chains[1]) + (chains[2] + chains[3]));
}

HEED_INLINE float HEED_NAME(row_maximum)(const float *x, size_t columns) {
  vf largest[CHAINS];
  for (int chain = 0; chain < CHAINS; chain++) largest[chain] = v_set(-INFINITY);
  FOR_EACH_CHAINED(0, columns, { largest[chain] = v_max(largest[chain], WITHIN(LOAD(x + j), -INFINITY)); });
  return HEED_NAME(largest_lane)(v_max(v_max(largest[0], largest[1]), v_max(largest[2], largest[3])));
}

/// Σ exp(x − maximum), by blocks that are added in double precision; the terms go to `y` if it is not NULL.
HEED_INLINE double HEED_NAME(row_exponentials)(const float *x, float maximum, float *y, size_t columns) {
  double total = 0;
  for (size_t first = 0; first < columns; first += SUM_BLOCK) {
    const size_t end = columns - first < SUM_BLOCK ? columns : first + SUM_BLOCK;
    vf sums[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    FOR_EACH_CHAINED(first, end, {
      const vf term = WITHIN(v_exp(LOAD(x + j) - v_set(maximum)), 0);
      sums[chain] += term;
      if (y) STORE(y + j, term);
    });
    total += (double)HEED_NAME(sum_chains)(sums);
  }
  return total;
}

static void HEED_NAME(heed_softmax_rows)(const float *x, float *y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    const float maximum = HEED_NAME(row_maximum)(x, columns);
    if (maximum == -INFINITY && columns > 0) {
      // Zeros, unless there is a NaN among the −∞, which v_max passes over.
      FOR_EACH_VECTOR(0, columns, { STORE(y + j, LOAD(x + j) == v_set(-INFINITY) ? v_set(0) : v_set(NAN)); });
      continue;
    }
    const vf factor = v_set((float)(1 / HEED_NAME(row_exponentials)(x, maximum, y, columns)));
    FOR_EACH_VECTOR(0, columns, { STORE(y + j, factor * LOAD(y + j)); });
  }
}

static void HEED_NAME(heed_log_softmax_rows)(const float *x, float *y, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    const float maximum = HEED_NAME(row_maximum)(x, columns);
    const vf log_sum = v_set((float)log(HEED_NAME(row_exponentials)(x, maximum, NULL, columns)));
    FOR_EACH_VECTOR(0, columns, { STORE(y + j, (LOAD(x + j) - v_set(maximum)) - log_sum); });
  }
}

static float HEED_NAME(heed_log_sum_exp)(const float *x, size_t count) {
  const float maximum = HEED_NAME(row_maximum)(x, count);
  return maximum + (float)log(HEED_NAME(row_exponentials)(x, maximum, NULL, count));
}

static void HEED_NAME(heed_softmax_gradient_rows)(
    const float *y, const float *dy, float *dx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
    vf sums[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    FOR_EACH_CHAINED(0, columns, { sums[chain] = v_fma(LOAD(y + j), LOAD(dy + j), sums[chain]); });
    const vf dot = v_set(HEED_NAME(sum_chains)(sums));
    FOR_EACH_VECTOR(0, columns, { STORE(dx + j, LOAD(y + j) * (LOAD(dy + j) - dot)); });
  }
}

// MARK: Norms

static void HEED_NAME(heed_norm_rows)(const heed_norm_job *job, size_t first_row, size_t rows) {
  const size_t columns = job->columns;
  const bool drops = job->x && job->dropout_probability > 0;
  dropout_state dropout = dropout_begin(drops ? job->dropout_probability : 0, job->dropout_seed);
  for (size_t row = first_row; row < first_row + rows; row++) {
    const size_t start = row * columns;
    float *y = job->y + start;
    const float *source = job->residual + start;
    vf sums[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    if (job->x) {
      // A sum that is not wanted waits in y.
      const float *residual = source, *x = job->x + start;
      float *kept = job->sum ? job->sum + start : y;
      if (drops)
        FOR_EACH_CHAINED(0, columns, {
          const vf factors = HEED_NAME(dropout_factors)(&dropout, (uint64_t)start + j);
          const vf value = LOAD(residual + j) + (factors != v_set(0) ? factors * LOAD(x + j) : v_set(0));
          STORE(kept + j, value);
          sums[chain] += value;
        });
      else
        FOR_EACH_CHAINED(0, columns, {
          const vf value = LOAD(residual + j) + LOAD(x + j);
          STORE(kept + j, value);
          sums[chain] += value;
        });
      source = kept;
    } else {
      FOR_EACH_CHAINED(0, columns, { sums[chain] += LOAD(source + j); });
      if (job->sum) memcpy(job->sum + start, source, columns * sizeof *source);
    }

    const float mean = job->root_mean_square ? 0 : HEED_NAME(sum_chains)(sums) / (float)columns;
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    FOR_EACH_CHAINED(0, columns, {
      const vf centred = WITHIN(LOAD(source + j) - v_set(mean), 0);
      sums[chain] = v_fma(centred, centred, sums[chain]);
    });
    const float inverse = 1 / sqrtf(HEED_NAME(sum_chains)(sums) / (float)columns + job->epsilon);
    if (job->means) job->means[row] = mean;
    if (job->inverse_deviations) job->inverse_deviations[row] = inverse;
    if (job->bias)
      FOR_EACH_VECTOR(0, columns, {
        const vf normalised = (LOAD(source + j) - v_set(mean)) * v_set(inverse);
        STORE(y + j, v_fma(LOAD(job->gain + j), normalised, LOAD(job->bias + j)));
      });
    else
      FOR_EACH_VECTOR(0, columns, {
        const vf normalised = (LOAD(source + j) - v_set(mean)) * v_set(inverse);
        STORE(y + j, LOAD(job->gain + j) * normalised);
      });
  }
}

/// With n the normalised row and g = dy ⊙ gain: d_sum = inverse deviation · (g − mean g − n · mean(g ⊙ n)); the mean
/// of g stays out where no mean was subtracted.
static void HEED_NAME(heed_norm_gradient_rows)(
    const heed_norm_gradient_job *job, size_t first_row, size_t rows, float *d_gain, float *d_bias) {
  const size_t columns = job->columns;
  const bool drops = job->dx && job->dropout_probability > 0;
  dropout_state dropout = dropout_begin(drops ? job->dropout_probability : 0, job->dropout_seed);
  for (size_t row = first_row; row < first_row + rows; row++) {
    const size_t start = row * columns;
    const float *sum = job->sum + start, *dy = job->dy + start;
    const vf mean = v_set(job->root_mean_square ? 0 : job->means[row]);
    const vf inverse = v_set(job->inverse_deviations[row]);
    vf sums[CHAINS], products[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = products[chain] = v_set(0);
    FOR_EACH_CHAINED(0, columns, {
      const vf normalised = WITHIN((LOAD(sum + j) - mean) * inverse, 0);
      const vf gradient = LOAD(dy + j);
      const vf scaled = gradient * LOAD(job->gain + j);
      sums[chain] += scaled;
      products[chain] = v_fma(scaled, normalised, products[chain]);
      STORE(d_gain + j, v_fma(gradient, normalised, LOAD(d_gain + j)));
      if (d_bias) STORE(d_bias + j, LOAD(d_bias + j) + gradient);
    });
    const float mean_scaled = job->root_mean_square ? 0 : HEED_NAME(sum_chains)(sums) / (float)columns;
    const vf mean_product = v_set(HEED_NAME(sum_chains)(products) / (float)columns);
    float *d_residual = job->d_residual + start;
    float *dx = job->dx ? job->dx + start : NULL;
    FOR_EACH_VECTOR(0, columns, {
      const vf normalised = (LOAD(sum + j) - mean) * inverse;
      const vf centred = LOAD(dy + j) * LOAD(job->gain + j) - v_set(mean_scaled);
      const vf d_sum = inverse * v_fma(-normalised, mean_product, centred);
      STORE(d_residual + j, d_sum);
      if (drops) {
        const vf factors = HEED_NAME(dropout_factors)(&dropout, (uint64_t)start + j);
        STORE(dx + j, factors != v_set(0) ? factors * d_sum : v_set(0));
      } else if (dx) {
        STORE(dx + j, d_sum);
      }
    });
  }
}

// MARK: Unit length

/// Σ a ⊙ b, by blocks that are added in double precision.
HEED_INLINE double HEED_NAME(row_dot)(const float *a, const float *b, size_t columns) {
  double total = 0;
  for (size_t first = 0; first < columns; first += SUM_BLOCK) {
    const size_t end = columns - first < SUM_BLOCK ? columns : first + SUM_BLOCK;
    vf sums[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    FOR_EACH_CHAINED(first, end, { sums[chain] = v_fma(LOAD(a + j), LOAD(b + j), sums[chain]); });
    total += (double)HEED_NAME(sum_chains)(sums);
  }
  return total;
}

static void HEED_NAME(heed_unit_rows)(
    const float *x, float *y, float *lengths, size_t rows, size_t columns, float epsilon) {
  for (size_t r = 0; r < rows; r++, x += columns, y += columns) {
    const float length = (float)sqrt(HEED_NAME(row_dot)(x, x, columns));
    // The test is turned so that NaN shows.
    const float divisor = length < epsilon ? epsilon : length;
    if (lengths) lengths[r] = length;
    FOR_EACH_VECTOR(0, columns, { STORE(y + j, LOAD(x + j) / v_set(divisor)); });
  }
}

static void HEED_NAME(heed_unit_gradient_rows)(
    const float *y, const float *lengths, const float *dy, float *dx, size_t rows, size_t columns, float epsilon) {
  for (size_t r = 0; r < rows; r++, y += columns, dy += columns, dx += columns) {
    const bool is_short = lengths[r] < epsilon;
    const vf divisor = v_set(is_short ? epsilon : lengths[r]);
    const vf along = v_set(is_short ? 0 : (float)-HEED_NAME(row_dot)(y, dy, columns));
    FOR_EACH_VECTOR(0, columns, { STORE(dx + j, v_fma(along, LOAD(y + j), LOAD(dy + j)) / divisor); });
  }
}

// MARK: Embedding

static void HEED_NAME(heed_embed)(
    const float *table, const int32_t *ids, float scale, const float *positions, const int32_t *position_ids,
    float *y, size_t tokens, size_t width, size_t first_column, size_t columns) {
  const vf factor = v_set(scale);
  for (size_t t = 0; t < tokens; t++) {
    const float *from = table + (size_t)ids[t] * width;
    float *to = y + t * width;
    const size_t end = first_column + columns;
    if (positions) {
      const float *position = positions + (size_t)position_ids[t] * width;
      FOR_EACH_VECTOR(first_column, end, {
        STORE(to + j, v_fma(factor, LOAD(from + j), LOAD(position + j)));
      });
    } else {
      FOR_EACH_VECTOR(first_column, end, { STORE(to + j, factor * LOAD(from + j)); });
    }
  }
}

static void HEED_NAME(heed_embed_gradient)(
    const float *dy, const int32_t *ids, float scale, float *d_table, size_t tokens, size_t width,
    size_t first_column, size_t columns) {
  const vf factor = v_set(scale);
  for (size_t t = 0; t < tokens; t++) {
    const float *from = dy + t * width;
    float *to = d_table + (size_t)ids[t] * width;
    FOR_EACH_VECTOR(
        first_column, first_column + columns, { STORE(to + j, v_fma(factor, LOAD(from + j), LOAD(to + j))); });
  }
}

// MARK: Loss

/// Σ x, by blocks that are added in double precision.
HEED_INLINE double HEED_NAME(row_sum)(const float *x, size_t columns) {
  double total = 0;
  for (size_t first = 0; first < columns; first += SUM_BLOCK) {
    const size_t end = columns - first < SUM_BLOCK ? columns : first + SUM_BLOCK;
    vf sums[CHAINS];
    for (int chain = 0; chain < CHAINS; chain++) sums[chain] = v_set(0);
    FOR_EACH_CHAINED(first, end, { sums[chain] += LOAD(x + j); });
    total += (double)HEED_NAME(sum_chains)(sums);
  }
  return total;
}

static void HEED_NAME(heed_cross_entropy_rows)(
    float *logits, size_t rows, size_t columns, const int32_t *labels, float smoothing, float gradient_scale,
    float *losses, float *negative_log_likelihoods) {
  for (size_t r = 0; r < rows; r++) {
    float *row = logits + r * columns;
    if (labels[r] < 0) {
      losses[r] = 0;
      if (negative_log_likelihoods) negative_log_likelihoods[r] = 0;
      if (gradient_scale != 0) memset(row, 0, columns * sizeof *row);
      continue;
    }
    const size_t label = (size_t)labels[r];
    const double at_label = (double)row[label];
    const float maximum = HEED_NAME(row_maximum)(row, columns);
    const double mean = smoothing > 0 ? HEED_NAME(row_sum)(row, columns) / (double)columns : 0;
    const bool wants_gradient = gradient_scale != 0;
    const double sum = HEED_NAME(row_exponentials)(row, maximum, wants_gradient ? row : NULL, columns);
    const double log_sum = (double)maximum + log(sum);
    const double likelihood = log_sum - at_label;
    double loss = likelihood;
    if (smoothing > 0) loss = (1 - (double)smoothing) * likelihood + (double)smoothing * (log_sum - mean);
    losses[r] = (float)loss;
    if (negative_log_likelihoods) negative_log_likelihoods[r] = (float)likelihood;
    if (!wants_gradient) continue;
    const vf factor = v_set((float)((double)gradient_scale / sum));
    const double everywhere = (double)gradient_scale * (double)smoothing / (double)columns;
    const vf less = v_set((float)-everywhere);
    // The label's element on its own: p − target loses digits if it is rounded in between.
    const double probability = (double)row[label] / sum;
    FOR_EACH_VECTOR(0, columns, { STORE(row + j, v_fma(factor, LOAD(row + j), less)); });
    row[label] = (float)((double)gradient_scale * (probability - (1 - (double)smoothing)) - everywhere);
  }
}
