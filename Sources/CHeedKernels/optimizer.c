#include <math.h>

#include "dispatch.h"
#include "loops.h"

#define HEED_TEMPLATE "optimizer_template.h"
#include "for_each_variant.h"

void heed_adam(
    const heed_adam_settings *settings, const float *gradients, float *values, float *m, float *v, size_t count) {
  HEED_DISPATCH(heed_adam, settings, gradients, values, m, v, count)
}

void heed_moving_average(float decay, const float *x, float *y, size_t count) {
  HEED_DISPATCH(heed_moving_average, decay, x, y, count)
}
