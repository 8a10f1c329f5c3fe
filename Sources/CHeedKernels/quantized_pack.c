// Packing is done once for each weight, when a model is loaded; unpacking for each token that is looked up.
#include "internal_quantized.h"

/// Where a panel of quantised weights has what belongs to one block of k.
typedef struct {
  uint8_t *scales, *minimums, *lines;
} heed_panel_block;

static heed_panel_block heed_block_at(uint8_t *panel, heed_quantized_form form, size_t block) {
  if (form == HEED_QUANTIZED_INT8_ROWS) return (heed_panel_block){.lines = panel};
  uint8_t *start = panel + block * heed_quantized_panel_size(form, HEED_BLOCK);
  if (form == HEED_QUANTIZED_INT8_BLOCKS)
    return (heed_panel_block){.scales = start, .lines = start + 2 * HEED_PANEL};
  return (heed_panel_block){
      .scales = start, .minimums = start + 2 * HEED_PANEL, .lines = start + 4 * HEED_PANEL};
}

/// The byte of weight k of a block in column j: a line for each pair of k; with 4 bits, for two pairs.
static size_t heed_place(heed_quantized_form form, size_t k, size_t j) {
  const size_t line = form == HEED_QUANTIZED_INT4_BLOCKS ? k / 4 : k / 2;
  return line * (2 * HEED_PANEL) + 2 * j + k % 2;
}

/// The bits of weight k in its byte: those of the second pair of a line are the upper ones.
static int heed_shift(size_t k) { return k % 4 < 2 ? 0 : 4; }

enum { HEED_PAIRS_AT_ONCE = 8 };
typedef uint16_t heed_pairs __attribute__((ext_vector_type(HEED_PAIRS_AT_ONCE)));

/// Eight pairs of eight columns, which begin `stride` bytes apart, into the same places of eight lines.
static void heed_transpose_pairs(const uint8_t *columns, size_t stride, uint8_t *lines) {
  heed_pairs x[HEED_PAIRS_AT_ONCE], y[HEED_PAIRS_AT_ONCE];
  for (int i = 0; i < HEED_PAIRS_AT_ONCE; i++) memcpy(x + i, columns + i * stride, sizeof *x);
  // Three rounds, each interleaving row i with row i + 4.
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < HEED_PAIRS_AT_ONCE / 2; i++) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    memcpy(x, y, sizeof x);
  }
  for (int i = 0; i < HEED_PAIRS_AT_ONCE; i++) memcpy(lines + i * 2 * HEED_PANEL, x + i, sizeof *x);
}

void heed_pack_int8(
    const int8_t *values, size_t columns, size_t inner, size_t first_panel, size_t panel_count, uint8_t *packed) {
  const heed_quantized_form form = HEED_QUANTIZED_INT8_ROWS;
  const size_t size = heed_quantized_panel_size(form, inner);
  for (size_t p = first_panel; p < first_panel + panel_count; p++) {
    uint8_t *panel = packed + p * size;
    const size_t left = columns - p * HEED_PANEL;
    const int8_t *first_column = values + p * HEED_PANEL * inner;
    size_t whole = 0;
    if (left >= HEED_PANEL)
      for (; whole + HEED_PAIRS_AT_ONCE * 2 <= inner; whole += HEED_PAIRS_AT_ONCE * 2)
        for (size_t j = 0; j < HEED_PANEL; j += HEED_PAIRS_AT_ONCE)
          heed_transpose_pairs(
              (const uint8_t *)first_column + j * inner + whole, inner, panel + heed_place(form, whole, j));
    if (whole == inner) continue;
    memset(panel + heed_place(form, whole, 0), 0, size - heed_place(form, whole, 0));
    for (size_t j = 0; j < HEED_PANEL && j < left; j++)
      for (size_t k = whole; k < inner; k++)
        panel[heed_place(form, k, j)] = (uint8_t)first_column[j * inner + k];
  }
}

/// The weights of one GGUF block in 0 ..< 16 or as int8, with the bytes of its scale and minimum.
typedef struct {
  uint8_t weights[HEED_BLOCK], scale[2], minimum[2];
} heed_block_content;

