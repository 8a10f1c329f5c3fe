#define HEED_TEMPLATE "pack_template.h"
#include "for_each_variant.h"

size_t heed_packed_count(size_t columns, size_t inner) {
  return (columns / HEED_PANEL + (columns % HEED_PANEL != 0)) * HEED_PANEL * inner;
}

void heed_pack(
    const float *b, size_t inner_stride, size_t column_stride, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, float *packed) {
  HEED_DISPATCH(heed_pack, b, inner_stride, column_stride, columns, inner, first_panel, panel_count, packed)
}
