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

int32_t heed_quantized_limit(heed_quantized_form form, size_t inner) {
  const size_t products = form == HEED_QUANTIZED_INT8_ROWS ? inner : HEED_BLOCK;
  const size_t limit = products == 0 ? INT16_MAX : INT32_MAX / (128 * products);
  return limit < INT16_MAX ? (int32_t)limit : INT16_MAX;
}

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
