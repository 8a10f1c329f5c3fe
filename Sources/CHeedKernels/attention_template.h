// Attention forward, once for each variant (for_each_variant.h).
#include "lanes_template.h"
#include "attention_tiles_template.h"
#include "dropout_template.h"

/// Turns the products of a tile into weights, relative to each row's running maximum, and brings the running sums and
/// the rows of output that earlier tiles gave up to date. Each loop goes over all rows, so that no row waits for the
/// long chain of the one before it.
HEED_INLINE void HEED_NAME(softmax_tile)(
    const heed_attention_job *job, attention_tile tile, size_t first_query, size_t first_key, float *scores,
    float *maxima, float *sums, dropout_state *dropout, float *output, size_t output_stride) {
  float before[QUERY_TILE];
  const vf scale = v_set(job->scale);
  for (size_t r = 0; r < tile.queries; r++) {
    float *row = scores + r * KEY_TILE;
    const float *bias = attention_bias(job, first_query + r, first_key);
    const size_t visible = tile_visible(tile, r);
    vf largest = v_set(maxima[r]);
    size_t j = 0;
    for (; j + LANES <= visible; j += LANES) {
      const vf score = HEED_NAME(scores)(scale, v_load(row + j), bias, j, LANES);
      v_store(row + j, score);
      largest = v_max(largest, score);
    }
    if (j < visible) {
      const vf known = HEED_NAME(scores)(scale, v_load(row + j), bias, j, visible - j);
      const vf score = HEED_NAME(first_lanes)(visible - j) ? known : v_set(-INFINITY);
      v_store(row + j, score);
      largest = v_max(largest, score);
    }
    before[r] = maxima[r];
    maxima[r] = HEED_NAME(largest_lane)(largest);
    // Nothing is seen, unless there is a NaN among the −∞, which v_max passes over.
    if (maxima[r] == -INFINITY)
      for (j = 0; j < visible; j++)
        if (row[j] != row[j]) maxima[r] = NAN;
  }
  for (size_t r = 0; r < tile.queries; r++) {
    float *row = scores + r * KEY_TILE;
    const size_t visible = maxima[r] == -INFINITY ? 0 : tile_visible(tile, r);
    const vf maximum = v_set(maxima[r]);
    vf sum = v_set(0);
    size_t j = 0;
    for (; j < visible; j += LANES) {
      const vf weight = v_exp(v_load(row + j) - maximum);
      v_store(row + j, weight);
      sum += weight;
    }
    for (; j < tile.keys; j += LANES) v_store(row + j, v_set(0));
    if (first_key == 0) {
      sums[r] = v_sum(sum);
    } else if (visible > 0) {
      float shrink = 1;
      if (before[r] != maxima[r]) {
        shrink = v_exp(v_set(before[r]) - maximum)[0];
        float *out = output + r * output_stride;
        for (size_t k = 0; k < job->head_size; k++) out[k] *= shrink;
      }
      sums[r] = sums[r] * shrink + v_sum(sum);
    }
  }
  if (!dropout) return;
  for (size_t r = 0; r < tile.queries; r++) {
    const uint64_t start = (uint64_t)(first_query + r) * job->key_count + first_key;
    const size_t visible = tile_visible(tile, r);
    for (size_t j = 0; j < visible; j += LANES) {
      float *place = scores + r * KEY_TILE + j;
      v_store(place, v_load(place) * HEED_NAME(dropout_factors)(dropout, start + j));
    }
  }
}

