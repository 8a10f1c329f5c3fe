// Vectors of LANES floats and the functions on them. for_each_variant.h includes this once for each variant, so there
// is no include guard; vectormath_end.h takes the short names away again.
//
// A short row, or the end of a row, goes through the same code as the rest (v_load_first pads, v_store_first leaves
// the rest of memory alone), so the place of an element in its row does not change its value.

#define vf HEED_NAME(heed_vf)                        // floats
#define vi HEED_NAME(heed_vi)                        // int32, and masks: −1 true, 0 false
#define vf_anywhere HEED_NAME(heed_vf_anywhere)      // a vf in memory, at any alignment
#define v_set HEED_NAME(heed_v_set)                  // x in every lane
#define v_load HEED_NAME(heed_v_load)                // LANES floats
#define v_store HEED_NAME(heed_v_store)              //
#define v_load_first HEED_NAME(heed_v_load_first)    // the first count < LANES of them, zeros after
#define v_store_first HEED_NAME(heed_v_store_first)  // the first count < LANES of them
#define v_fma HEED_NAME(heed_v_fma)                  // a · b + c
#define v_max HEED_NAME(heed_v_max)                  // b if either is NaN
#define v_min HEED_NAME(heed_v_min)                  // b if either is NaN
#define v_abs HEED_NAME(heed_v_abs)
#define v_copysign HEED_NAME(heed_v_copysign)  // |a| with the sign of b
#define v_any HEED_NAME(heed_v_any)            // whether a mask is true anywhere
#define v_sum HEED_NAME(heed_v_sum)            // of the lanes, by halves
#define v_largest HEED_NAME(heed_v_largest)    // of the lanes
#define v_as_int HEED_NAME(heed_v_as_int)      // the same bits
#define v_as_float HEED_NAME(heed_v_as_float)  // the same bits
#define v_exp HEED_NAME(heed_v_exp)
#define v_tanh HEED_NAME(heed_v_tanh)
#define v_erf HEED_NAME(heed_v_erf)
#define v_sigmoid HEED_NAME(heed_v_sigmoid)
#define v_activate HEED_NAME(heed_v_activate)

typedef float vf __attribute__((ext_vector_type(LANES)));
typedef int32_t vi __attribute__((ext_vector_type(LANES)));
typedef float vf_anywhere __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

// `condition ? a : b` works on these vectors, lane by lane, with a comparison of vectors as the condition.

HEED_INLINE vf v_set(float x) { return (vf)x; }
HEED_INLINE vf v_load(const float *p) { return *(const vf_anywhere *)p; }
HEED_INLINE void v_store(float *p, vf x) { *(vf_anywhere *)p = x; }
HEED_INLINE vi v_as_int(vf x) { return (vi)x; }
HEED_INLINE vf v_as_float(vi x) { return (vf)x; }

HEED_INLINE vf v_load_first(const float *p, size_t count) {
#if defined(ISA_AVX2)
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
  return (vf)_mm256_maskload_ps(p, mask);
#elif defined(ISA_AVX512)
  return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), p);
#else
  vf x = v_set(0);
  for (int i = 0; i < LANES; i++)
    if ((size_t)i < count) x[i] = p[i];
  return x;
#endif
}

HEED_INLINE void v_store_first(float *p, size_t count, vf x) {
#if defined(ISA_AVX2)
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
  _mm256_maskstore_ps(p, mask, (__m256)x);
#elif defined(ISA_AVX512)
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << count) - 1), (__m512)x);
#else
  for (int i = 0; i < LANES; i++)
    if ((size_t)i < count) p[i] = x[i];
#endif
}

