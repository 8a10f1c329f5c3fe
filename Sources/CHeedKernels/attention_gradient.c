#include <math.h>

#include "attention_tiles.h"

#define HEED_TEMPLATE "attention_gradient_template.h"
#include "for_each_variant.h"

void heed_attention_gradient(
    const heed_attention_job *job, const float *output, const float *d_output, size_t output_stride,
    const float *log_sums, float *d_queries, float *d_keys, float *d_values, float *d_bias) {
  HEED_DISPATCH(
      heed_attention_gradient, job, output, d_output, output_stride, log_sums, d_queries, d_keys, d_values, d_bias)
}
