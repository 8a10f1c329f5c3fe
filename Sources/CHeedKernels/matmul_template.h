// One variant of heed_matmul, for for_each_variant.h.
//
// The product is cut into tiles, a few rows by one panel or more, whose sums stay in registers. Long chains are cut
// into blocks of k; between blocks the sums wait in C, which is exact. So each element of C is one chain of
// multiply-adds in the order of k, whichever tile it falls into.

#define PANEL_VECTORS (HEED_PANEL / LANES)

// TILE_ROWS × TILE_PANELS is the tile of large products: as many sums as the registers hold. WIDE_PANELS(rows) is the
// width of the tiles when all rows fit in one tile: enough sums to hide the latency of a multiply-add (8 to 10).
#if defined(ISA_AVX512)
#define TILE_ROWS 6  // with more, the addresses of the rows do not stay in registers
#define TILE_PANELS 2
#define WIDE_PANELS(rows) (rows == 1 ? 8 : rows == 2 ? 6 : rows == 3 ? 4 : rows == 4 ? 3 : 2)
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#elif defined(ISA_AVX2)
#define TILE_ROWS 6
#define TILE_PANELS 1
#define WIDE_PANELS(rows) (rows == 1 ? 4 : rows == 2 ? 3 : rows == 3 ? 2 : 1)
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#elif defined(ISA_NEON)
#define TILE_ROWS 5  // with 6, the compiler runs out of registers
#define TILE_PANELS 1
#define WIDE_PANELS(rows) (rows == 1 ? 4 : rows == 2 ? 2 : 1)
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5)
#else  // 16 registers, as SSE has
#define TILE_ROWS 2
#define TILE_PANELS 1
#define WIDE_PANELS(rows) (rows == 1 ? 2 : 1)
#define FOR_EACH_ROWS(X) X(1) X(2)
#endif

/// The innermost loops. All but `job` are constants wherever it is inlined; so is `line_stride` where B is packed, or the
/// addresses of its lines would take registers from the sums.
HEED_INLINE void HEED_NAME(heed_tile_lines)(
    const heed_tile_job *job, const int rows, const int panels, const bool packed, const size_t line_stride) {
  vf sums[TILE_ROWS][HEED_TILE_PANELS_LIMIT * PANEL_VECTORS];
  const float *a = job->a, *b = job->b, *ahead = job->ahead;
  const size_t row_stride = packed ? 1 : job->row_stride;
  const size_t panel_stride = job->panel_stride;

#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PANEL_VECTORS; j++)
      sums[i][j] = v_load(job->initial + i * job->initial_stride + j * LANES);
  }

#pragma clang loop unroll_count(4)
  for (size_t k = job->inner; k > 0; k--) {
    __builtin_prefetch(ahead);
    ahead += job->ahead_step;
    // Rows or lines of B, whichever are fewer, are held in registers; the others pass by.
    if (rows <= 3) {
      vf x[3];
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) x[i] = v_set(a[i * row_stride]);
#pragma clang loop unroll(full)
      for (int j = 0; j < panels * PANEL_VECTORS; j++) {
        const vf line = v_load(b + j / PANEL_VECTORS * panel_stride + j % PANEL_VECTORS * LANES);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) sums[i][j] = v_fma(x[i], line, sums[i][j]);
      }
    } else {
      vf lines[HEED_TILE_PANELS_LIMIT * PANEL_VECTORS];
#pragma clang loop unroll(full)
      for (int j = 0; j < panels * PANEL_VECTORS; j++)
        lines[j] = v_load(b + j / PANEL_VECTORS * panel_stride + j % PANEL_VECTORS * LANES);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const vf x = v_set(a[i * row_stride]);
#pragma clang loop unroll(full)
        for (int j = 0; j < panels * PANEL_VECTORS; j++) sums[i][j] = v_fma(x, lines[j], sums[i][j]);
      }
    }
    a += packed ? rows : 1;
    b += line_stride;
  }

#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < panels * PANEL_VECTORS; j++)
      v_store(job->c + i * job->c_stride + j * LANES, sums[i][j]);
  }
}

HEED_INLINE void HEED_NAME(heed_tile)(
    const heed_tile_job *job, const int rows, const int panels, const bool packed) {
  if (job->line_stride == HEED_PANEL)
    HEED_NAME(heed_tile_lines)(job, rows, panels, packed, HEED_PANEL);
  else
    HEED_NAME(heed_tile_lines)(job, rows, panels, packed, job->line_stride);
}

