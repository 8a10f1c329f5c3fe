// Elementwise functions and reductions, once for each variant (for_each_variant.h).
#include "lanes_template.h"
#include "dropout_template.h"

static void HEED_NAME(heed_add)(const float *a, const float *b, float *y, size_t count) {
  FOR_EACH_VECTOR(0, count, { STORE(y + j, LOAD(a + j) + LOAD(b + j)); });
}

static void HEED_NAME(heed_multiply)(const float *a, const float *b, float *y, size_t count) {
  FOR_EACH_VECTOR(0, count, { STORE(y + j, LOAD(a + j) * LOAD(b + j)); });
}

static void HEED_NAME(heed_scale)(float factor, const float *x, float *y, size_t count) {
  FOR_EACH_VECTOR(0, count, { STORE(y + j, v_set(factor) * LOAD(x + j)); });
}

static void HEED_NAME(heed_scaled_add)(float factor, const float *x, float *y, size_t count) {
  FOR_EACH_VECTOR(0, count, { STORE(y + j, v_fma(v_set(factor), LOAD(x + j), LOAD(y + j))); });
}

static void HEED_NAME(heed_activate)(heed_activation activation, const float *x, float *y, size_t count) {
#define ACTIVATE(kind)                                                     \
  case kind:                                                               \
    FOR_EACH_VECTOR(0, count, { STORE(y + j, v_activate(kind, LOAD(x + j))); }); \
    break;
  switch (activation) {
    ACTIVATE(HEED_ACTIVATION_RELU)
    ACTIVATE(HEED_ACTIVATION_GELU)
    ACTIVATE(HEED_ACTIVATION_GELU_TANH)
    ACTIVATE(HEED_ACTIVATION_SILU)
    ACTIVATE(HEED_ACTIVATION_TANH)
    default:
      if (x != y) memcpy(y, x, count * sizeof *y);
  }
#undef ACTIVATE
}

/// gradient · activation′(x).
HEED_INLINE vf HEED_NAME(activation_gradient)(heed_activation activation, vf x, vf gradient) {
  switch (activation) {
    case HEED_ACTIVATION_RELU:
      return x > v_set(0) ? gradient : v_set(0);
    case HEED_ACTIVATION_GELU: {
      // Φ(x) + x φ(x)
      const vf distribution = v_fma(v_set(0.5f), v_erf(x * v_set(0.70710678118654752f)), v_set(0.5f));
      const vf density = v_set(0.39894228040143268f) * v_exp(v_set(-0.5f) * x * x);
      return gradient * v_fma(x, density, distribution);
    }
    case HEED_ACTIVATION_GELU_TANH: {
      // x σ(2u) with u = √(2/π) (x + 0.044715 x³): σ + 2 x u′ σ (1 − σ). The polynomial is held where σ is 0 or 1,
      // lest ∞ · 0 appear.
      const vf near = v_max(v_set(-20), v_min(v_set(20), x));
      const vf square = near * near;
      const vf twice = v_set(1.5957691216057308f);
      const vf sigma = v_sigmoid(twice * near * v_fma(v_set(0.044715f), square, v_set(1)));
      const vf slope = twice * v_fma(v_set(0.134145f), square, v_set(1));
      return gradient * v_fma(near * slope, sigma * (v_set(1) - sigma), sigma);
    }
    case HEED_ACTIVATION_SILU: {
      const vf sigma = v_sigmoid(x);
      return gradient * (sigma * v_fma(x, v_set(1) - sigma, v_set(1)));
    }
    case HEED_ACTIVATION_TANH: {
      const vf y = v_tanh(x);
      return gradient * (v_set(1) - y) * (v_set(1) + y);
    }
    default:
      return gradient;
  }
}

static void HEED_NAME(heed_activation_gradient)(
    heed_activation activation, const float *x, const float *gradient, float *y, size_t count) {
#define ACTIVATION_GRADIENT(kind)                                                              \
  case kind:                                                                                   \
    FOR_EACH_VECTOR(0, count, {                                                                   \
      STORE(y + j, HEED_NAME(activation_gradient)(kind, LOAD(x + j), LOAD(gradient + j)));     \
    });                                                                                        \
    break;
  switch (activation) {
    ACTIVATION_GRADIENT(HEED_ACTIVATION_RELU)
    ACTIVATION_GRADIENT(HEED_ACTIVATION_GELU)
    ACTIVATION_GRADIENT(HEED_ACTIVATION_GELU_TANH)
    ACTIVATION_GRADIENT(HEED_ACTIVATION_SILU)
    ACTIVATION_GRADIENT(HEED_ACTIVATION_TANH)
    default:
      if (gradient != y) memcpy(y, gradient, count * sizeof *y);
  }
#undef ACTIVATION_GRADIENT
}

