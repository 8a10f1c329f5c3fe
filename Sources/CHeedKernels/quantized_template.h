// One variant of the products with quantised weights, for for_each_variant.h.
//
// Weights have 8 or 4 bits, activations 16, and the products of a block are summed as integers, exactly. Steps of k go
// in pairs, because processors multiply pairs of 16-bit numbers and add the two products in one instruction: a line of
// a panel holds two weights for each of its columns. Only where a block ends is anything rounded, so that the sums of
// an element are in the order of its blocks and nothing else about a product can change its value.

#define PANEL_VECTORS (HEED_PANEL / LANES)
#define vs HEED_NAME(heed_vs)  // pairs of int16, one for each lane
#define vb HEED_NAME(heed_vb)  // as many int8
#define vu HEED_NAME(heed_vu)  // as many uint8

typedef int16_t vs __attribute__((ext_vector_type(2 * LANES)));
typedef int8_t vb __attribute__((ext_vector_type(2 * LANES)));
typedef uint8_t vu __attribute__((ext_vector_type(2 * LANES)));
typedef int8_t HEED_NAME(heed_vb_anywhere) __attribute__((ext_vector_type(2 * LANES), aligned(1), may_alias));

// The rows of a tile: as many as the registers have sums for.
#if defined(ISA_AVX512)
#define TILE_ROWS 12
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#elif defined(ISA_AVX2)
#define TILE_ROWS 6
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#elif defined(ISA_NEON)
#define TILE_ROWS 4
#define FOR_EACH_ROWS(X) X(1) X(2) X(3) X(4)
#else
#define TILE_ROWS 2
#define FOR_EACH_ROWS(X) X(1) X(2)
#endif

/// sum + the product of each pair with the pair `x`.
HEED_INLINE vi HEED_NAME(add_pairs)(vi sum, vs weights, vs x) {
#if defined(ISA_AVX2)
  return sum + (vi)_mm256_madd_epi16((__m256i)weights, (__m256i)x);
#elif defined(ISA_AVX512)
  return sum + (vi)_mm512_madd_epi16((__m512i)weights, (__m512i)x);
#elif defined(ISA_NEON)
  const int16x8_t w = (int16x8_t)weights, a = (int16x8_t)x;
  return sum + (vi)vpaddq_s32(vmull_s16(vget_low_s16(w), vget_low_s16(a)), vmull_high_s16(w, a));
#else
  return sum + __builtin_convertvector(weights.even, vi) * __builtin_convertvector(x.even, vi) +
         __builtin_convertvector(weights.odd, vi) * __builtin_convertvector(x.odd, vi);
#endif
}

/// The pair at `p` in every lane.
HEED_INLINE vs HEED_NAME(pair_at)(const uint8_t *p) {
  int32_t pair;
  memcpy(&pair, p, sizeof pair);
  return (vs)(vi)pair;
}

/// Sixteen half-precision numbers, vector `j` of them as floats.
HEED_INLINE vf HEED_NAME(halves_at)(const uint8_t *p, int j) {
#if defined(ISA_AVX2)
  return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 2 * LANES * j)));
#elif defined(ISA_AVX512)
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p + 2 * LANES * j)));
#else
  vf result;
  for (int i = 0; i < LANES; i++) result[i] = heed_half(p + 2 * (LANES * j + i));
  return result;
#endif
}