#define TILE_FUNCTIONS(rows)                                                            \
  static void HEED_NAME(heed_tile_single_##rows)(const heed_tile_job *job) {            \
    HEED_NAME(heed_tile)(job, rows, 1, false);                                          \
  }                                                                                     \
  static void HEED_NAME(heed_tile_several_##rows)(const heed_tile_job *job) {           \
    HEED_NAME(heed_tile)(job, rows, TILE_PANELS, false);                                \
  }                                                                                     \
  static void HEED_NAME(heed_tile_wide_##rows)(const heed_tile_job *job) {              \
    HEED_NAME(heed_tile)(job, rows, WIDE_PANELS(rows), false);                          \
  }                                                                                     \
  static void HEED_NAME(heed_tile_packed_single_##rows)(const heed_tile_job *job) {     \
    HEED_NAME(heed_tile)(job, rows, 1, true);                                           \
  }                                                                                     \
  static void HEED_NAME(heed_tile_packed_several_##rows)(const heed_tile_job *job) {    \
    HEED_NAME(heed_tile)(job, rows, TILE_PANELS, true);                                 \
  }
FOR_EACH_ROWS(TILE_FUNCTIONS)
#undef TILE_FUNCTIONS

// Tables by rows, from 1.
#define SINGLE(rows) HEED_NAME(heed_tile_single_##rows),
#define SEVERAL(rows) HEED_NAME(heed_tile_several_##rows),
#define WIDE(rows) HEED_NAME(heed_tile_wide_##rows),
#define PACKED_SINGLE(rows) HEED_NAME(heed_tile_packed_single_##rows),
#define PACKED_SEVERAL(rows) HEED_NAME(heed_tile_packed_several_##rows),
static const heed_tile_function HEED_NAME(heed_tiles_single)[] = {FOR_EACH_ROWS(SINGLE)};
static const heed_tile_function HEED_NAME(heed_tiles_several)[] = {FOR_EACH_ROWS(SEVERAL)};
static const heed_tile_function HEED_NAME(heed_tiles_wide)[] = {FOR_EACH_ROWS(WIDE)};
static const heed_tile_function HEED_NAME(heed_tiles_packed_single)[] = {FOR_EACH_ROWS(PACKED_SINGLE)};
static const heed_tile_function HEED_NAME(heed_tiles_packed_several)[] = {FOR_EACH_ROWS(PACKED_SEVERAL)};
#undef SINGLE
#undef SEVERAL
#undef WIDE
#undef PACKED_SINGLE
#undef PACKED_SEVERAL

/// Applies the activation to what a tile has written; `columns` is a multiple of HEED_PANEL.
static void HEED_NAME(heed_activate_tile)(
    heed_activation activation, float *c, size_t stride, size_t rows, size_t columns) {
#define ACTIVATE(which)                                             \
  case which:                                                       \
    for (size_t i = 0; i < rows; i++)                               \
      for (size_t j = 0; j < columns; j += LANES)                   \
        v_store(c + i * stride + j, v_activate(which, v_load(c + i * stride + j))); \
    break;
  switch (activation) {
    ACTIVATE(HEED_ACTIVATION_RELU)
    ACTIVATE(HEED_ACTIVATION_GELU)
    ACTIVATE(HEED_ACTIVATION_GELU_TANH)
    ACTIVATE(HEED_ACTIVATION_SILU)
    ACTIVATE(HEED_ACTIVATION_TANH)
    default:
      break;
  }
#undef ACTIVATE
}

/// Line `first_inner` of a panel of B, packed or in place.
HEED_INLINE const float *HEED_NAME(heed_panel)(const heed_matmul_job *job, size_t panel, size_t first_inner) {
  if (job->b_inner_stride) return job->packed + first_inner * job->b_inner_stride + panel * HEED_PANEL;
  return job->packed + (panel * job->inner + first_inner) * HEED_PANEL;
}

