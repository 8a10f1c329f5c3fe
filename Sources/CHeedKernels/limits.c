#define HEED_TEMPLATE "limits_template.h"
#include "for_each_variant.h"

double heed_limit_multiply_adds(size_t rounds, float *sink) {
  HEED_DISPATCH(heed_limit_multiply_adds, rounds, sink)
}

void heed_limit_read(const float *values, size_t count, float *sink) {
  HEED_DISPATCH(heed_limit_read, values, count, sink)
}
