#include <math.h>
#include <string.h>

#include "dispatch.h"
#include "dropout.h"
#include "loops.h"

enum { SUM_BLOCK = 4096 };  // columns of a row that are summed in single precision

#define HEED_TEMPLATE "rows_template.h"
#include "for_each_variant.h"

void heed_softmax_rows(const float *x, float *y, size_t rows, size_t columns) {
  HEED_DISPATCH(heed_softmax_rows, x, y, rows, columns)
}

void heed_log_softmax_rows(const float *x, float *y, size_t rows, size_t columns) {
  HEED_DISPATCH(heed_log_softmax_rows, x, y, rows, columns)
}

float heed_log_sum_exp(const float *x, size_t count) { HEED_DISPATCH(heed_log_sum_exp, x, count) }

void heed_softmax_gradient_rows(const float *y, const float *dy, float *dx, size_t rows, size_t columns) {
  HEED_DISPATCH(heed_softmax_gradient_rows, y, dy, dx, rows, columns)
}

void heed_norm_rows(const heed_norm_job *job, size_t first_row, size_t rows) {
  HEED_DISPATCH(heed_norm_rows, job, first_row, rows)
}

void heed_norm_gradient_rows(
    const heed_norm_gradient_job *job, size_t first_row, size_t rows, float *d_gain, float *d_bias) {
  HEED_DISPATCH(heed_norm_gradient_rows, job, first_row, rows, d_gain, d_bias)
}

void heed_unit_rows(const float *x, float *y, float *lengths, size_t rows, size_t columns, float epsilon) {
  HEED_DISPATCH(heed_unit_rows, x, y, lengths, rows, columns, epsilon)
}

void heed_unit_gradient_rows(
    const float *y, const float *lengths, const float *dy, float *dx, size_t rows, size_t columns, float epsilon) {
  HEED_DISPATCH(heed_unit_gradient_rows, y, lengths, dy, dx, rows, columns, epsilon)
}

void heed_embed(
    const float *table, const int32_t *ids, float scale, const float *positions, const int32_t *position_ids,
    float *y, size_t tokens, size_t width, size_t first_column, size_t columns) {
  HEED_DISPATCH(heed_embed, table, ids, scale, positions, position_ids, y, tokens, width, first_column, columns)
}

void heed_embed_gradient(
    const float *dy, const int32_t *ids, float scale, float *d_table, size_t tokens, size_t width,
    size_t first_column, size_t columns) {
  HEED_DISPATCH(heed_embed_gradient, dy, ids, scale, d_table, tokens, width, first_column, columns)
}

void heed_cross_entropy_rows(
    float *logits, size_t rows, size_t columns, const int32_t *labels, float smoothing, float gradient_scale,
    float *losses, float *negative_log_likelihoods) {
  HEED_DISPATCH(
      heed_cross_entropy_rows, logits, rows, columns, labels, smoothing, gradient_scale, losses,
      negative_log_likelihoods)
}