/// Computes one tile, with what surrounds it: where it starts from, the last panel's missing columns, the activation.
static void HEED_NAME(heed_run_tile)(
    const heed_matmul_job *job, heed_tile_place place, heed_tile_function function, const float *a,
    const float *ahead, size_t ahead_step) {
  const size_t first_column = place.first_panel * HEED_PANEL, width = place.panels * HEED_PANEL;
  const size_t columns = heed_smaller(width, job->columns - first_column);
  float *const c = job->c + place.first_row * job->c_row_stride + first_column;
  heed_tile_job tile = {
      .a = a,
      .row_stride = job->a_row_stride,
      .b = HEED_NAME(heed_panel)(job, place.first_panel, place.first_inner),
      .panel_stride = job->b_inner_stride ? HEED_PANEL : job->inner * HEED_PANEL,
      .line_stride = job->b_inner_stride ? job->b_inner_stride : HEED_PANEL,
      .inner = place.inner,
      .initial = heed_zeros,
      .initial_stride = 0,
      .c = c,
      .c_stride = job->c_row_stride,
      .ahead = ahead,
      .ahead_step = ahead_step,
  };
  if (job->accumulate || place.first_inner > 0) {
    tile.initial = c;
    tile.initial_stride = job->c_row_stride;
  } else if (job->bias) {
    tile.initial = job->bias + first_column;
  }
  const bool last = place.first_inner + place.inner == job->inner;
  const bool activates = last && job->activation != HEED_ACTIVATION_NONE && !job->accumulate;

  if (columns == width) {
    function(&tile);
    if (activates)
      HEED_NAME(heed_activate_tile)(job->activation, c, job->c_row_stride, place.rows, width);
    return;
  }
  // The last panel is not full: the tile works on a copy with whole panels.
  float copy[TILE_ROWS * HEED_TILE_PANELS_LIMIT * HEED_PANEL];
  for (size_t i = 0; i < place.rows; i++) {
    memcpy(copy + i * width, tile.initial + i * tile.initial_stride, columns * sizeof(float));
    memset(copy + i * width + columns, 0, (width - columns) * sizeof(float));
  }
  tile.initial = tile.c = copy;
  tile.initial_stride = tile.c_stride = width;
  function(&tile);
  if (activates) HEED_NAME(heed_activate_tile)(job->activation, copy, width, place.rows, width);
  for (size_t i = 0; i < place.rows; i++)
    memcpy(c + i * job->c_row_stride, copy + i * width, columns * sizeof(float));
}

/// Few rows: one tile high, whole chains, each weight read once.
static void HEED_NAME(heed_matmul_few_rows)(
    const heed_matmul_job *job, size_t first_panel, size_t panel_count) {
  const size_t end = first_panel + panel_count, rows = job->rows;
  heed_tile_place place = {.rows = rows, .first_panel = first_panel, .inner = job->inner};
  for (; place.first_panel < end; place.first_panel += place.panels) {
    const bool wide = place.first_panel + WIDE_PANELS(rows) <= end;
    place.panels = wide ? WIDE_PANELS(rows) : 1;
    const heed_tile_function *functions = wide ? HEED_NAME(heed_tiles_wide) : HEED_NAME(heed_tiles_single);
    const size_t step = job->b_inner_stride ? job->b_inner_stride : HEED_PANEL;
    // Not past the end of B, for the reason that heed_matmul_block has.
    const bool last = (place.first_panel + place.panels) * HEED_PANEL >= job->columns;
    const float *ahead =
        HEED_NAME(heed_panel)(job, place.first_panel, 0) + (last ? 0 : HEED_AHEAD / HEED_PANEL * step);
    HEED_NAME(heed_run_tile)(job, place, functions[rows - 1], job->a, ahead, step);
  }
}

/// Copies rows of A whose inner stride is not 1 into tiles: tile t holds its rows side by side for each k.
static void HEED_NAME(heed_pack_rows)(
    const float *a, size_t inner_stride, size_t inner, size_t row_count, size_t tile_count, float *tiles,
    size_t tile_stride) {
  enum { STRIP = 4, AHEAD = 2 * STRIP, LINE = 16 };
  for (size_t first = 0; first < inner; first += STRIP) {
    const size_t end = heed_smaller(first + STRIP, inner);
    // The rows lie far apart, where the processor does not look ahead by itself.
    for (size_t k = first + AHEAD; k < heed_smaller(end + AHEAD, inner); k++)
      for (size_t i = 0; i < row_count; i += LINE) __builtin_prefetch(a + k * inner_stride + i);
    for (size_t tile = 0; tile < tile_count; tile++) {
      const size_t row = heed_part_start(row_count, tile_count, tile);
      const size_t rows = heed_part_start(row_count, tile_count, tile + 1) - row;
      const float *from = a + row + first * inner_stride;
      float *to = tiles + tile * tile_stride + first * rows;
      if (rows == TILE_ROWS) {  // a constant size needs no loop
        for (size_t k = first; k < end; k++, from += inner_stride, to += TILE_ROWS)
          memcpy(to, from, TILE_ROWS * sizeof(float));
      } else {
        for (size_t k = first; k < end; k++, from += inner_stride, to += rows)
          for (size_t i = 0; i < rows; i++) to[i] = from[i];
      }
    }
  }
}

