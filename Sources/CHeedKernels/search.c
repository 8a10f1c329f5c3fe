#include <math.h>

#define HEED_TEMPLATE "search_template.h"
#include "for_each_variant.h"

static size_t next_above(const float *values, size_t start, size_t size, float threshold) {
  HEED_DISPATCH(heed_next_above, values, start, size, threshold)
}

// The best so far are a binary heap in the output arrays, the worst at its root.

typedef struct {
  float value;
  int32_t index;
} candidate;

static bool is_worse(candidate a, candidate b) {
  return a.value < b.value || (a.value == b.value && a.index > b.index);
}

/// Puts `item` into the heap of `count` at `place` or below, moving up those that are worse.
static void sink(float *values, int32_t *indices, size_t count, size_t place, candidate item) {
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= count) break;
    candidate worst = {values[child], indices[child]};
    if (child + 1 < count) {
      const candidate right = {values[child + 1], indices[child + 1]};
      if (is_worse(right, worst)) {
        worst = right;
        child++;
      }
    }
    if (!is_worse(worst, item)) break;
    values[place] = worst.value;
    indices[place] = worst.index;
    place = child;
  }
  values[place] = item.value;
  indices[place] = item.index;
}

void heed_top_k(const float *values, size_t size, size_t count, int32_t *indices, float *best) {
  if (count == 0) return;
  for (size_t i = 0; i < count; i++) {
    best[i] = isnan(values[i]) ? -INFINITY : values[i];
    indices[i] = (int32_t)i;
  }
  for (size_t i = count / 2; i-- > 0;) sink(best, indices, count, i, (candidate){best[i], indices[i]});

  // Indices ascend, so a value that only equals the worst comes too late; nor is NaN above anything.
  for (size_t i = count; (i = next_above(values, i, size, best[0])) < size; i++)
    sink(best, indices, count, 0, (candidate){values[i], (int32_t)i});

  // Moves the worst to the end, again and again: what is left is in descending order.
  for (size_t end = count - 1; end > 0; end--) {
    const candidate worst = {best[0], indices[0]}, last = {best[end], indices[end]};
    sink(best, indices, end, 0, last);
    best[end] = worst.value;
    indices[end] = worst.index;
  }
}
