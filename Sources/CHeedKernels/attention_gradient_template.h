// Attention backward, once for each variant (for_each_variant.h).
#include "lanes_template.h"
#include "attention_tiles_template.h"
#include "dropout_template.h"

/// With P the weights, K the dropout factors (0 or 1 / (1 − probability)) and D_i = Σ dO_i ⊙ O_i: turns the products of
/// a tile into P ⊙ K, and dO·Vᵀ into the gradient of the products, scale · P ⊙ (dO·Vᵀ ⊙ K − D). That of the bias lacks
/// the scale; it is added up by distance.
HEED_INLINE void HEED_NAME(gradient_tile)(
    const heed_attention_job *job, attention_tile tile, size_t first_query, size_t first_key, const float *log_sums,
    const float *dots, dropout_state *dropout, float *scores, float *d_scores, float *d_bias) {
  const vf scale = v_set(job->scale);
  for (size_t r = 0; r < tile.queries; r++) {
    float *row = scores + r * KEY_TILE, *d_row = d_scores + r * KEY_TILE;
    const vf log_sum = v_set(log_sums[first_query + r]), dot = v_set(dots[r]);
    const size_t visible = log_sum[0] == -INFINITY ? 0 : tile_visible(tile, r);
    const float *bias = attention_bias(job, first_query + r, first_key);
    float *d_bias_row = d_bias ? d_bias + attention_distance(job, first_query + r, first_key) : NULL;
    size_t j = 0;
    for (; j < visible; j += LANES) {
      const vi seen = HEED_NAME(first_lanes)(visible - j);
      const vf score = HEED_NAME(scores)(scale, v_load(row + j), bias, j, visible - j);
      const vf weight = seen ? v_exp(score - log_sum) : v_set(0);
      const vf d_weight = seen ? v_load(d_row + j) : v_set(0);
      vf factors = v_set(1);
      if (dropout)
        factors = HEED_NAME(dropout_factors)(
            dropout, (uint64_t)(first_query + r) * job->key_count + first_key + j);
      v_store(row + j, weight * factors);
      v_store(d_row + j, scale * weight * (d_weight * factors - dot));
      if (d_bias_row) {
        const vf before = HEED_NAME(load_up_to)(d_bias_row + j, visible - j);
        const vf slope = weight * (d_weight * factors - dot);
        HEED_NAME(store_up_to)(d_bias_row + j, visible - j, before + slope);
      }
    }
    for (; j < tile.keys; j += LANES) {
      v_store(row + j, v_set(0));
      v_store(d_row + j, v_set(0));
    }
  }
}

static void HEED_NAME(heed_attention_gradient)(
    const heed_attention_job *job, const float *output, const float *d_output, size_t output_stride,
    const float *log_sums, float *d_queries, float *d_keys, float *d_values, float *d_bias) {
  _Alignas(64) float key_panels[KEY_TILE * DEPTH], value_panels[KEY_TILE * DEPTH];
  _Alignas(64) float scores[QUERY_TILE * KEY_TILE], d_scores[QUERY_TILE * KEY_TILE];
  _Alignas(64) float key_tail[KEY_TILE * PANEL], query_tail[QUERY_TILE * PANEL], output_tail[QUERY_TILE * PANEL];
  float dots[QUERY_TILE];
  const size_t columns = job->head_size;
  dropout_state dropout;
  if (job->dropout_probability > 0) dropout = dropout_begin(job->dropout_probability, job->dropout_seed);

  for (size_t key = 0; key < job->key_count; key += KEY_TILE) {
    const size_t keys = job->key_count - key < KEY_TILE ? job->key_count - key : KEY_TILE;
    const float *tile_keys = job->keys + key * job->key_stride;
    const HEED_NAME(operand) key_rows =
        HEED_NAME(make_operand)(tile_keys, job->key_stride, keys, columns, key_tail);
    bool packed = false;
    for (size_t first = 0; first < job->query_count; first += QUERY_TILE) {
      const size_t left = job->query_count - first;
      const size_t queries = left < QUERY_TILE ? left : QUERY_TILE;
      const attention_tile tile = make_tile(job, first, queries, key, keys);
      if (tile_visible(tile, queries - 1) == 0) continue;
      const float *tile_queries = job->queries + first * job->query_stride;
      const float *d_out = d_output + first * output_stride;
      for (size_t r = 0; r < queries; r++) {
        const float *out = output + (first + r) * output_stride;
        dots[r] = v_sum(HEED_NAME(dot)(d_out + r * output_stride, out, columns));
      }
      HEED_NAME(tile_products)(
          tile, tile_queries, job->query_stride, tile_keys, job->key_stride, columns, key_panels, packed, scores);
      HEED_NAME(tile_products)(
          tile, d_out, output_stride, job->values + key * job->value_stride, job->value_stride, columns,
          value_panels, packed, d_scores);
      packed = true;
      HEED_NAME(gradient_tile)(
          job, tile, first, key, log_sums, dots, job->dropout_probability > 0 ? &dropout : NULL, scores, d_scores,
          d_bias);

      const HEED_NAME(operand) query_rows =
          HEED_NAME(make_operand)(tile_queries, job->query_stride, queries, columns, query_tail);
      const HEED_NAME(operand) d_output_rows =
          HEED_NAME(make_operand)(d_out, output_stride, queries, columns, output_tail);
      for (size_t r = 0, rows; r < queries; r += rows) {
        rows = group_size(queries - r);
        HEED_NAME(group_product)(
            false, rows, d_scores + r * KEY_TILE, key_rows, 0, columns,
            d_queries + (first + r) * job->query_stride, job->query_stride, tile_visible(tile, r + rows - 1), true);
      }
      for (size_t j = 0, rows; j < keys; j += rows) {
        rows = group_size(keys - j);
        // The first query that sees the first key of the group; a later one sees the others.
        size_t start = 0;
        if (job->causal && (ptrdiff_t)j + 1 > tile.diagonal) start = (size_t)((ptrdiff_t)j + 1 - tile.diagonal);
        if (start >= queries) break;
        const float *weights = scores + start * KEY_TILE + j, *d_weights = d_scores + start * KEY_TILE + j;
        HEED_NAME(group_product)(
            true, rows, weights, d_output_rows, start, columns, d_values + (key + j) * job->value_stride,
            job->value_stride, queries - start, true);
        HEED_NAME(group_product)(
            true, rows, d_weights, query_rows, start, columns, d_keys + (key + j) * job->key_stride,
            job->key_stride, queries - start, true);
      }
    }
  }
}
