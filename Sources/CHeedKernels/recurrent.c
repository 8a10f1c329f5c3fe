#include <string.h>

#include "dispatch.h"
#include "loops.h"

#define HEED_TEMPLATE "recurrent_template.h"
#include "for_each_variant.h"

void heed_lstm_row(
    const float *inputs, const float *recurrent, const float *previous_cell, float *gates, float *hidden,
    float *cell, size_t size) {
  HEED_DISPATCH(heed_lstm_row, inputs, recurrent, previous_cell, gates, hidden, cell, size)
}

void heed_lstm_gradient_row(
    const float *gates, const float *cell, const float *previous_cell, const float *d_hidden, float *d_cell,
    float *d_inputs, size_t size) {
  HEED_DISPATCH(heed_lstm_gradient_row, gates, cell, previous_cell, d_hidden, d_cell, d_inputs, size)
}

void heed_gru_row(
    const float *inputs, const float *recurrent, const float *previous_hidden, float *gates, float *hidden,
    size_t size) {
  HEED_DISPATCH(heed_gru_row, inputs, recurrent, previous_hidden, gates, hidden, size)
}

void heed_gru_gradient_row(
    const float *gates, const float *previous_hidden, const float *d_hidden, float *d_previous, float *d_inputs,
    float *d_recurrent, size_t size) {
  HEED_DISPATCH(
      heed_gru_gradient_row, gates, previous_hidden, d_hidden, d_previous, d_inputs, d_recurrent, size)
}

void heed_gated_linear_unit(const float *x, float *y, size_t rows, size_t width) {
  HEED_DISPATCH(heed_gated_linear_unit, x, y, rows, width)
}

void heed_gated_linear_unit_gradient(const float *x, const float *dy, float *dx, size_t rows, size_t width) {
  HEED_DISPATCH(heed_gated_linear_unit_gradient, x, dy, dx, rows, width)
}

void heed_additive_scores(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    float *scores) {
  HEED_DISPATCH(heed_additive_scores, query, keys, key_stride, key_count, vector, size, scores)
}

void heed_additive_scores_gradient(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    const float *d_scores, float *d_query, float *d_keys, float *d_vector) {
  HEED_DISPATCH(
      heed_additive_scores_gradient, query, keys, key_stride, key_count, vector, size, d_scores, d_query, d_keys,
      d_vector)
}

void heed_row_products(const float *x, const float *rows, size_t stride, size_t count, size_t size, float *y) {
  HEED_DISPATCH(heed_row_products, x, rows, stride, count, size, y)
}
