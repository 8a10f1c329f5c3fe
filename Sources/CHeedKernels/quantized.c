#include "internal_quantized.h"

size_t heed_quantized_panel_size(heed_quantized_form form, size_t inner) {
  switch (form) {
    case HEED_QUANTIZED_INT8_ROWS:
      return (inner + 1) / 2 * (2 * HEED_PANEL);
    case HEED_QUANTIZED_INT8_BLOCKS:  // scales, then a byte for each weight
      return inner / HEED_BLOCK * (2 * HEED_PANEL + HEED_BLOCK * HEED_PANEL);
    case HEED_QUANTIZED_INT4_BLOCKS:  // scales and minimums, then half a byte for each weight
      return inner / HEED_BLOCK * (4 * HEED_PANEL + HEED_BLOCK / 2 * HEED_PANEL);
  }
}

_Static_assert(
    (int64_t)128 * HEED_ACTIVATION_LIMIT * HEED_SEGMENT <= INT32_MAX, "a segment's sum of products fits 32 bits");

#define HEED_TEMPLATE "quantized_template.h"
#include "for_each_variant.h"

void heed_quantize_rows(
    const float *x, size_t x_stride, size_t rows, size_t inner, heed_quantized_form form, int16_t *y,
    size_t y_stride, float *scales, float *sums) {
  HEED_DISPATCH(quantize_rows, x, x_stride, rows, inner, form, y, y_stride, scales, sums)
}

void heed_quantized_matmul(const heed_quantized_job *job, size_t first_panel, size_t panel_count) {
  HEED_DISPATCH(quantized_matmul, job, first_panel, panel_count)
}
