#include <math.h>

#include "attention_tiles.h"

#define HEED_TEMPLATE "attention_template.h"
#include "for_each_variant.h"

void heed_attention(const heed_attention_job *job, float *output, size_t output_stride, float *log_sums) {
  HEED_DISPATCH(heed_attention, job, output, output_stride, log_sums)
}

void heed_attention_weights(
    const heed_attention_job *job, size_t first_query, size_t queries, float *weights) {
  HEED_DISPATCH(heed_attention_weights, job, first_query, queries, weights)
}

void heed_attention_gathered(
    const float *query, const float *keys, const float *values, size_t row_stride, const int32_t *rows, size_t count,
    size_t head_size, float scale, const float *bias, float *output, float *scratch) {
  HEED_DISPATCH(
      heed_attention_gathered, query, keys, values, row_stride, rows, count, head_size, scale, bias, output, scratch)
}
