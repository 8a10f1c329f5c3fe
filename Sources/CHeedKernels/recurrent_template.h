// Cells of recurrent networks, gated linear units and additive attention, once for each variant
// (for_each_variant.h). The derivations stand where the Swift operations use them.
#include "lanes_template.h"

static void HEED_NAME(heed_lstm_row)(
    const float *inputs, const float *recurrent, const float *previous_cell, float *gates, float *hidden,
    float *cell, size_t size) {
  const float *x = inputs, *u = recurrent;
  FOR_EACH_VECTOR(0, size, {
    const vf input = v_sigmoid(LOAD(x + j) + LOAD(u + j));
    const vf forget = v_sigmoid(LOAD(x + size + j) + LOAD(u + size + j));
    const vf candidate = v_tanh(LOAD(x + 2 * size + j) + LOAD(u + 2 * size + j));
    const vf output = v_sigmoid(LOAD(x + 3 * size + j) + LOAD(u + 3 * size + j));
    const vf kept = v_fma(forget, LOAD(previous_cell + j), input * candidate);
    STORE(gates + j, input);
    STORE(gates + size + j, forget);
    STORE(gates + 2 * size + j, candidate);
    STORE(gates + 3 * size + j, output);
    STORE(cell + j, kept);
    STORE(hidden + j, output * v_tanh(kept));
  });
}

static void HEED_NAME(heed_lstm_gradient_row)(
    const float *gates, const float *cell, const float *previous_cell, const float *d_hidden, float *d_cell,
    float *d_inputs, size_t size) {
  FOR_EACH_VECTOR(0, size, {
    const vf one = v_set(1);
    const vf input = LOAD(gates + j);
    const vf forget = LOAD(gates + size + j);
    const vf candidate = LOAD(gates + 2 * size + j);
    const vf output = LOAD(gates + 3 * size + j);
    const vf shown = v_tanh(LOAD(cell + j));
    const vf dh = LOAD(d_hidden + j);
    const vf dc = v_fma(dh * output, v_fma(-shown, shown, one), LOAD(d_cell + j));
    STORE(d_inputs + j, dc * candidate * (input * (one - input)));
    STORE(d_inputs + size + j, dc * LOAD(previous_cell + j) * (forget * (one - forget)));
    STORE(d_inputs + 2 * size + j, dc * input * v_fma(-candidate, candidate, one));
    STORE(d_inputs + 3 * size + j, dh * shown * (output * (one - output)));
    STORE(d_cell + j, dc * forget);
  });
}

static void HEED_NAME(heed_gru_row)(
    const float *inputs, const float *recurrent, const float *previous_hidden, float *gates, float *hidden,
    size_t size) {
  const float *x = inputs, *u = recurrent;
  FOR_EACH_VECTOR(0, size, {
    const vf reset = v_sigmoid(LOAD(x + j) + LOAD(u + j));
    const vf update = v_sigmoid(LOAD(x + size + j) + LOAD(u + size + j));
    const vf past = LOAD(u + 2 * size + j);
    const vf candidate = v_tanh(v_fma(reset, past, LOAD(x + 2 * size + j)));
    STORE(gates + j, reset);
    STORE(gates + size + j, update);
    STORE(gates + 2 * size + j, candidate);
    STORE(gates + 3 * size + j, past);
    STORE(hidden + j, v_fma(update, LOAD(previous_hidden + j) - candidate, candidate));
  });
}

static void HEED_NAME(heed_gru_gradient_row)(
    const float *gates, const float *previous_hidden, const float *d_hidden, float *d_previous, float *d_inputs,
    float *d_recurrent, size_t size) {
  FOR_EACH_VECTOR(0, size, {
    const vf one = v_set(1);
    const vf reset = LOAD(gates + j);
    const vf update = LOAD(gates + size + j);
    const vf candidate = LOAD(gates + 2 * size + j);
    const vf past = LOAD(gates + 3 * size + j);
    const vf dh = LOAD(d_hidden + j);
    const vf d_candidate = dh * (one - update) * v_fma(-candidate, candidate, one);
    const vf d_update = dh * (LOAD(previous_hidden + j) - candidate) * (update * (one - update));
    const vf d_reset = d_candidate * past * (reset * (one - reset));
    STORE(d_inputs + j, d_reset);
    STORE(d_inputs + size + j, d_update);
    STORE(d_inputs + 2 * size + j, d_candidate);
    STORE(d_recurrent + j, d_reset);
    STORE(d_recurrent + size + j, d_update);
    STORE(d_recurrent + 2 * size + j, d_candidate * reset);
    STORE(d_previous + j, dh * update);
  });
}

static void HEED_NAME(heed_gated_linear_unit)(const float *x, float *y, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    const float *value = x + r * 2 * width, *gate = value + width;
    float *row = y + r * width;
    FOR_EACH_VECTOR(0, width, { STORE(row + j, LOAD(value + j) * v_sigmoid(LOAD(gate + j))); });
  }
}

static void HEED_NAME(heed_gated_linear_unit_gradient)(
    const float *x, const float *dy, float *dx, size_t rows, size_t width) {
  for (size_t r = 0; r < rows; r++) {
    const float *value = x + r * 2 * width, *gate = value + width, *gradient = dy + r * width;
    float *d_value = dx + r * 2 * width, *d_gate = d_value + width;
    FOR_EACH_VECTOR(0, width, {
      const vf open = v_sigmoid(LOAD(gate + j));
      const vf through = LOAD(gradient + j) * open;
      STORE(d_value + j, through);
      STORE(d_gate + j, through * LOAD(value + j) * (v_set(1) - open));
    });
  }
}

static void HEED_NAME(heed_additive_scores)(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    float *scores) {
  for (size_t k = 0; k < key_count; k++) {
    const float *key = keys + k * key_stride;
    vf sum = v_set(0);
    // Past the end the vector is padded with zeros, so nothing is added there.
    FOR_EACH_VECTOR(
        0, size, { sum = v_fma(LOAD(vector + j), v_tanh(LOAD(query + j) + LOAD(key + j)), sum); });
    scores[k] = v_sum(sum);
  }
}

static void HEED_NAME(heed_additive_scores_gradient)(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    const float *d_scores, float *d_query, float *d_keys, float *d_vector) {
  for (size_t k = 0; k < key_count; k++) {
    const float *key = keys + k * key_stride;
    float *d_key = d_keys + k * key_stride;
    const vf slope = v_set(d_scores[k]);
    FOR_EACH_VECTOR(0, size, {
      const vf bent = v_tanh(LOAD(query + j) + LOAD(key + j));
      const vf through = slope * LOAD(vector + j) * v_fma(-bent, bent, v_set(1));
      STORE(d_query + j, LOAD(d_query + j) + through);
      STORE(d_key + j, LOAD(d_key + j) + through);
      STORE(d_vector + j, v_fma(slope, bent, LOAD(d_vector + j)));
    });
  }
}

static void HEED_NAME(heed_row_products)(
    const float *x, const float *rows, size_t stride, size_t count, size_t size, float *y) {
  for (size_t r = 0; r < count; r++) {
    const float *row = rows + r * stride;
    vf sum = v_set(0);
    FOR_EACH_VECTOR(0, size, { sum = v_fma(LOAD(x + j), LOAD(row + j), sum); });
    y[r] = v_sum(sum);
  }
}
