// One variant of the reading of quantised blocks, for for_each_variant.h: loops of fixed length without branches, which
// the compiler turns into vectors of this variant.
//
// Scales have 11 significant bits and what they multiply has few, so that the products below are exact but for Q6_K's
// last: whether a multiplication and an addition are fused changes no bit.

/// The 32 bits at p.
HEED_INLINE uint32_t HEED_NAME(bits_at)(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// Blocks of 32: the low halves of 16 bytes are elements 0 to 15, the high halves 16 to 31.

static void HEED_NAME(dequantize_q4_0)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 18, y += 32) {
    const float scale = heed_half(x);
    for (int i = 0; i < 16; i++) {
      y[i] = scale * (float)((x[2 + i] & 15) - 8);
      y[i + 16] = scale * (float)((x[2 + i] >> 4) - 8);
    }
  }
}

static void HEED_NAME(dequantize_q4_1)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 20, y += 32) {
    const float scale = heed_half(x), minimum = heed_half(x + 2);
    for (int i = 0; i < 16; i++) {
      y[i] = scale * (float)(x[4 + i] & 15) + minimum;
      y[i + 16] = scale * (float)(x[4 + i] >> 4) + minimum;
    }
  }
}

// With five bits, the fifth of element i is bit i of a word.

static void HEED_NAME(dequantize_q5_0)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 22, y += 32) {
    const float scale = heed_half(x);
    const uint32_t high = HEED_NAME(bits_at)(x + 2);
    for (int i = 0; i < 16; i++) {
      const int low = x[6 + i];
      y[i] = scale * (float)(((low & 15) | (int)(high >> i & 1) << 4) - 16);
      y[i + 16] = scale * (float)((low >> 4 | (int)(high >> (i + 16) & 1) << 4) - 16);
    }
  }
}

static void HEED_NAME(dequantize_q5_1)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 24, y += 32) {
    const float scale = heed_half(x), minimum = heed_half(x + 2);
    const uint32_t high = HEED_NAME(bits_at)(x + 4);
    for (int i = 0; i < 16; i++) {
      const int low = x[8 + i];
      y[i] = scale * (float)((low & 15) | (int)(high >> i & 1) << 4) + minimum;
      y[i + 16] = scale * (float)(low >> 4 | (int)(high >> (i + 16) & 1) << 4) + minimum;
    }
  }
}

static void HEED_NAME(dequantize_q8_0)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 34, y += 32) {
    const float scale = heed_half(x);
    for (int i = 0; i < 32; i++) y[i] = scale * (float)(int8_t)x[2 + i];
  }
}

// Blocks of 256 in eight parts of 32. Twelve bytes hold a scale and a minimum of six bits for each part: those of the
// first four parts in the low six bits of bytes 0 to 3 and 4 to 7; those of the last four in the halves of bytes 8 to
// 11, their upper two bits in the upper two of bytes 0 to 7.

HEED_INLINE int HEED_NAME(part_scale)(const uint8_t *packed, int part) {
  return part < 4 ? packed[part] & 63 : (packed[part + 4] & 15) | packed[part - 4] >> 6 << 4;
}
HEED_INLINE int HEED_NAME(part_minimum)(const uint8_t *packed, int part) {
  return part < 4 ? packed[part + 4] & 63 : packed[part + 4] >> 4 | packed[part] >> 6 << 4;
}

static void HEED_NAME(dequantize_q4_k)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 144, y += 256) {
    const float scale = heed_half(x), minimum = heed_half(x + 2);
    for (int part = 0; part < 8; part += 2) {
      const float low_scale = scale * (float)HEED_NAME(part_scale)(x + 4, part);
      const float low_minimum = minimum * (float)HEED_NAME(part_minimum)(x + 4, part);
      const float high_scale = scale * (float)HEED_NAME(part_scale)(x + 4, part + 1);
      const float high_minimum = minimum * (float)HEED_NAME(part_minimum)(x + 4, part + 1);
      const uint8_t *q = x + 16 + 16 * part;
      float *out = y + 32 * part;
      for (int i = 0; i < 32; i++) {
        out[i] = low_scale * (float)(q[i] & 15) - low_minimum;
        out[i + 32] = high_scale * (float)(q[i] >> 4) - high_minimum;
      }
    }
  }
}

static void HEED_NAME(dequantize_q5_k)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 176, y += 256) {
    const float scale = heed_half(x), minimum = heed_half(x + 2);
    const uint8_t *high = x + 16;  // bit `part` of byte i is the fifth bit of element i of that part
    for (int part = 0; part < 8; part += 2) {
      const float low_scale = scale * (float)HEED_NAME(part_scale)(x + 4, part);
      const float low_minimum = minimum * (float)HEED_NAME(part_minimum)(x + 4, part);
      const float high_scale = scale * (float)HEED_NAME(part_scale)(x + 4, part + 1);
      const float high_minimum = minimum * (float)HEED_NAME(part_minimum)(x + 4, part + 1);
      const uint8_t *q = x + 48 + 16 * part;
      float *out = y + 32 * part;
      for (int i = 0; i < 32; i++) {
        out[i] = low_scale * (float)((q[i] & 15) | (high[i] >> part & 1) << 4) - low_minimum;
        out[i + 32] = high_scale * (float)(q[i] >> 4 | (high[i] >> (part + 1) & 1) << 4) - high_minimum;
      }
    }
  }
}

// Blocks of 256 in two halves of 128, each in four parts of 32: the low four bits of parts 0 and 1 in the low halves of
// 64 bytes, those of 2 and 3 in their high halves; the upper two bits of all four in 32 bytes; scales for every 16.

static void HEED_NAME(dequantize_q6_k)(const uint8_t *restrict x, float *restrict y, size_t block_count) {
  for (size_t b = 0; b < block_count; b++, x += 210, y += 256) {
    const float scale = heed_half(x + 208);
    for (int half = 0; half < 2; half++) {
      const uint8_t *low = x + 64 * half, *high = x + 128 + 32 * half, *scales = x + 192 + 8 * half;
      float *out = y + 128 * half;
      for (int part = 0; part < 4; part++) {
        const uint8_t *q = low + 32 * (part & 1);
        const int shift = part & 2 ? 4 : 0;
        for (int group = 0; group < 2; group++) {
          const float factor = scale * (float)(int8_t)scales[2 * part + group];
          for (int i = 16 * group; i < 16 * group + 16; i++)
            out[32 * part + i] =
                factor * (float)(((q[i] >> shift & 15) | (high[i] >> (2 * part) & 3) << 4) - 32);
        }
      }
    }
  }
}
