// The optimiser, once for each variant (for_each_variant.h).
#include "lanes_template.h"

typedef struct {
  vf gradient_scale, beta2, complement1, complement2, decay, step, correction, epsilon;
} HEED_NAME(adam_factors);

/// m is moved towards the gradient (torch's lerp), v is decayed and added to.
HEED_INLINE void HEED_NAME(adam_vector)(
    const HEED_NAME(adam_factors) *factors, vf gradient, vf *values, vf *m, vf *v) {
  const vf g = factors->gradient_scale * gradient;
  *m = v_fma(factors->complement1, g - *m, *m);
  *v = v_fma(factors->complement2 * g, g, factors->beta2 * *v);
  const vf root = __builtin_elementwise_sqrt(*v) / factors->correction + factors->epsilon;
  *values = factors->decay * *values - factors->step * (*m / root);
}

static void HEED_NAME(heed_adam)(
    const heed_adam_settings *settings, const float *gradients, float *values, float *m, float *v, size_t count) {
  const HEED_NAME(adam_factors) factors = {
      .gradient_scale = v_set(settings->gradient_scale),
      .beta2 = v_set((float)settings->beta2),
      .complement1 = v_set((float)(1 - settings->beta1)),
      .complement2 = v_set((float)(1 - settings->beta2)),
      .decay = v_set((float)(1 - (double)settings->learning_rate * (double)settings->weight_decay)),
      .step = v_set((float)((double)settings->learning_rate / (double)settings->correction1)),
      .correction = v_set((float)sqrt((double)settings->correction2)),
      .epsilon = v_set(settings->epsilon),
  };
  FOR_EACH_VECTOR(0, count, {
    vf value = LOAD(values + j), mean = LOAD(m + j), square = LOAD(v + j);
    HEED_NAME(adam_vector)(&factors, LOAD(gradients + j), &value, &mean, &square);
    STORE(values + j, value);
    STORE(m + j, mean);
    STORE(v + j, square);
  });
}

static void HEED_NAME(heed_moving_average)(float decay, const float *x, float *y, size_t count) {
  const vf keep = v_set(decay), take = v_set((float)(1 - (double)decay));
  FOR_EACH_VECTOR(0, count, { STORE(y + j, v_fma(keep, LOAD(y + j), take * LOAD(x + j))); });
}