HEED_INLINE vf v_fma(vf a, vf b, vf c) {
#if HAS_FMA
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

HEED_INLINE vf v_max(vf a, vf b) { return a > b ? a : b; }
HEED_INLINE vf v_min(vf a, vf b) { return a < b ? a : b; }
HEED_INLINE vf v_abs(vf a) { return v_as_float(v_as_int(a) & 0x7fffffff); }
HEED_INLINE vf v_copysign(vf a, vf b) {
  const vi sign = (vi)(int32_t)0x80000000;
  return v_as_float((v_as_int(a) & ~sign) | (v_as_int(b) & sign));
}
HEED_INLINE bool v_any(vi mask) { return __builtin_reduce_or(mask) != 0; }

HEED_INLINE float v_sum(vf x) {
#if LANES == 16
  const __attribute__((ext_vector_type(8))) float eight = x.lo + x.hi;
  const __attribute__((ext_vector_type(4))) float four = eight.lo + eight.hi;
#elif LANES == 8
  const __attribute__((ext_vector_type(4))) float four = x.lo + x.hi;
#else
  const vf four = x;
#endif
  const __attribute__((ext_vector_type(2))) float two = four.lo + four.hi;
  return two.x + two.y;
}

HEED_INLINE float v_largest(vf x) {
  float largest = x[0];
  for (int i = 1; i < LANES; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

/// eˣ within 2 units in the last place; 0 below −103.98, ∞ above 88.73, NaN for NaN.
HEED_INLINE vf v_exp(vf x) {
  // The bounds are past those where the result becomes 0 and ∞. NaN passes, being the second operand.
  x = v_min(v_set(89.0f), v_max(v_set(-105.0f), x));
  // x = n ln 2 + r with |r| ≤ ln 2 / 2; adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits.
  const vf shift = v_set(0x1.8p23f);
  const vf shifted = v_fma(x, v_set(0x1.715476p0f), shift);
  const vf n = shifted - shift;
  // ln 2 in two parts, the first short enough for n times it to be exact.
  const vf r = v_fma(n, v_set(-0x1.7f7d1cp-20f), v_fma(n, v_set(-0x1.62e4p-1f), x));
  // Minimax polynomial of (eʳ − 1 − r) / r².
  vf p = v_set(0x1.6a2434p-10f);
  p = v_fma(p, r, v_set(0x1.1239e4p-7f));
  p = v_fma(p, r, v_set(0x1.5558f2p-5f));
  p = v_fma(p, r, v_set(0x1.555492p-3f));
  p = v_fma(p, r, v_set(0x1.fffffcp-2f));
  p = v_fma(p * r, r, r) + v_set(1);
  // Times 2ⁿ in two steps, for n = 128 and for results below 2⁻¹²⁶.
  const vi exponent = v_as_int(shifted) - v_as_int(shift);
  const vi half = exponent >> 1;
  const vf first = v_as_float((half + 127) << 23);
  const vf second = v_as_float((exponent - half + 127) << 23);
  return p * first * second;
}

/// Hyperbolic tangent.
HEED_INLINE vf v_tanh(vf x) {
  const vf size = v_abs(x);
  // tanh |x| = 1 − 2 / (e^(2|x|) + 1) loses digits near zero, where an odd polynomial serves.
  const vf large = v_set(1) - v_set(2) / (v_exp(size + size) + v_set(1));
  const vf square = x * x;
  vf p = v_set(0x1.246e0ap-9f);
  p = v_fma(p, square, v_set(-0x1.0ee560p-7f));
  p = v_fma(p, square, v_set(0x1.6418d8p-6f));
  p = v_fma(p, square, v_set(-0x1.b9fa8ap-5f));
  p = v_fma(p, square, v_set(0x1.11109ep-3f));
  p = v_fma(p, square, v_set(-0x1.555554p-2f));
  const vf small = v_fma(p * square, size, size);
  return v_copysign(size < v_set(0.6f) ? small : large, x);
}

/// The error function, 2/√π ∫₀ˣ e^(−t²) dt.
HEED_INLINE vf v_erf(vf x) {
  const vf size = v_abs(x);
  // Near zero, x + x · polynomial(x²).
  const vf square = x * x;
  vf small = v_set(-0x1.395c8cp-11f);
  small = v_fma(small, square, v_set(0x1.4716c4p-8f));
  small = v_fma(small, square, v_set(-0x1.b686eep-6f));
  small = v_fma(small, square, v_set(0x1.ce1a46p-4f));
  small = v_fma(small, square, v_set(-0x1.8126e6p-2f));
  small = v_fma(small, square, v_set(0x1.06eba6p-3f));
  small = v_fma(small, size, size);
  // Elsewhere 1 − exp(log erfc |x|), log erfc |x| being |x| · polynomial(|x|); from 4 on, erf is 1.
  const vf t = v_min(v_set(4), size);
  vf large = v_set(-0x1.78db32p-17f);
  large = v_fma(large, t, v_set(0x1.527bb2p-12f));
  large = v_fma(large, t, v_set(-0x1.dd6c7ep-9f));
  large = v_fma(large, t, v_set(0x1.855146p-6f));
  large = v_fma(large, t, v_set(-0x1.b3256ep-4f));
  large = v_fma(large, t, v_set(-0x1.45328ep-1f));
  large = v_fma(large, t, v_set(-0x1.20ef1cp+0f));
  large = v_set(1) - v_exp(large * t);
  return v_copysign(size < v_set(0.93f) ? small : large, x);
}

/// 1 / (1 + e⁻ˣ).
HEED_INLINE vf v_sigmoid(vf x) { return v_set(1) / (v_set(1) + v_exp(-x)); }

/// The activation of the header. `activation` is the same for all lanes; let the compiler see it outside of loops.
HEED_INLINE vf v_activate(heed_activation activation, vf x) {
  switch (activation) {
    case HEED_ACTIVATION_RELU:
      return v_max(v_set(0), x);
    case HEED_ACTIVATION_GELU:
      return v_set(0.5f) * x * (v_set(1) + v_erf(x * v_set(0x1.6a09e6p-1f)));
    case HEED_ACTIVATION_GELU_TANH: {
      // ½ x (1 + tanh u) = x σ(2u), u = √(2/π) (x + 0.044715 x³)
      const vf cube = x * x * x;
      return x * v_sigmoid(v_set(1.5957691216057308f) * v_fma(v_set(0.044715f), cube, x));
    }
    case HEED_ACTIVATION_SILU:
      return x * v_sigmoid(x);
    case HEED_ACTIVATION_TANH:
      return v_tanh(x);
    default:
      return x;
  }
}
