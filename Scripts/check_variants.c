// Compares a variant of the kernels with the portable one on random numbers; for processors that no machine at hand has:
// see check_arm.sh, which runs it under emulation. Exits with 1 if a kernel is further off than rounding explains.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heed_kernels.h"

enum { LARGEST = 1 << 16 };
static uint64_t state = 1;
static int failures = 0;

static float next(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)(int32_t)(state >> 32) / 2147483648.0f;
}

static void fill(float *x, size_t count) {
  for (size_t i = 0; i < count; i++) x[i] = next();
}

/// A kernel at work: reads inputs, and writes `count` floats to `output`.
typedef void (*kernel)(const float *a, const float *b, float *output, size_t m, size_t n, size_t k);

static void compare(const char *name, kernel run, size_t m, size_t n, size_t k, size_t count, heed_isa isa) {
  static float a[LARGEST], b[LARGEST], expected[LARGEST], found[LARGEST];
  fill(a, LARGEST);
  fill(b, LARGEST);
  memset(expected, 0, sizeof expected);
  memset(found, 0, sizeof found);
  heed_isa_select(HEED_ISA_PORTABLE);
  run(a, b, expected, m, n, k);
  heed_isa_select(isa);
  run(a, b, found, m, n, k);
  float worst = 0, largest = 1e-6f;
  for (size_t i = 0; i < LARGEST; i++) {
    // Written so that NaN counts as wrong, and what lies behind the output as well.
    if (!(fabsf(found[i] - expected[i]) <= worst)) worst = fabsf(found[i] - expected[i]);
    if (i < count && fabsf(expected[i]) > largest) largest = fabsf(expected[i]);
  }
  const int isWrong = !(worst <= 1e-5f * largest);
  failures += isWrong;
  if (isWrong) printf("%s %zu x %zu x %zu: off by %g of %g\n", name, m, n, k, worst, largest);
}

static void product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  static _Alignas(64) float packed[LARGEST];
  heed_pack(b, 1, k, n, k, 0, (n + HEED_PANEL - 1) / HEED_PANEL, packed);
  heed_matmul_job job = {.a = a, .a_row_stride = k, .a_inner_stride = 1, .packed = packed, .c = c, .c_row_stride = n};
  job.bias = b;
  job.activation = HEED_ACTIVATION_GELU;
  job.rows = m, job.columns = n, job.inner = k;
  heed_matmul(&job, 0, (n + HEED_PANEL - 1) / HEED_PANEL);
}

static void int8_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  static int8_t rows[LARGEST];
  static uint8_t packed[2 * LARGEST];
  static int16_t x[LARGEST];
  static float scales[1024], x_scales[1024];
  const size_t panels = (n + HEED_PANEL - 1) / HEED_PANEL, stride = (k + 1) / 2 * 2;
  memset(scales, 0, sizeof scales);
  for (size_t j = 0; j < n; j++) heed_quantize_int8_row(b + j * k, rows + j * k, scales + j, k);
  heed_pack_int8(rows, n, k, 0, panels, packed);
  heed_quantize_rows(a, k, m, k, HEED_QUANTIZED_INT8_ROWS, x, stride, x_scales, NULL);
  heed_quantized_job job = {.a = x, .a_stride = stride, .a_scales = x_scales, .form = HEED_QUANTIZED_INT8_ROWS};
  job.packed = packed, job.scales = scales, job.c = c, job.c_row_stride = n;
  job.rows = m, job.columns = n, job.inner = k;
  heed_quantized_matmul(&job, 0, panels);
}

static void int4_product(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  static uint8_t rows[LARGEST], packed[2 * LARGEST];
  static int16_t x[LARGEST];
  static float x_scales[4096], x_sums[4096];
  const size_t panels = (n + HEED_PANEL - 1) / HEED_PANEL;
  for (size_t j = 0; j < n; j++) heed_quantize_q4_1(b + j * k, rows + j * (k / 32 * 20), k / 32);
  heed_pack_blocks(HEED_BLOCKS_Q4_1, rows, n, k, 0, panels, packed);
  heed_quantize_rows(a, k, m, k, HEED_QUANTIZED_INT4_BLOCKS, x, k, x_scales, x_sums);
  heed_quantized_job job = {.a = x, .a_stride = k, .a_scales = x_scales, .a_sums = x_sums};
  job.form = HEED_QUANTIZED_INT4_BLOCKS, job.packed = packed, job.c = c, job.c_row_stride = n;
  job.rows = m, job.columns = n, job.inner = k;
  heed_quantized_matmul(&job, 0, panels);
}

static void attention(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  heed_attention_job job = {.queries = a, .keys = b, .values = b + n * k, .scale = 0.5f, .causal = true};
  job.query_stride = job.key_stride = job.value_stride = k;
  job.query_count = m, job.key_count = n, job.head_size = k;
  heed_attention(&job, c, k, c + m * k);
}

static void gathered(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  static int32_t rows[1024];
  static float scratch[LARGEST];
  for (size_t t = 0; t < n; t++) rows[t] = (int32_t)(n - 1 - t);
  heed_gathered_job job = {.queries = a, .keys = b, .values = b + n * k, .row_stride = k, .rows = rows, .count = n};
  job.query_count = m, job.head_size = k, job.scale = 0.5f, job.output = c, job.scratch = scratch;
  heed_attention_gathered(&job);
}

static void softmax(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  (void)b, (void)k;
  heed_softmax_rows(a, c, m, n);
  heed_log_softmax_rows(a, c + m * n, m, n);
  c[2 * m * n] = heed_log_sum_exp(a, n);
}

static void activations(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  (void)m, (void)k;
  for (int i = 0; i <= HEED_ACTIVATION_TANH; i++) {
    heed_activate((heed_activation)i, a, c + 2 * (size_t)i * n, n);
    heed_activation_gradient((heed_activation)i, a, b, c + (2 * (size_t)i + 1) * n, n);
  }
}

static void losses(const float *a, const float *b, float *c, size_t m, size_t n, size_t k) {
  (void)b, (void)k;
  int32_t labels[64];
  for (size_t i = 0; i < m; i++) labels[i] = (int32_t)(7 * i % n);
  memcpy(c, a, m * n * sizeof *c);
  heed_cross_entropy_rows(c, m, n, labels, 0.1f, 1, c + m * n, c + m * n + m);
}

int main(void) {
  const heed_isa best = heed_isa_current();
  if (best == HEED_ISA_PORTABLE) {
    puts("this processor has no variant but the portable one");
    return 1;
  }
  for (size_t m = 1; m <= 14; m++) {
    for (size_t n = 1; n <= 50; n += 7) {
      for (size_t k = 1; k <= 100; k += 33) {
        compare("product", product, m, n, k, m * n, best);
        compare("int8 product", int8_product, m, n, k, m * n, best);
        compare("attention", attention, m, m + n, k, m * k, best);
        compare("attention over a cache", gathered, m, n, k, m * k, best);
      }
      compare("int4 product", int4_product, m, n, 96, m * n, best);
      compare("softmax", softmax, m, n, 0, 2 * m * n + 1, best);
      compare("losses", losses, m, n, 0, m * n + 2 * m, best);
    }
  }
  for (size_t n = 1; n < 40; n++) compare("activations", activations, 0, n, 0, 12 * n, best);
  printf("%s: %d of the comparisons with portable kernels failed\n", heed_isa_name(best), failures);
  return failures > 0;
}
