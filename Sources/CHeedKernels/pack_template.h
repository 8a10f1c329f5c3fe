// One variant of heed_pack, for for_each_variant.h.
#include "transpose_template.h"

/// One panel of B whose inner stride is 1: its columns are rows in memory, so blocks are transposed.
static void HEED_NAME(heed_pack_transposed)(
    const float *b, size_t column_stride, size_t columns, size_t inner, float *panel) {
  // A whole line of the cache of each column at a time: columns that lie some 4 KB apart share their places in the
  // cache, and would be gone by the next step.
  enum { LINE = 16 };
  size_t k = 0;
  if (columns == HEED_PANEL) {
    const float *from[HEED_PANEL];
    for (size_t j = 0; j < HEED_PANEL; j++) from[j] = b + j * column_stride;
    for (; k + LINE <= inner; k += LINE)
      for (size_t j = 0; j < HEED_PANEL; j += LANES)
        for (size_t step = k; step < k + LINE; step += 4)
          HEED_NAME(transpose_four)(from + j, step, panel + step * HEED_PANEL + j, HEED_PANEL);
  }
  for (; k < inner; k++)
    for (size_t j = 0; j < HEED_PANEL; j++)
      panel[k * HEED_PANEL + j] = j < columns ? b[j * column_stride + k] : 0;
}

/// Some whole panels of B whose column stride is 1: each row of B is read along, and written to each panel.
static void HEED_NAME(heed_pack_rows_of_panels)(
    const float *b, size_t inner_stride, size_t inner, size_t panel_count, float *panels) {
  for (size_t k = 0; k < inner; k++)
    for (size_t panel = 0; panel < panel_count; panel++)
      for (int j = 0; j < HEED_PANEL; j += LANES)
        v_store(
            panels + (panel * inner + k) * HEED_PANEL + j,
            v_load(b + k * inner_stride + panel * HEED_PANEL + j));
}

static void HEED_NAME(heed_pack)(
    const float *b, size_t inner_stride, size_t column_stride, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, float *packed) {
  enum { PANELS_AT_ONCE = 8 };
  const size_t end = first_panel + panel_count, whole = columns / HEED_PANEL;
  size_t panel = first_panel;
  while (panel < end) {
    float *to = packed + panel * inner * HEED_PANEL;
    const float *from = b + panel * HEED_PANEL * column_stride;
    const size_t left = columns - panel * HEED_PANEL;
    if (inner_stride == 1) {
      HEED_NAME(heed_pack_transposed)(from, column_stride, left < HEED_PANEL ? left : HEED_PANEL, inner, to);
      panel++;
    } else if (left < HEED_PANEL) {
      for (size_t k = 0; k < inner; k++)
        for (size_t j = 0; j < HEED_PANEL; j++) to[k * HEED_PANEL + j] = j < left ? from[k * inner_stride + j] : 0;
      panel++;
    } else {
      size_t count = (end < whole ? end : whole) - panel;
      if (count > PANELS_AT_ONCE) count = PANELS_AT_ONCE;
      HEED_NAME(heed_pack_rows_of_panels)(from, inner_stride, inner, count, to);
      panel += count;
    }
  }
}
