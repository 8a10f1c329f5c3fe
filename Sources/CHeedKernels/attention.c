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

void heed_attention_gathered(const heed_gathered_job *job) { HEED_DISPATCH(heed_attention_gathered, job) }