/// One tile: `rows` rows by one panel. All but the job, the place and what to fetch are constants wherever this is inlined.
HEED_INLINE void HEED_NAME(quantized_tile)(
    const heed_quantized_job *job, size_t first_row, size_t panel, heed_quantized_ahead ahead, const int rows,
    const heed_quantized_form form) {
  const bool in_blocks = form != HEED_QUANTIZED_INT8_ROWS, nibbles = form == HEED_QUANTIZED_INT4_BLOCKS;
  const size_t block_length = in_blocks ? HEED_BLOCK : HEED_SEGMENT;
  const size_t block_count = (job->inner + block_length - 1) / block_length;
  const size_t scale_stride = in_blocks ? block_count : 1;
  const uint8_t *b = job->packed + panel * heed_quantized_panel_size(form, job->inner);
  const int16_t *a = job->a + first_row * job->a_stride;
  const float *a_scales = job->a_scales + first_row * scale_stride;
  const float *a_sums = nibbles ? job->a_sums + first_row * block_count : 0;
  const size_t first_column = panel * HEED_PANEL;
  float *c = job->c + first_row * job->c_row_stride + first_column;
  vf result[TILE_ROWS][PANEL_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++) {
    heed_prefetch_output(c + i * job->c_row_stride);  // by the time that the sums are done, it is here
#pragma clang loop unroll(full)
    for (int j = 0; j < PANEL_VECTORS; j++) result[i][j] = v_set(0);
  }

  for (size_t block = 0; block < block_count; block++) {
    const uint8_t *scales = b;
    if (in_blocks) b += 2 * HEED_PANEL;
    const uint8_t *minimums = b;
    if (nibbles) b += 2 * HEED_PANEL;
    const size_t left = job->inner - block * block_length;
    const size_t pairs = left < block_length ? (left + 1) / 2 : block_length / 2;
    vi sums[TILE_ROWS][PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
      for (int j = 0; j < PANEL_VECTORS; j++) sums[i][j] = (vi)0;

    // One offset moves along all rows and, eight or four times as fast, along the panel: the empty instruction keeps the
    // compiler from making pointers of them that have to be moved one by one. Not unrolled: it would add up products of
    // several lines first, and run out of registers.
    const uint8_t *row_starts[TILE_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) row_starts[i] = (const uint8_t *)(a + i * job->a_stride);
    const size_t step = (nibbles ? 4 : 2) * sizeof *a, end = 2 * pairs * sizeof *a;
#pragma clang loop unroll(disable)
    for (size_t offset = 0; offset < end; offset += step) {
      __asm__("" : "+r"(offset));
      __builtin_prefetch(ahead.at);
      ahead.at += ahead.step;
      // Of nibbles, the pairs of one line are in the low halves of the bytes, those of the next in the high halves.
#pragma clang loop unroll(full)
      for (int half = 0; half < (nibbles ? 2 : 1); half++) {
        vs line[PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (int j = 0; j < PANEL_VECTORS; j++) {
          const vb bytes = *(const HEED_NAME(heed_vb_anywhere) *)(b + offset * (2 * HEED_PANEL / step) + 2 * LANES * j);
          line[j] = nibbles ? __builtin_convertvector(half ? (vu)bytes >> 4 : (vu)bytes & 15, vs)
                            : __builtin_convertvector(bytes, vs);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
          const vs x = HEED_NAME(pair_at)(row_starts[i] + offset + 2 * half * sizeof *a);
#pragma clang loop unroll(full)
          for (int j = 0; j < PANEL_VECTORS; j++) sums[i][j] = HEED_NAME(add_pairs)(sums[i][j], line[j], x);
        }
      }
    }
    a += 2 * pairs;
    b += end * (2 * HEED_PANEL / step);

#pragma clang loop unroll(full)
    for (int j = 0; j < PANEL_VECTORS; j++) {
      const vf scale = in_blocks ? HEED_NAME(halves_at)(scales, j)
                                 : v_load(job->scales + panel * HEED_PANEL + j * LANES);
      const vf minimum = nibbles ? HEED_NAME(halves_at)(minimums, j) : v_set(0);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        const vf factor = scale * v_set(a_scales[i * scale_stride + (in_blocks ? block : 0)]);
        result[i][j] = v_fma(__builtin_convertvector(sums[i][j], vf), factor, result[i][j]);
        if (nibbles) result[i][j] = v_fma(v_set(a_sums[i * block_count + block]), minimum, result[i][j]);
      }
    }
  }

#pragma clang loop unroll(full)
  for (int j = 0; j < PANEL_VECTORS; j++) {
    const size_t passed = first_column + (size_t)j * LANES;
    if (passed >= job->columns) break;
    const size_t left = job->columns - passed;
    const vf bias = !job->bias       ? v_set(0)
                    : left >= LANES ? v_load(job->bias + passed)
                                    : v_load_first(job->bias + passed, left);
    for (int i = 0; i < rows; i++) {
      const vf y = v_activate(job->activation, result[i][j] + bias);
      if (left >= LANES)
        v_store(c + i * job->c_row_stride + j * LANES, y);
      else
        v_store_first(c + i * job->c_row_stride + j * LANES, left, y);
    }
  }
}

#define TILE_FUNCTION(name, height, form)                                              \
  static void HEED_NAME(quantized_tile_##name##_##height)(                             \
      const heed_quantized_job *job, size_t r, size_t p, heed_quantized_ahead ahead) { \
    HEED_NAME(quantized_tile)(job, r, p, ahead, height, form);                         \
  }
#define TILE_FUNCTIONS(height)                            \
  TILE_FUNCTION(rows, height, HEED_QUANTIZED_INT8_ROWS)   \
  TILE_FUNCTION(int8, height, HEED_QUANTIZED_INT8_BLOCKS) \
  TILE_FUNCTION(int4, height, HEED_QUANTIZED_INT4_BLOCKS)
FOR_EACH_ROWS(TILE_FUNCTIONS)
#undef TILE_FUNCTIONS
#undef TILE_FUNCTION

// By form and rows, from 1.
#define INT8_ROWS(rows) HEED_NAME(quantized_tile_rows_##rows),
#define INT8_BLOCKS(rows) HEED_NAME(quantized_tile_int8_##rows),
#define INT4_BLOCKS(rows) HEED_NAME(quantized_tile_int4_##rows),
static const heed_quantized_tile_function HEED_NAME(quantized_tiles)[][TILE_ROWS] = {
    {FOR_EACH_ROWS(INT8_ROWS)}, {FOR_EACH_ROWS(INT8_BLOCKS)}, {FOR_EACH_ROWS(INT4_BLOCKS)}};
#undef INT8_ROWS
#undef INT8_BLOCKS
#undef INT4_BLOCKS

static void HEED_NAME(quantized_matmul)(
    const heed_quantized_job *job, size_t first_panel, size_t panel_count) {
  const size_t panel_size = heed_quantized_panel_size(job->form, job->inner), panel_end = first_panel + panel_count;
  // So many rows at a time that their activations stay in the second-level cache while all panels pass by.
  const size_t block_rows = HEED_QUANTIZED_CACHE / (job->a_stride * sizeof(int16_t)) / TILE_ROWS * TILE_ROWS;
  const size_t step = block_rows < 4 * TILE_ROWS ? 4 * TILE_ROWS : block_rows;
  for (size_t first_row = 0; first_row < job->rows; first_row += step) {
    const size_t end = job->rows - first_row < step ? job->rows : first_row + step;
    const size_t tile_count = heed_divide_up(end - first_row, TILE_ROWS);
    for (size_t panel = first_panel; panel < panel_end; panel++) {
      const uint8_t *b = job->packed + panel * panel_size;
      size_t row = first_row;
      for (size_t tile = 0; tile < tile_count; tile++) {
        // Tiles of nearly equal height: eight rows are two tiles of four, not one of six and one of two.
        const size_t rows = heed_divide_up(end - row, tile_count - tile);
        const heed_quantized_ahead ahead = heed_quantized_fetch(b, panel_size, panel + 1 == panel_end, tile, tile_count);
        HEED_NAME(quantized_tiles)[job->form][rows - 1](job, row, panel, ahead);
        row += rows;
      }
    }
  }
}

/// `count` floats as int16 times a scale; their sum is that of the int16, times the scale.
HEED_INLINE void HEED_NAME(quantize_block)(
    const float *x, size_t count, int16_t *y, float *scale, float *sum) {
  // As integers, the bits of |x| are in the order of their values, with NaN above all.
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  float size;
  memcpy(&size, &largest, sizeof size);
  if (!(size >= HEED_QUANTIZED_SMALLEST && size <= FLT_MAX)) {
    // As good as zeros; or with infinities or NaN, which the scale makes plain: they give NaN.
    memset(y, 0, count * sizeof *y);
    *scale = size < HEED_QUANTIZED_SMALLEST ? 0 : size;
    if (sum) *sum = *scale;
    return;
  }
  const float inverse = HEED_ACTIVATION_LIMIT / size;
  *scale = size / HEED_ACTIVATION_LIMIT;
  uint32_t total = 0;  // of a whole row it may wrap around, and is not asked for
  for (size_t i = 0; i < count; i++) {
    // Adding 1.5 · 2²³ rounds to the nearest whole number, ties to even, and leaves it in the low bits.
    const float shifted = x[i] * inverse + 0x1.8p23f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    y[i] = (int16_t)bits;
    total += (uint32_t)(int16_t)bits;
  }
  if (sum) *sum = *scale * (float)(int32_t)total;
}

static void HEED_NAME(quantize_rows)(
    const float *x, size_t x_stride, size_t rows, size_t inner, heed_quantized_form form, int16_t *y,
    size_t y_stride, float *scales, float *sums) {
  const size_t length = form == HEED_QUANTIZED_INT8_ROWS ? inner : HEED_BLOCK, blocks = inner / length;
  for (size_t i = 0; i < rows; i++) {
    for (size_t block = 0; block < blocks; block++) {
      const size_t first = block * length;
      HEED_NAME(quantize_block)(
          x + i * x_stride + first, length, y + i * y_stride + first, scales + i * blocks + block,
          sums ? sums + i * blocks + block : 0);
    }
    for (size_t k = inner; k < y_stride; k++) y[i * y_stride + k] = 0;
  }
}

#undef PANEL_VECTORS
#undef TILE_ROWS
#undef FOR_EACH_ROWS
#undef vs
#undef vb
#undef vu
