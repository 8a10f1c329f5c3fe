// Included by templates (for_each_variant.h): the vector form of dropout.h, with the same bits in every variant.

/// What elements index ..< index + LANES are multiplied by: 0, or 1 / (1 − probability).
HEED_INLINE vf HEED_NAME(dropout_factors)(dropout_state *state, uint64_t index) {
  const uint32_t high = (uint32_t)(index >> 32);
  const uint32_t low = (uint32_t)index;
  if (__builtin_expect(high != state->high, 0)) dropout_set_high(state, high);
  if (__builtin_expect(low > UINT32_MAX - LANES, 0)) {
    float factors[LANES];
    for (uint64_t lane = 0; lane < LANES; lane++) {
      dropout_set_high(state, (uint32_t)((index + lane) >> 32));
      uint32_t x = (uint32_t)(index + lane);
      DROPOUT_HASH(state, x);
      factors[lane] = x >= state->threshold ? state->factor : 0;
    }
    return v_load(factors);
  }
  HEED_NAME(vu) x = (HEED_NAME(vu))HEED_NAME(lane_indices)() + low;
  DROPOUT_HASH(state, x);
  return x >= state->threshold ? v_set(state->factor) : v_set(0);
}
