// Loops over arrays by vectors, for the templates. The end of an array goes through the same arithmetic as the rest.
#ifndef HEED_LOOPS_H
#define HEED_LOOPS_H

// Runs the statements for j = first, first + LANES, … Inside, LOAD and STORE take a vector, or what is left of one.
#define FOR_EACH_VECTOR(first, end, ...)               \
  do {                                                 \
    size_t j = (first);                                \
    for (; j + LANES <= (end); j += LANES) {           \
      enum { whole = 1 };                              \
      const size_t part = LANES;                       \
      (void)part;                                      \
      __VA_ARGS__                                      \
    }                                                  \
    if (j < (end)) {                                   \
      enum { whole = 0 };                              \
      const size_t part = (end) - j;                   \
      __VA_ARGS__                                      \
    }                                                  \
  } while (0)

// The same with `chain` the accumulator that a vector belongs to, 0 ..< CHAINS in turn, so that an addition need not
// wait for the one before it. A sum thus depends on the elements and their number alone.
#define CHAINS 4
#define FOR_EACH_CHAINED(first, end, ...)              \
  do {                                                 \
    size_t j = (first);                                \
    for (; j + CHAINS * LANES <= (end);) {             \
      HEED_LINK(0, __VA_ARGS__)                        \
      HEED_LINK(1, __VA_ARGS__)                        \
      HEED_LINK(2, __VA_ARGS__)                        \
      HEED_LINK(3, __VA_ARGS__)                        \
    }                                                  \
    HEED_LAST_LINK(0, end, __VA_ARGS__)                \
    HEED_LAST_LINK(1, end, __VA_ARGS__)                \
    HEED_LAST_LINK(2, end, __VA_ARGS__)                \
    HEED_LAST_LINK(3, end, __VA_ARGS__)                \
  } while (0)
#define HEED_LINK(index, ...)                          \
  {                                                    \
    enum { whole = 1, chain = index };                 \
    const size_t part = LANES;                         \
    (void)part;                                        \
    __VA_ARGS__                                        \
    j += LANES;                                        \
  }
#define HEED_LAST_LINK(index, end, ...)                \
  if (j < (end)) {                                     \
    enum { whole = 0, chain = index };                 \
    const size_t part = (end) - j;                     \
    __VA_ARGS__                                        \
    j += LANES;                                        \
  }

#define LOAD(p) (whole ? v_load(p) : HEED_NAME(load_up_to)(p, part))
#define STORE(p, x) (whole ? v_store(p, x) : HEED_NAME(store_up_to)(p, part, x))
// x where there are elements, `other` past the end.
#define WITHIN(x, other) (whole ? (x) : HEED_NAME(first_lanes)(part) ? (x) : v_set(other))

#endif