static void HEED_NAME(heed_attention)(
    const heed_attention_job *job, float *output, size_t output_stride, float *log_sums) {
  _Alignas(64) float panels[KEY_TILE * DEPTH];
  _Alignas(64) float scores[QUERY_TILE * KEY_TILE];
  _Alignas(64) float value_tail[KEY_TILE * PANEL];
  float maxima[QUERY_TILE], sums[QUERY_TILE];
  const size_t columns = job->head_size;
  dropout_state dropout;
  if (job->dropout_probability > 0) dropout = dropout_begin(job->dropout_probability, job->dropout_seed);

  for (size_t first = 0; first < job->query_count; first += QUERY_TILE) {
    const size_t left = job->query_count - first;
    const size_t queries = left < QUERY_TILE ? left : QUERY_TILE;
    const size_t visible = attention_visible(job, first + queries - 1);
    float *out = output + first * output_stride;
    for (size_t r = 0; r < queries; r++) {
      maxima[r] = -INFINITY;
      sums[r] = 0;
    }
    for (size_t key = 0; key < visible; key += KEY_TILE) {
      const size_t keys = visible - key < KEY_TILE ? visible - key : KEY_TILE;
      const attention_tile tile = make_tile(job, first, queries, key, keys);
      HEED_NAME(tile_products)(
          tile, job->queries + first * job->query_stride, job->query_stride, job->keys + key * job->key_stride,
          job->key_stride, columns, panels, false, scores);
      HEED_NAME(softmax_tile)(
          job, tile, first, key, scores, maxima, sums, job->dropout_probability > 0 ? &dropout : NULL, out,
          output_stride);
      const HEED_NAME(operand) values = HEED_NAME(make_operand)(
          job->values + key * job->value_stride, job->value_stride, keys, columns, value_tail);
      for (size_t r = 0, rows; r < queries; r += rows) {
        rows = group_size(queries - r);
        HEED_NAME(group_product)(
            false, rows, scores + r * KEY_TILE, values, 0, columns, out + r * output_stride, output_stride,
            tile_visible(tile, r + rows - 1), key > 0);
      }
    }
    for (size_t r = 0; r < queries; r++) {
      // The test is not for equality with 0: a sum that is NaN must show.
      const bool seen = attention_visible(job, first + r) > 0 && maxima[r] != -INFINITY;
      const float factor = seen ? 1 / sums[r] : 0;
      float *row = out + r * output_stride;
      if (seen)
        for (size_t k = 0; k < columns; k++) row[k] *= factor;
      else
        for (size_t k = 0; k < columns; k++) row[k] = 0;
      if (log_sums) log_sums[first + r] = seen ? maxima[r] + logf(sums[r]) : -INFINITY;
    }
  }
}

static void HEED_NAME(heed_attention_weights)(
    const heed_attention_job *job, size_t first_query, size_t query_count, float *weights) {
  _Alignas(64) float panels[KEY_TILE * DEPTH];
  _Alignas(64) float scores[QUERY_TILE * KEY_TILE];
  for (size_t first = 0; first < query_count; first += QUERY_TILE) {
    const size_t queries = query_count - first < QUERY_TILE ? query_count - first : QUERY_TILE;
    const size_t query = first_query + first;
    for (size_t key = 0; key < job->key_count; key += KEY_TILE) {
      const size_t keys = job->key_count - key < KEY_TILE ? job->key_count - key : KEY_TILE;
      const attention_tile tile = make_tile(job, query, queries, key, keys);
      HEED_NAME(tile_products)(
          tile, job->queries + query * job->query_stride, job->query_stride, job->keys + key * job->key_stride,
          job->key_stride, job->head_size, panels, false, scores);
      for (size_t r = 0; r < queries; r++) {
        const size_t visible = tile_visible(tile, r);
        const float *bias = attention_bias(job, query + r, key);
        float *row = weights + (first + r) * job->key_count + key;
        for (size_t j = 0; j < keys; j++)
          row[j] = j < visible ? job->scale * scores[r * KEY_TILE + j] + (bias ? bias[j] : 0) : -INFINITY;
      }
    }
  }
  heed_softmax_rows(weights, weights, query_count, job->key_count);
}

