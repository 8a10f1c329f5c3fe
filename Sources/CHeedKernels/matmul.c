#include "internal_matmul.h"

const float heed_zeros[HEED_TILE_PANELS_LIMIT * HEED_PANEL] = {0};

#define HEED_TEMPLATE "matmul_template.h"
#include "for_each_variant.h"

void heed_matmul(const heed_matmul_job *job, size_t first_panel, size_t panel_count) {
  HEED_DISPATCH(heed_matmul, job, first_panel, panel_count)
}