static heed_block_content heed_read_block(heed_block_format format, const uint8_t *x) {
  heed_block_content content = {.scale = {x[0], x[1]}};
  switch (format) {
    case HEED_BLOCKS_Q8_0:
      memcpy(content.weights, x + 2, HEED_BLOCK);
      break;
    case HEED_BLOCKS_Q5_0:
      for (int i = 0; i < 16; i++) {
        const int low = x[2 + i / 8] >> i % 8 & 1, high = x[4 + i / 8] >> i % 8 & 1;
        content.weights[i] = (uint8_t)(((x[6 + i] & 15) | low << 4) - 16);
        content.weights[i + 16] = (uint8_t)((x[6 + i] >> 4 | high << 4) - 16);
      }
      break;
    default: {  // Q4_0 and Q4_1
      const bool shifted = format == HEED_BLOCKS_Q4_1;
      const uint8_t *q = x + (shifted ? 4 : 2);
      for (int i = 0; i < 16; i++) {
        content.weights[i] = q[i] & 15;
        content.weights[i + 16] = q[i] >> 4;
      }
      if (shifted) {
        memcpy(content.minimum, x + 2, 2);
      } else {  // (q − 8) d = q d + (−8 d), which a half-precision number holds exactly below 65,520
        const float minimum = -8 * heed_half(x);
        uint16_t half;
        heed_float_to_half(&minimum, &half, 1);
        content.minimum[0] = (uint8_t)half;
        content.minimum[1] = (uint8_t)(half >> 8);
      }
    }
  }
  return content;
}

static size_t heed_block_size(heed_block_format format) {
  switch (format) {
    case HEED_BLOCKS_Q4_0:
      return 18;
    case HEED_BLOCKS_Q4_1:
      return 20;
    case HEED_BLOCKS_Q5_0:
      return 22;
    default:  // Q8_0
      return 34;
  }
}

void heed_pack_blocks(
    heed_block_format format, const void *rows, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, uint8_t *packed) {
  const heed_quantized_form form = format == HEED_BLOCKS_Q8_0 || format == HEED_BLOCKS_Q5_0
                                       ? HEED_QUANTIZED_INT8_BLOCKS
                                       : HEED_QUANTIZED_INT4_BLOCKS;
  const bool nibbles = form == HEED_QUANTIZED_INT4_BLOCKS;
  const size_t size = heed_quantized_panel_size(form, inner), blocks = inner / HEED_BLOCK;
  for (size_t p = first_panel; p < first_panel + panel_count; p++) {
    uint8_t *panel = packed + p * size;
    memset(panel, 0, size);
    for (size_t block = 0; block < blocks; block++) {
      const heed_panel_block to = heed_block_at(panel, form, block);
      for (size_t j = 0; j < HEED_PANEL && p * HEED_PANEL + j < columns; j++) {
        const size_t index = (p * HEED_PANEL + j) * blocks + block;
        const heed_block_content content =
            heed_read_block(format, (const uint8_t *)rows + index * heed_block_size(format));
        memcpy(to.scales + 2 * j, content.scale, 2);
        if (nibbles) memcpy(to.minimums + 2 * j, content.minimum, 2);
        for (size_t k = 0; k < HEED_BLOCK; k++)
          to.lines[heed_place(form, k, j)] |= (uint8_t)(content.weights[k] << (nibbles ? heed_shift(k) : 0));
      }
    }
  }
}

void heed_unpack_column(
    heed_quantized_form form, const uint8_t *packed, const float *scales, size_t inner, size_t column, float *y) {
  uint8_t *panel = (uint8_t *)packed + column / HEED_PANEL * heed_quantized_panel_size(form, inner);
  const size_t j = column % HEED_PANEL;
  if (form == HEED_QUANTIZED_INT8_ROWS) {
    for (size_t k = 0; k < inner; k++) y[k] = scales[column] * (float)(int8_t)panel[heed_place(form, k, j)];
    return;
  }
  for (size_t block = 0; block < inner / HEED_BLOCK; block++, y += HEED_BLOCK) {
    const heed_panel_block from = heed_block_at(panel, form, block);
    const float scale = heed_half(from.scales + 2 * j);
    if (form == HEED_QUANTIZED_INT8_BLOCKS) {
      for (size_t k = 0; k < HEED_BLOCK; k++) y[k] = scale * (float)(int8_t)from.lines[heed_place(form, k, j)];
    } else {
      const float minimum = heed_half(from.minimums + 2 * j);
      for (size_t k = 0; k < HEED_BLOCK; k++)
        y[k] = scale * (float)(from.lines[heed_place(form, k, j)] >> heed_shift(k) & 15) + minimum;
    }
  }
}