/// The scores of some queries for some keys from position `t` on, each sum as `dot` has it.
HEED_INLINE void HEED_NAME(gathered_scores)(
    const heed_gathered_job *job, size_t first_query, size_t t, const int queries, const int keys) {
  const size_t size = job->head_size;
  const float *query = job->queries + first_query * size, *key[keys];
  vf sums[queries][keys];
#pragma clang loop unroll(full)
  for (int j = 0; j < keys; j++) key[j] = job->keys + (size_t)job->rows[t + (size_t)j] * job->row_stride;
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++)
#pragma clang loop unroll(full)
    for (int j = 0; j < keys; j++) sums[q][j] = v_set(0);
  for (size_t k = 0; k < size; k += LANES) {
    const size_t part = size - k < LANES ? size - k : LANES;
    vf x[queries];
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) x[q] = HEED_NAME(load_up_to)(query + (size_t)q * size + k, part);
#pragma clang loop unroll(full)
    for (int j = 0; j < keys; j++) {
      const vf y = HEED_NAME(load_up_to)(key[j] + k, part);
#pragma clang loop unroll(full)
      for (int q = 0; q < queries; q++) sums[q][j] = v_fma(x[q], y, sums[q][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++)
#pragma clang loop unroll(full)
    for (int j = 0; j < keys; j++) {
      const size_t i = first_query + (size_t)q, position = t + (size_t)j;
      job->scratch[i * job->count + position] =
          job->scale * v_sum(sums[q][j]) + (job->bias ? job->bias[i * job->bias_stride + position] : 0);
    }
}

/// Some rows of the output, and of them `vectors` vectors of columns from `column` on: the weights of each, times values.
HEED_INLINE void HEED_NAME(gathered_values)(
    const heed_gathered_job *job, size_t first_query, size_t column, const int queries, const int vectors) {
  const float *weights = job->scratch + first_query * job->count;
  vf sums[queries][vectors];
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[q][v] = v_set(0);
  for (size_t t = 0; t < job->count; t++) {
    const float *row = job->values + (size_t)job->rows[t] * job->row_stride + column;
    vf weight[queries];
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) weight[q] = v_set(weights[(size_t)q * job->count + t]);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const vf line = v_load(row + v * LANES);
#pragma clang loop unroll(full)
      for (int q = 0; q < queries; q++) sums[q][v] = v_fma(weight[q], line, sums[q][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int q = 0; q < queries; q++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      v_store(job->output + (first_query + (size_t)q) * job->head_size + column + (size_t)(v * LANES), sums[q][v]);
}

static void HEED_NAME(heed_attention_gathered)(const heed_gathered_job *job) {
  const size_t count = job->count, size = job->head_size;
  // As many queries, keys and columns at once as there are registers for sums; a sum is the same in any of these forms.
  enum { group = 3, group_keys = 3, single_keys = 6, narrow = 4, wide = 8 };
  // The rows lie apart from each other, so that no prefetcher of the processor follows them.
  enum { ahead = 12, line = 16 };
  const size_t most_keys = job->query_count >= group ? group_keys : single_keys;
  for (size_t t = 0, keys; t < count; t += keys) {
    keys = count - t >= most_keys ? most_keys : 1;
    for (size_t j = t + ahead; j < t + ahead + keys && j < count; j++)
      for (size_t k = 0; k < size; k += line)
        __builtin_prefetch(job->keys + (size_t)job->rows[j] * job->row_stride + k);
    for (size_t q = 0, step; q < job->query_count; q += step) {
      step = job->query_count - q >= group ? group : 1;
      if (step == group && keys == group_keys)
        HEED_NAME(gathered_scores)(job, q, t, group, group_keys);
      else if (step == group)
        HEED_NAME(gathered_scores)(job, q, t, group, 1);
      else if (keys == single_keys)
        HEED_NAME(gathered_scores)(job, q, t, 1, single_keys);
      else if (keys == group_keys)
        HEED_NAME(gathered_scores)(job, q, t, 1, group_keys);
      else
        HEED_NAME(gathered_scores)(job, q, t, 1, 1);
    }
  }
  heed_softmax_rows(job->scratch, job->scratch, job->query_count, count);
  for (size_t q = 0; q < job->query_count;) {
    const bool together = job->query_count - q >= group;
    const size_t block = (size_t)(together ? narrow : wide) * LANES;
    size_t column = 0;
    for (; column + block <= size; column += block) {
      if (together)
        HEED_NAME(gathered_values)(job, q, column, group, narrow);
      else
        HEED_NAME(gathered_values)(job, q, column, 1, wide);
    }
    const size_t end = q + (together ? group : 1);
    for (; column < size; column += LANES) {
      const size_t part = size - column < LANES ? size - column : LANES;
      for (size_t i = q; i < end; i++) {
        vf sum = v_set(0);
        for (size_t t = 0; t < count; t++) {
          const float *row = job->values + (size_t)job->rows[t] * job->row_stride + column;
          sum = v_fma(v_set(job->scratch[i * count + t]), HEED_NAME(load_up_to)(row, part), sum);
        }
        HEED_NAME(store_up_to)(job->output + i * size + column, part, sum);
      }
    }
    q = end;
  }
}
