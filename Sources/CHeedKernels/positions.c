#include <string.h>

#include "dispatch.h"
#include "loops.h"

#define HEED_TEMPLATE "positions_template.h"
#include "for_each_variant.h"

void heed_rotate_rows(const heed_rotation_job *job, size_t first_row, size_t rows) {
  HEED_DISPATCH(heed_rotate_rows, job, first_row, rows)
}

void heed_bucket_bias(
    const float *table, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *y) {
  HEED_DISPATCH(heed_bucket_bias, table, heads, buckets, distances, head, y)
}

void heed_bucket_bias_gradient(
    const float *dy, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *d_table) {
  HEED_DISPATCH(heed_bucket_bias_gradient, dy, heads, buckets, distances, head, d_table)
}
