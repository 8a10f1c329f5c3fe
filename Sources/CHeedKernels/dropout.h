// The generator behind dropout: a hash of (seed, index), so that any element can be had alone and in any order.
#ifndef HEED_DROPOUT_H
#define HEED_DROPOUT_H

#include "dispatch.h"

typedef struct {
  uint64_t seed;
  uint32_t high;             // the upper half of the indices that the keys are for
  uint32_t key0, key1, key2;
  uint32_t threshold;        // an element is kept if its hash is at least this: probability · 2^32
  float factor;              // 1 / (1 − probability)
} dropout_state;

/// Keys for the indices whose upper half is `high`: two rounds of SplitMix64 (Steele, Lea and Flood, 2014) over the
/// seed, so that neighbouring seeds and neighbouring stretches of 2^32 elements are unrelated.
HEED_INLINE void dropout_set_high(dropout_state *state, uint32_t high) {
  uint64_t keys[2];
  for (uint64_t i = 0; i < 2; i++) {
    uint64_t z = state->seed + (2 * (uint64_t)high + i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    keys[i] = z ^ (z >> 31);
  }
  state->high = high;
  state->key0 = (uint32_t)keys[0];
  state->key1 = (uint32_t)(keys[0] >> 32);
  state->key2 = (uint32_t)keys[1];
}

HEED_INLINE dropout_state dropout_begin(float probability, uint64_t seed) {
  dropout_state state = {.seed = seed};
  state.threshold = (uint32_t)((double)probability * 4294967296.0);
  state.factor = (float)(1.0 / (1.0 - (double)probability));
  dropout_set_high(&state, 0);
  return state;
}

/// The hash of an index with the upper half of `state`, given its lower half: three rounds of multiply and
/// xor-shift with a key before each. `x` is a uint32_t or a vector of them.
#define DROPOUT_HASH(state, x)  \
  do {                          \
    x = x ^ (state)->key0;      \
    x = x ^ (x >> 17);          \
    x = x * 0xED5AD4BBu;        \
    x = x ^ (x >> 11);          \
    x = x + (state)->key1;      \
    x = x * 0xAC4C1B51u;        \
    x = x ^ (x >> 15);          \
    x = x ^ (state)->key2;      \
    x = x * 0x31848BABu;        \
    x = x ^ (x >> 14);          \
  } while (0)

#endif