static void HEED_NAME(heed_gated_activation)(
    heed_activation activation, const float *x, float *y, size_t rows, size_t width) {
#define GATED(kind)                                                          \
  case kind:                                                                 \
    for (size_t r = 0; r < rows; r++) {                                      \
      const float *gate = x + r * 2 * width, *up = gate + width;             \
      float *row = y + r * width;                                            \
      FOR_EACH_VECTOR(                                                       \
          0, width, { STORE(row + j, v_activate(kind, LOAD(gate + j)) * LOAD(up + j)); }); \
    }                                                                        \
    break;
  switch (activation) {
    GATED(HEED_ACTIVATION_NONE)
    GATED(HEED_ACTIVATION_RELU)
    GATED(HEED_ACTIVATION_GELU)
    GATED(HEED_ACTIVATION_GELU_TANH)
    GATED(HEED_ACTIVATION_SILU)
    GATED(HEED_ACTIVATION_TANH)
  }
#undef GATED
}

static void HEED_NAME(heed_gated_activation_gradient)(
    heed_activation activation, const float *x, const float *dy, float *dx, size_t rows, size_t width) {
#define GATED_GRADIENT(kind)                                                                          \
  case kind:                                                                                          \
    for (size_t r = 0; r < rows; r++) {                                                               \
      const float *gate = x + r * 2 * width, *up = gate + width, *gradient = dy + r * width;          \
      float *d_gate = dx + r * 2 * width, *d_up = d_gate + width;                                     \
      FOR_EACH_VECTOR(0, width, {                                                                     \
        const vf input = LOAD(gate + j), slope = LOAD(gradient + j);                                  \
        STORE(d_gate + j, HEED_NAME(activation_gradient)(kind, input, slope * LOAD(up + j)));         \
        STORE(d_up + j, slope * v_activate(kind, input));                                             \
      });                                                                                             \
    }                                                                                                 \
    break;
  switch (activation) {
    GATED_GRADIENT(HEED_ACTIVATION_NONE)
    GATED_GRADIENT(HEED_ACTIVATION_RELU)
    GATED_GRADIENT(HEED_ACTIVATION_GELU)
    GATED_GRADIENT(HEED_ACTIVATION_GELU_TANH)
    GATED_GRADIENT(HEED_ACTIVATION_SILU)
    GATED_GRADIENT(HEED_ACTIVATION_TANH)
  }
#undef GATED_GRADIENT
}

static void HEED_NAME(heed_dropout)(
    const float *x, float *y, size_t count, float probability, uint64_t seed, uint64_t first) {
  dropout_state dropout = dropout_begin(probability, seed);
  FOR_EACH_VECTOR(0, count, {
    const vf factors = HEED_NAME(dropout_factors)(&dropout, first + j);
    STORE(y + j, factors != v_set(0) ? factors * LOAD(x + j) : v_set(0));
  });
}

typedef double HEED_NAME(vd) __attribute__((ext_vector_type(LANES)));

static double HEED_NAME(reduce)(const float *x, size_t count, bool squared) {
  // Two chains of LANES doubles each, so that an addition need not wait for the one before it.
  HEED_NAME(vd) sums[2] = {0, 0};
  size_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES)
    for (int chain = 0; chain < 2; chain++) {
      const HEED_NAME(vd) d = __builtin_convertvector(v_load(x + i + (size_t)(chain * LANES)), HEED_NAME(vd));
      sums[chain] += squared ? d * d : d;
    }
  for (int chain = 0; i < count; i += LANES, chain++) {
    const HEED_NAME(vd) d = __builtin_convertvector(HEED_NAME(load_up_to)(x + i, count - i), HEED_NAME(vd));
    sums[chain] += squared ? d * d : d;
  }
  const HEED_NAME(vd) both = sums[0] + sums[1];
  double sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += both[lane];
  return sum;
}
static double HEED_NAME(heed_sum)(const float *x, size_t count) { return HEED_NAME(reduce)(x, count, false); }
static double HEED_NAME(heed_sum_of_squares)(const float *x, size_t count) {
  return HEED_NAME(reduce)(x, count, true);
}

static void HEED_NAME(heed_add_column_sums)(
    const float *x, size_t stride, size_t rows, size_t columns, float *y) {
  enum { width = 4 };
  size_t j = 0;
  for (; j + width * LANES <= columns; j += width * LANES) {
    vf sums[width];
    for (int v = 0; v < width; v++) sums[v] = v_load(y + j + (size_t)(v * LANES));
    for (size_t r = 0; r < rows; r++)
      for (int v = 0; v < width; v++) sums[v] += v_load(x + r * stride + j + (size_t)(v * LANES));
    for (int v = 0; v < width; v++) v_store(y + j + (size_t)(v * LANES), sums[v]);
  }
  for (; j < columns; j += LANES) {
    const size_t part = columns - j;
    vf sum = HEED_NAME(load_up_to)(y + j, part);
    for (size_t r = 0; r < rows; r++) sum += HEED_NAME(load_up_to)(x + r * stride + j, part);
    HEED_NAME(store_up_to)(y + j, part, sum);
  }
}
