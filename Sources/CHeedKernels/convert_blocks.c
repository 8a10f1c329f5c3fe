#include <string.h>

#include "internal_quantized.h"

#define HEED_TEMPLATE "convert_blocks_template.h"
#include "for_each_variant.h"

void heed_dequantize_blocks(heed_block_format format, const void *x, float *y, size_t block_count) {
  const uint8_t *blocks = x;
  switch (format) {
    case HEED_BLOCKS_Q4_0:
      HEED_DISPATCH(dequantize_q4_0, blocks, y, block_count)
    case HEED_BLOCKS_Q4_1:
      HEED_DISPATCH(dequantize_q4_1, blocks, y, block_count)
    case HEED_BLOCKS_Q5_0:
      HEED_DISPATCH(dequantize_q5_0, blocks, y, block_count)
    case HEED_BLOCKS_Q5_1:
      HEED_DISPATCH(dequantize_q5_1, blocks, y, block_count)
    case HEED_BLOCKS_Q8_0:
      HEED_DISPATCH(dequantize_q8_0, blocks, y, block_count)
    case HEED_BLOCKS_Q4_K:
      HEED_DISPATCH(dequantize_q4_k, blocks, y, block_count)
    case HEED_BLOCKS_Q5_K:
      HEED_DISPATCH(dequantize_q5_k, blocks, y, block_count)
    case HEED_BLOCKS_Q6_K:
      HEED_DISPATCH(dequantize_q6_k, blocks, y, block_count)
  }
}

void heed_quantize_q4_1(const float *x, void *y, size_t block_count) {
  uint8_t *block = y;
  for (size_t b = 0; b < block_count; b++, x += HEED_BLOCK, block += 20) {
    float smallest = x[0], largest = x[0], zero = 0;
    for (int i = 0; i < HEED_BLOCK; i++) {
      if (x[i] < smallest) smallest = x[i];
      if (x[i] > largest) largest = x[i];
      zero += x[i] - x[i];  // NaN if any is not finite
    }
    const float ends[2] = {(largest - smallest) / 15, smallest};
    uint16_t halves[2];
    float stored[2];
    heed_float_to_half(ends, halves, 2);
    heed_half_to_float(halves, stored, 2);
    if (!(zero + (stored[0] - stored[0]) + (stored[1] - stored[1]) == 0)) {
      // What cannot be held becomes NaN as a whole, which whoever computes with it will notice.
      halves[0] = halves[1] = 0x7e00;
      stored[0] = 0;
    }
    memcpy(block, halves, sizeof halves);  // little-endian, as all systems are that Heed is for
    for (int i = 0; i < HEED_BLOCK; i++) {
      // What the scale and minimum are after rounding is what the weights will be multiplied by.
      float q = stored[0] > 0 ? (x[i] - stored[1]) / stored[0] : 0;
      q = q > 15 ? 15 : q > 0 ? q : 0;
      const uint8_t bits = (uint8_t)(q + 0.5f);
      uint8_t *place = block + 4 + i % 16;
      *place = i < 16 ? bits : (uint8_t)(*place | bits << 4);
    }
  }
}
