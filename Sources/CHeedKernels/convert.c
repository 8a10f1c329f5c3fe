#include <float.h>
#include <string.h>

#define HEED_TEMPLATE "convert_template.h"
#include "for_each_variant.h"

void heed_bfloat16_to_float(const uint16_t *x, float *y, size_t count) {
  HEED_DISPATCH(bfloat16_to_float, x, y, count)
}
void heed_float_to_bfloat16(const float *x, uint16_t *y, size_t count) {
  HEED_DISPATCH(float_to_bfloat16, x, y, count)
}
void heed_half_to_float(const uint16_t *x, float *y, size_t count) { HEED_DISPATCH(half_to_float, x, y, count) }
void heed_float_to_half(const float *x, uint16_t *y, size_t count) { HEED_DISPATCH(float_to_half, x, y, count) }
void heed_quantize_int8_row(const float *x, int8_t *y, float *scale, size_t count) {
  HEED_DISPATCH(quantize_int8_row, x, y, scale, count)
}
void heed_dequantize_int8_row(const int8_t *x, float scale, float *y, size_t count) {
  HEED_DISPATCH(dequantize_int8_row, x, scale, y, count)
}
