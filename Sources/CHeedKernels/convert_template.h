// One variant of the conversions, for for_each_variant.h: plain loops without branches, which the compiler turns into
// vectors of this variant.

HEED_INLINE uint32_t HEED_NAME(bits_of)(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
HEED_INLINE float HEED_NAME(float_of)(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static void HEED_NAME(bfloat16_to_float)(const uint16_t *restrict x, float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = HEED_NAME(float_of)((uint32_t)x[i] << 16);
}

static void HEED_NAME(float_to_bfloat16)(const float *restrict x, uint16_t *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = HEED_NAME(bits_of)(x[i]);
    // Adding 0x7fff, and 1 more if the last bit kept is odd, rounds to the nearest, ties to even.
    const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    const uint32_t quiet = (bits >> 16) | 0x40;  // NaN stays NaN whichever of its bits are cut off
    y[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
  }
}

static void HEED_NAME(half_to_float)(const uint16_t *restrict x, float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t size = x[i] & 0x7fffu, sign = (uint32_t)(x[i] & 0x8000u) << 16;
    // The exponents differ by 112; the multiplication also sets subnormals right, exactly.
    const uint32_t finite = HEED_NAME(bits_of)(HEED_NAME(float_of)(size << 13) * 0x1p112f);
    const uint32_t special = 0x7f800000 | size << 13;  // infinity and NaN
    y[i] = HEED_NAME(float_of)((size >= 0x7c00 ? special : finite) | sign);
  }
}

static void HEED_NAME(float_to_half)(const float *restrict x, uint16_t *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = HEED_NAME(bits_of)(x[i]);
    const uint32_t size = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
    const uint32_t normal = (size - (112u << 23) + 0xfff + ((size >> 13) & 1)) >> 13;  // may round up to infinity
    // Added to ½, a number below 2⁻¹⁴ is rounded by the processor to a multiple of 2⁻²⁴, the smallest half.
    const uint32_t subnormal =
        HEED_NAME(bits_of)(HEED_NAME(float_of)(size) + 0.5f) - HEED_NAME(bits_of)(0.5f);
    uint32_t half = size < 0x38800000 ? subnormal : normal;
    half = size >= 0x477ff000 ? 0x7c00 : half;  // 65520 and more round to infinity
    half = size > 0x7f800000 ? 0x7e00 | (size >> 13 & 0x3ff) : half;
    y[i] = (uint16_t)(half | sign);
  }
}

static void HEED_NAME(quantize_int8_row)(const float *restrict x, int8_t *restrict y, float *scale, size_t count) {
  // As integers, the bits of |x| are in the order of their values, with NaN above all.
  uint32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t size = HEED_NAME(bits_of)(x[i]) & 0x7fffffff;
    largest = size > largest ? size : largest;
  }
  *scale = HEED_NAME(float_of)(largest) / 127;
  const float divisor = *scale;
  if (!(divisor > 0 && divisor <= FLT_MAX)) {
    memset(y, 0, count);  // zeros, or a row with infinities or NaN, which scale · 0 = NaN makes plain
    return;
  }
  for (size_t i = 0; i < count; i++) {
    float quotient = x[i] / divisor;
    // A scale so small that it has lost bits could lead beyond.
    quotient = quotient > 127 ? 127 : quotient;
    quotient = quotient < -127 ? -127 : quotient;
    // Adding 1.5 · 2²³ rounds to the nearest whole number, ties to even.
    y[i] = (int8_t)(int32_t)(quotient + 0x1.8p23f - 0x1.8p23f);
  }
}

static void HEED_NAME(dequantize_int8_row)(
    const int8_t *restrict x, float scale, float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = scale * (float)x[i];
}
