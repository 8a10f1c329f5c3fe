#include <string.h>

#include "dispatch.h"
#include "dropout.h"
#include "loops.h"

#define HEED_TEMPLATE "elementwise_template.h"
#include "for_each_variant.h"

void heed_add(const float *a, const float *b, float *y, size_t count) { HEED_DISPATCH(heed_add, a, b, y, count) }

void heed_multiply(const float *a, const float *b, float *y, size_t count) {
  HEED_DISPATCH(heed_multiply, a, b, y, count)
}

void heed_scale(float factor, const float *x, float *y, size_t count) {
  HEED_DISPATCH(heed_scale, factor, x, y, count)
}

void heed_scaled_add(float factor, const float *x, float *y, size_t count) {
  HEED_DISPATCH(heed_scaled_add, factor, x, y, count)
}

void heed_activate(heed_activation activation, const float *x, float *y, size_t count) {
  HEED_DISPATCH(heed_activate, activation, x, y, count)
}

void heed_activation_gradient(
    heed_activation activation, const float *x, const float *gradient, float *y, size_t count) {
  HEED_DISPATCH(heed_activation_gradient, activation, x, gradient, y, count)
}

void heed_gated_activation(heed_activation activation, const float *x, float *y, size_t rows, size_t width) {
  HEED_DISPATCH(heed_gated_activation, activation, x, y, rows, width)
}

void heed_gated_activation_gradient(
    heed_activation activation, const float *x, const float *dy, float *dx, size_t rows, size_t width) {
  HEED_DISPATCH(heed_gated_activation_gradient, activation, x, dy, dx, rows, width)
}

double heed_sum(const float *x, size_t count) { HEED_DISPATCH(heed_sum, x, count) }

double heed_sum_of_squares(const float *x, size_t count) { HEED_DISPATCH(heed_sum_of_squares, x, count) }

void heed_add_column_sums(const float *x, size_t stride, size_t rows, size_t columns, float *y) {
  HEED_DISPATCH(heed_add_column_sums, x, stride, rows, columns, y)
}

void heed_dropout(const float *x, float *y, size_t count, float probability, uint64_t seed, uint64_t first) {
  HEED_DISPATCH(heed_dropout, x, y, count, probability, seed, first)
}
