#include "dispatch.h"

void heed_pack_bfloat16(
    const uint16_t *values, size_t columns, size_t inner, size_t first_panel, size_t panel_count,
    uint16_t *packed) {
  for (size_t p = first_panel; p < first_panel + panel_count; p++) {
    uint16_t *panel = packed + p * inner * HEED_PANEL;
    for (size_t k = 0; k < inner; k++)
      for (size_t j = 0; j < HEED_PANEL; j++) {
        const size_t column = p * HEED_PANEL + j;
        panel[k * HEED_PANEL + j] = column < columns ? values[column * inner + k] : 0;
      }
  }
}

void heed_matmul_bfloat16(
    const heed_matmul_job *job, const uint16_t *packed, size_t first_panel, size_t panel_count) {
  // A slice of a panel becomes floats in the first-level cache, and goes through the kernel for floats: its sums are
  // chains in the order of k wherever they are cut.
  enum { INNER = 256 };
  _Alignas(64) float slice[INNER * HEED_PANEL];
  const size_t blocks = job->inner == 0 ? 1 : (job->inner + INNER - 1) / INNER;
  for (size_t p = first_panel; p < first_panel + panel_count; p++) {
    const size_t column = p * HEED_PANEL, left = job->columns - column;
    heed_matmul_job part = *job;
    part.packed = slice;
    part.b_inner_stride = 0;
    part.c += column;
    part.columns = left < HEED_PANEL ? left : HEED_PANEL;
    part.activation = HEED_ACTIVATION_NONE;
    if (job->bias) part.bias += column;
    for (size_t block = 0; block < blocks; block++) {
      const size_t first = block * INNER;
      part.inner = job->inner - first < INNER ? job->inner - first : INNER;
      heed_bfloat16_to_float(
          packed + (p * job->inner + first) * HEED_PANEL, slice, part.inner * HEED_PANEL);
      part.a = job->a + first * job->a_inner_stride;
      part.accumulate = block > 0;
      if (block > 0) part.bias = 0;
      heed_matmul(&part, 0, 1);
    }
    if (job->activation != HEED_ACTIVATION_NONE)
      for (size_t i = 0; i < job->rows; i++)
        heed_activate(
            job->activation, part.c + i * job->c_row_stride, part.c + i * job->c_row_stride, part.columns);
  }
}
