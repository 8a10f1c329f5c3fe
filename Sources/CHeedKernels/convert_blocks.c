#include <string.h>

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