/// One block of rows and of k against all panels asked for.
static void HEED_NAME(heed_matmul_block)(
    const heed_matmul_job *job, size_t first_row, size_t row_count, size_t first_inner, size_t inner,
    size_t first_panel, size_t panel_count, float *buffer) {
  const bool packed = job->a_inner_stride != 1;
  const size_t tile_count = heed_divide_up(row_count, TILE_ROWS);
  const size_t tile_stride = inner * TILE_ROWS + HEED_TILE_GAP;
  const float *a = job->a + first_row * job->a_row_stride + first_inner * job->a_inner_stride;
  if (packed) {
    HEED_NAME(heed_pack_rows)(a, job->a_inner_stride, inner, row_count, tile_count, buffer, tile_stride);
  }
  const heed_tile_function *several =
      packed ? HEED_NAME(heed_tiles_packed_several) : HEED_NAME(heed_tiles_several);
  const heed_tile_function *single = packed ? HEED_NAME(heed_tiles_packed_single) : HEED_NAME(heed_tiles_single);
  const size_t end = first_panel + panel_count;
  heed_tile_place place = {.first_panel = first_panel, .first_inner = first_inner, .inner = inner};
  for (; place.first_panel < end; place.first_panel += place.panels) {
    place.panels = place.first_panel + TILE_PANELS <= end ? TILE_PANELS : 1;
    const heed_tile_function *functions = place.panels > 1 ? several : single;
    // While this slice of B is at work, the one that comes next is fetched, a share by each tile. It must lie in B: the
    // processor looks up each address anew that leads nowhere, which would take a third of the time.
    const size_t next_panel = place.first_panel + place.panels;
    const size_t next_inner = next_panel < end ? first_inner : first_inner + inner < job->inner ? first_inner + inner : 0;
    const float *ahead = HEED_NAME(heed_panel)(job, next_panel < end ? next_panel : first_panel, next_inner);
    const size_t ahead_step = job->b_inner_stride ? job->b_inner_stride : heed_divide_up(HEED_PANEL, tile_count);
    const size_t share = ahead_step * inner, slice = HEED_PANEL * inner;
    size_t row = 0;
    for (size_t tile = 0; tile < tile_count; tile++) {
      const size_t next = heed_part_start(row_count, tile_count, tile + 1);
      place.first_row = first_row + row;
      place.rows = next - row;
      if (tile + 1 < tile_count)
        for (size_t i = 0; i < place.rows; i++)
          heed_prefetch_output(
              job->c + (first_row + next + i) * job->c_row_stride + place.first_panel * HEED_PANEL);
      const size_t passed = job->b_inner_stride ? 0 : heed_smaller(tile * share, slice - share);
      HEED_NAME(heed_run_tile)(
          job, place, functions[place.rows - 1],
          packed ? buffer + tile * tile_stride : a + row * job->a_row_stride, ahead + passed, ahead_step);
      row = next;
    }
  }
}

static void HEED_NAME(heed_matmul)(const heed_matmul_job *job, size_t first_panel, size_t panel_count) {
  if (job->rows == 0 || panel_count == 0) return;
  if (job->rows <= TILE_ROWS && job->a_inner_stride == 1) {
    HEED_NAME(heed_matmul_few_rows)(job, first_panel, panel_count);
    return;
  }
  _Alignas(64) float buffer[HEED_BLOCK_FLOATS];
  const size_t inner_blocks = job->inner == 0 ? 1 : heed_divide_up(job->inner, HEED_BLOCK_INNER);
  const size_t longest = heed_divide_up(job->inner, inner_blocks);
  const size_t tiles = HEED_BLOCK_FLOATS / (longest * TILE_ROWS + HEED_TILE_GAP);
  const size_t row_blocks = heed_divide_up(job->rows, tiles * TILE_ROWS);
  for (size_t i = 0; i < row_blocks; i++) {
    const size_t first_row = heed_part_start(job->rows, row_blocks, i);
    const size_t row_count = heed_part_start(job->rows, row_blocks, i + 1) - first_row;
    for (size_t j = 0; j < inner_blocks; j++) {
      const size_t first_inner = heed_part_start(job->inner, inner_blocks, j);
      const size_t inner = heed_part_start(job->inner, inner_blocks, j + 1) - first_inner;
      HEED_NAME(heed_matmul_block)(
          job, first_row, row_count, first_inner, inner, first_panel, panel_count, buffer);
    }
  }
}

#undef PANEL_VECTORS
#undef TILE_ROWS
#undef TILE_PANELS
#undef WIDE_PANELS
#undef FOR_EACH_ROWS
