// The loops that a profile would show, in C. No allocation, no threads, no Swift types.
//
// Conventions: matrices are row-major float32; a "stride" counts floats between consecutive rows; pointers may have
// any alignment; output may not overlap input unless said. Every function has a portable variant and SIMD variants
// chosen at run time; all obey one law: the value of an output element depends on that element's own inputs and on the
// extents named in the function's comment, never on how many other rows are computed beside it, nor on how a caller
// divides the work into calls. That law is what makes Heed's results identical alone and in a batch, on one thread and
// on many.
#ifndef HEED_KERNELS_H
#define HEED_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Tells the processor that this thread is waiting in a loop.
static inline void heed_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// MARK: Instruction sets (isa.c)

typedef enum {
  HEED_ISA_PORTABLE = 0,
  HEED_ISA_AVX2 = 1,
  HEED_ISA_AVX512 = 2,
  HEED_ISA_NEON = 3,
} heed_isa;

/// Whether this processor can run the variant (and it was compiled in).
bool heed_isa_supported(heed_isa isa);
/// The variant in use: the best supported one, or what the environment variable HEED_ISA (portable, avx2, avx512,
/// neon) names if that is supported.
heed_isa heed_isa_current(void);
/// Changes the variant in use on the calling thread, for tests; returns false, and changes nothing, if it is not
/// supported.
bool heed_isa_select(heed_isa isa);
/// "portable", "avx2", "avx512" or "neon".
const char *heed_isa_name(heed_isa isa);
/// Whether the kernels were compiled with optimisation; without, they are about a hundred times slower.
bool heed_kernels_optimized(void);

// MARK: Matrix multiply (matmul*.c)

/// Columns in a panel of a packed matrix.
#define HEED_PANEL 16

/// What is applied to each element after the bias.
typedef enum {
  HEED_ACTIVATION_NONE = 0,
  HEED_ACTIVATION_RELU = 1,
  HEED_ACTIVATION_GELU = 2,       // x Φ(x), by the error function
  HEED_ACTIVATION_GELU_TANH = 3,  // GPT-2's approximation
  HEED_ACTIVATION_SILU = 4,       // x σ(x), also called swish
  HEED_ACTIVATION_TANH = 5,
} heed_activation;

/// Floats that a packed matrix of `inner` × `columns` occupies: whole panels, the last padded with zeros.
size_t heed_packed_count(size_t columns, size_t inner);

/// Packs panels `first_panel ..< first_panel + panel_count` of B, where B[k, j] = b[k * inner_stride + j *
/// column_stride]; one of the strides is 1. `packed` is the start of the whole packed matrix:
/// packed[(panel * inner + k) * HEED_PANEL + j % HEED_PANEL].
void heed_pack(
    const float *b, size_t inner_stride, size_t column_stride, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, float *packed);

typedef struct {
  const float *a;  // A[i, k] = a[i * a_row_stride + k * a_inner_stride]; one of the strides is 1
  size_t a_row_stride, a_inner_stride;
  const float *packed;  // the whole packed B; or B in place, where b_inner_stride is not 0
  size_t b_inner_stride;  // 0, or: B[k, j] = packed[k * b_inner_stride + j], `columns` being a multiple of HEED_PANEL
  float *c;             // C[i, j] = c[i * c_row_stride + j]
  size_t c_row_stride;
  const float *bias;  // [columns], or NULL
  heed_activation activation;
  bool accumulate;  // start from C instead of from the bias or zero (then no bias and no activation)
  size_t rows, columns, inner;
} heed_matmul_job;

/// C = activation(A·B + bias), or C += A·B, for the columns of panels `first_panel ..< first_panel + panel_count`.
/// Each element is one chain of fused multiply-adds in the order of k, starting from C, the bias or zero, whatever the
/// blocking: so equal rows give equal results in any batch and with any division of the work.
void heed_matmul(const heed_matmul_job *job, size_t first_panel, size_t panel_count);

// MARK: Products with quantised weights (quantized*.c)

/// Steps of k that share a scale in the forms that have blocks.
#define HEED_BLOCK 32
/// Steps of k whose products are summed as integers where all share a scale; sums of such segments are added as floats.
#define HEED_SEGMENT 512

/// The layouts of quantised blocks that GGUF files use, named as there; each comment gives elements and bytes of a block.
typedef enum {
  HEED_BLOCKS_Q4_0,  // 32 in 18: a half-precision scale d, then 4 bits each; (q − 8) d
  HEED_BLOCKS_Q4_1,  // 32 in 20: scale d and minimum m, then 4 bits each; q d + m
  HEED_BLOCKS_Q5_0,  // 32 in 22: scale d, then 5 bits each; (q − 16) d
  HEED_BLOCKS_Q5_1,  // 32 in 24: scale d and minimum m, then 5 bits each; q d + m
  HEED_BLOCKS_Q8_0,  // 32 in 34: scale d, then 8 bits each, with a sign; q d
  HEED_BLOCKS_Q4_K,  // 256 in 144: scales d and m, eight pairs (s, t) of 6 bits, then 4 bits each; q s d − t m
  HEED_BLOCKS_Q5_K,  // 256 in 176: the same with 5 bits each
  HEED_BLOCKS_Q6_K,  // 256 in 210: 6 bits each, sixteen scales s of 8 bits with a sign, scale d; (q − 32) s d
} heed_block_format;

/// How a packed quantised matrix holds its weights q. Activations are rounded to 16 bits (a scale for each row, or for
/// each block of a row); products within a segment or block are summed as integers, exactly.
typedef enum {
  HEED_QUANTIZED_INT8_ROWS,    // q · scale, a scale for each column of B
  HEED_QUANTIZED_INT8_BLOCKS,  // q · scale, half-precision scales for each column and block of k
  HEED_QUANTIZED_INT4_BLOCKS,  // q · scale + minimum, 0 ≤ q ≤ 15, both for each column and block of k
} heed_quantized_form;

/// Bytes of a panel (HEED_PANEL columns of B). `inner` is above 0, and in the forms with blocks a multiple of HEED_BLOCK.
size_t heed_quantized_panel_size(heed_quantized_form form, size_t inner);
/// The largest magnitude of activations: a sum of as many products as are summed as integers leaves room for it.
#define HEED_ACTIVATION_LIMIT 32767

/// Packs the panels of HEED_QUANTIZED_INT8_ROWS: column j of B is values[j * inner ..< (j + 1) * inner]. A panel holds
/// a line of 32 bytes for each pair of k: k and k + 1 of its first column, of its second …
void heed_pack_int8(
    const int8_t *values, size_t columns, size_t inner, size_t first_panel, size_t panel_count, uint8_t *packed);
/// Packs the panels of a form with blocks from rows of GGUF's blocks, a row for each column of B: Q8_0 and Q5_0 give
/// HEED_QUANTIZED_INT8_BLOCKS, Q4_0 and Q4_1 give HEED_QUANTIZED_INT4_BLOCKS, all without loss while 8 · the scale of Q4_0
/// is below 65,520. Other formats have no such form.
void heed_pack_blocks(
    heed_block_format format, const void *rows, size_t columns, size_t inner, size_t first_panel,
    size_t panel_count, uint8_t *packed);
/// y[k] = B[k, column], `inner` floats. `scales` as in heed_quantized_job.
void heed_unpack_column(
    heed_quantized_form form, const uint8_t *packed, const float *scales, size_t inner, size_t column, float *y);

typedef struct {
  const int16_t *a;       // of heed_quantize_rows
  size_t a_stride;        // even
  const float *a_scales;  // [rows, blocks]
  const float *a_sums;    // [rows, blocks]; only for HEED_QUANTIZED_INT4_BLOCKS
  heed_quantized_form form;
  const uint8_t *packed;  // the whole packed B
  const float *scales;    // [columns], padded to whole panels; only for HEED_QUANTIZED_INT8_ROWS
  float *c;               // C[i, j] = c[i * c_row_stride + j]
  size_t c_row_stride;
  const float *bias;  // [columns], or NULL
  heed_activation activation;
  size_t rows, columns, inner;
} heed_quantized_job;

/// Rows of floats as 16-bit activations: y[i, k] · scales[i, block] is x[i, k], rounded; sums[i, block] is the sum of
/// that over the block (NULL if it is not wanted). Blocks as in the form. y_stride is even and at least `inner`; what is
/// past `inner` becomes 0. A row or block with an infinity or NaN gives NaN wherever it is used.
void heed_quantize_rows(
    const float *x, size_t x_stride, size_t rows, size_t inner, heed_quantized_form form, int16_t *y,
    size_t y_stride, float *scales, float *sums);
/// C = activation(A·B + bias) for the columns of panels `first_panel ..< first_panel + panel_count`. Each element is
/// the sum of its segments or blocks, in their order.
void heed_quantized_matmul(const heed_quantized_job *job, size_t first_panel, size_t panel_count);

// MARK: Products with bfloat16 weights (bfloat16.c)

/// Packs panels of B, whose column j is values[j * inner ..< (j + 1) * inner]: as heed_pack does, in halves of floats.
void heed_pack_bfloat16(
    const uint16_t *values, size_t columns, size_t inner, size_t first_panel, size_t panel_count,
    uint16_t *packed);
/// What heed_matmul gives for the same numbers as floats, to the last bit. `job->packed` is not read, and the job does
/// not accumulate.
void heed_matmul_bfloat16(
    const heed_matmul_job *job, const uint16_t *packed, size_t first_panel, size_t panel_count);

// MARK: Elementwise and reductions (elementwise.c)

/// y = a + b; y may be a or b.
void heed_add(const float *a, const float *b, float *y, size_t count);
/// y = a ⊙ b; y may be a or b.
void heed_multiply(const float *a, const float *b, float *y, size_t count);
/// y = factor · x; y may be x.
void heed_scale(float factor, const float *x, float *y, size_t count);
/// y += factor · x.
void heed_scaled_add(float factor, const float *x, float *y, size_t count);
/// y = activation(x); y may be x.
void heed_activate(heed_activation activation, const float *x, float *y, size_t count);
/// y = gradient ⊙ activation′; `x` is the activation's input, except for ReLU and NONE where it may be the output as
/// well. y may be gradient.
void heed_activation_gradient(
    heed_activation activation, const float *x, const float *gradient, float *y, size_t count);
/// Gated linear units (Shazeer, 2020): a row of x is a gate of `width` columns and as many to let through; y =
/// activation(gate) ⊙ rest, `width` columns a row.
void heed_gated_activation(heed_activation activation, const float *x, float *y, size_t rows, size_t width);
/// The gradient dx of x, given dy.
void heed_gated_activation_gradient(
    heed_activation activation, const float *x, const float *dy, float *dx, size_t rows, size_t width);
/// Sum in a fixed order that depends on `count` alone; accumulated in double.
double heed_sum(const float *x, size_t count);
/// Sum of squares in a fixed order that depends on `count` alone; accumulated in double. Infinite or NaN if any x is.
double heed_sum_of_squares(const float *x, size_t count);
/// y[j] += Σ over rows, in their order, of x[i * stride + j], for j < columns.
void heed_add_column_sums(const float *x, size_t stride, size_t rows, size_t columns, float *y);

/// Dropout by a counter-based generator: y[i] = keep(seed, first + i) ? x[i] / (1 − probability) : 0. Whether element
/// `first + i` is kept depends on seed and that index alone. y may be x. 0 ≤ probability < 1.
void heed_dropout(
    const float *x, float *y, size_t count, float probability, uint64_t seed, uint64_t first);

// MARK: Rows: softmax, norms, embedding, loss (rows.c)

/// Each row of y is the softmax of that row of x; −∞ gives 0, and a row of −∞ only gives zeros. y may be x.
void heed_softmax_rows(const float *x, float *y, size_t rows, size_t columns);
/// Each row of y is the logarithm of the softmax of that row of x. y may be x.
void heed_log_softmax_rows(const float *x, float *y, size_t rows, size_t columns);
/// log Σ exp(x): what the logarithm of a softmax subtracts. Not finite if x holds NaN or +∞, or nothing but −∞.
float heed_log_sum_exp(const float *x, size_t count);
/// dx = y ⊙ (dy − Σ dy ⊙ y) for each row, y being the softmax. dx may be dy.
void heed_softmax_gradient_rows(const float *y, const float *dy, float *dx, size_t rows, size_t columns);

/// sum = residual + dropout(x); y = gain ⊙ (sum − mean) / √(variance + epsilon) + bias, for each row.
/// `x` may be NULL (a plain norm of `residual`; then `sum` may be NULL too), `bias` may be NULL. `sum` is [rows,
/// columns] or NULL if it is not wanted; `means` and `inverse_deviations` are [rows] or NULL. `root_mean_square`
/// leaves out the subtraction of the mean (means are then zero). Dropout of element (row, j) has index
/// (first_row + row) * columns + j.
typedef struct {
  const float *residual, *x, *gain, *bias;
  float *sum, *y, *means, *inverse_deviations;
  size_t columns;
  float epsilon;
  bool root_mean_square;
  float dropout_probability;
  uint64_t dropout_seed;
} heed_norm_job;
/// Rows `first_row ..< first_row + rows`; the pointers of the job are those of row 0.
void heed_norm_rows(const heed_norm_job *job, size_t first_row, size_t rows);

typedef struct {
  const float *sum, *gain, *means, *inverse_deviations, *dy;
  float *d_residual;  // gradient of `sum`, hence of the residual
  float *dx;          // gradient of x through its dropout, or NULL
  size_t columns;
  bool root_mean_square;
  float dropout_probability;
  uint64_t dropout_seed;
} heed_norm_gradient_job;
/// Rows `first_row ..< first_row + rows`; adds Σ dy ⊙ normalised to `d_gain` and Σ dy to `d_bias` (or NULL), rows in
/// their order. The pointers of the job are those of row 0.
void heed_norm_gradient_rows(
    const heed_norm_gradient_job *job, size_t first_row, size_t rows, float *d_gain, float *d_bias);

/// Each row of y is that row of x divided by its length (Euclidean), or by epsilon if that is more. lengths[r] is the
/// length of row r (may be NULL). y may be x.
void heed_unit_rows(const float *x, float *y, float *lengths, size_t rows, size_t columns, float epsilon);
/// dx = (dy − y · Σ y ⊙ dy) / length for each row; dy / epsilon for a row shorter than that.
void heed_unit_gradient_rows(
    const float *y, const float *lengths, const float *dy, float *dx, size_t rows, size_t columns, float epsilon);

/// y[t, j] = scale · table[ids[t], j] + positions[position_ids[t], j]; positions may be NULL. Columns
/// `first_column ..< first_column + columns` only, of `width` in each row of y, table and positions.
void heed_embed(
    const float *table, const int32_t *ids, float scale, const float *positions, const int32_t *position_ids,
    float *y, size_t tokens, size_t width, size_t first_column, size_t columns);
/// d_table[ids[t], j] += scale · dy[t, j], tokens in their order, for columns `first_column ..<`.
void heed_embed_gradient(
    const float *dy, const int32_t *ids, float scale, float *d_table, size_t tokens, size_t width,
    size_t first_column, size_t columns);

/// Label-smoothed cross entropy of each row: (1 − smoothing) · −log p[label] + smoothing · mean over classes of −log
/// p, as torch.nn.functional.cross_entropy defines it. A label below 0 does not count (its loss and gradient are 0).
/// losses[i] is that, and negative_log_likelihoods[i] is −log p[label] (may be NULL). If `gradient_scale` is not 0,
/// logits become gradient_scale · (p − target); otherwise they are left as they are.
void heed_cross_entropy_rows(
    float *logits, size_t rows, size_t columns, const int32_t *labels, float smoothing, float gradient_scale,
    float *losses, float *negative_log_likelihoods);

// MARK: Positions (positions.c)

/// Rotary positions (Su et al., 2021). The first head_count × head_size columns of a row are heads; in each, `pairs`
/// pairs of columns (a, b) become (a · cos − b · sin, b · cos + a · sin). The other columns are copied.
typedef struct {
  const float *x;
  float *y;  // may be x
  size_t columns, head_count, head_size;
  size_t pairs;               // no more than head_size / 2
  bool interleaved;           // pair p is the columns (2 p, 2 p + 1) of a head; else (p, p + pairs)
  bool inverse;               // turns back, by sines of the other sign: the gradient
  const float *table;         // a row for each position: `pairs` cosines, then as many sines
  const int32_t *positions;   // of each row
} heed_rotation_job;
/// Rows `first_row ..< first_row + rows`; the pointers of the job are those of row 0.
void heed_rotate_rows(const heed_rotation_job *job, size_t first_row, size_t rows);

/// Relative bias by buckets of distances (Raffel et al., 2020): y[d] = table[buckets[d] * heads + head].
void heed_bucket_bias(
    const float *table, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *y);
/// d_table[buckets[d] * heads + head] += dy[d], distances in their order.
void heed_bucket_bias_gradient(
    const float *dy, size_t heads, const int32_t *buckets, size_t distances, size_t head, float *d_table);

// MARK: Attention (attention*.c)

/// One head of one sequence. Row t of a matrix starts at pointer + t * stride and holds head_size floats.
typedef struct {
  const float *queries, *keys, *values;
  size_t query_stride, key_stride, value_stride;
  size_t query_count, key_count, head_size;
  float scale;  // scores = scale · q·k
  bool causal;  // query i stands at p = i + (key_count − query_count) and sees keys j ≤ p; else p = i
  const float *bias;  // bias[j − p], so with negative indices too, is added to the score of key j; or NULL
  float dropout_probability;
  uint64_t dropout_seed;  // weight (i, j) has dropout index i * key_count + j; a seed for each head and sequence
} heed_attention_job;

/// output[i] = Σ_j dropout(softmax_j(scale · q_i·k_j + bias)) v_j, by tiles with a running softmax; memory does not grow with
/// the number of keys. log_sums[i] = log Σ_j exp(score) (may be NULL). A query that sees no key gives zeros.
void heed_attention(
    const heed_attention_job *job, float *output, size_t output_stride, float *log_sums);

/// Gradients, recomputing the weights from log_sums. `output` is what heed_attention gave and `d_output` has its
/// stride. d_queries, d_keys, d_values have the strides of queries, keys, values; they are added to. So is d_bias, which
/// points into its row as job->bias does; NULL if it is not wanted.
void heed_attention_gradient(
    const heed_attention_job *job, const float *output, const float *d_output, size_t output_stride,
    const float *log_sums, float *d_queries, float *d_keys, float *d_values, float *d_bias);

/// The attention weights themselves, for chosen queries: weights[r * key_count + j] for query first_query + r. No
/// dropout.
void heed_attention_weights(
    const heed_attention_job *job, size_t first_query, size_t queries, float *weights);

/// Queries of heads that share keys and values, against a cache whose rows lie anywhere.
typedef struct heed_gathered_job {
  const float *queries;  ///< query_count × head_size
  const float *keys, *values;  ///< those of position t are at row rows[t]
  size_t row_stride;
  const int32_t *rows;
  size_t count;  ///< positions
  size_t query_count, head_size;
  float scale;
  const float *bias;  ///< bias[q * bias_stride + t] is added to the score of position t; NULL for none
  size_t bias_stride;
  float *output;  ///< query_count × head_size
  float *scratch;  ///< query_count × count
} heed_gathered_job;

/// One step of decoding, where hypotheses share prefixes without copying them. Equals heed_attention for each query up to
/// rounding; what it gives for a query does not depend on the others.
void heed_attention_gathered(const heed_gathered_job *job);

// MARK: Recurrent cells, gated linear units, additive attention (recurrent.c)

/// One step of a long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000).
/// `inputs` and `recurrent` are W x + b and U h + b of the gates i, f, g, o, `size` floats each; σ(i), σ(f),
/// tanh(g), σ(o) go to `gates`. cell = σ(f) ⊙ previous_cell + σ(i) ⊙ tanh(g); hidden = σ(o) ⊙ tanh(cell).
void heed_lstm_row(
    const float *inputs, const float *recurrent, const float *previous_cell, float *gates, float *hidden,
    float *cell, size_t size);
/// Its gradient. `d_hidden` is all that reaches the hidden state, `d_cell` what reaches the cell otherwise; it becomes
/// the gradient of previous_cell. d_inputs, of `4 * size` floats, is the gradient of `inputs` and of `recurrent`.
void heed_lstm_gradient_row(
    const float *gates, const float *cell, const float *previous_cell, const float *d_hidden, float *d_cell,
    float *d_inputs, size_t size);
/// One step of a gated recurrent unit (Cho et al., 2014) as PyTorch and cuDNN have it. `inputs` and `recurrent` are
/// W x + b and U h + b of the gates r, z, n. hidden = (1 − σ(z)) ⊙ n + σ(z) ⊙ previous_hidden with n = tanh(inputs_n +
/// σ(r) ⊙ recurrent_n). `gates` holds σ(r), σ(z), n and recurrent_n.
void heed_gru_row(
    const float *inputs, const float *recurrent, const float *previous_hidden, float *gates, float *hidden,
    size_t size);
/// Its gradient: d_inputs and d_recurrent have `3 * size` floats; d_previous is the share of previous_hidden that does
/// not go through `recurrent`. d_previous may be d_hidden.
void heed_gru_gradient_row(
    const float *gates, const float *previous_hidden, const float *d_hidden, float *d_previous, float *d_inputs,
    float *d_recurrent, size_t size);

/// Gated linear units (Dauphin et al., 2017): a row of x is `width` values and as many gates; y = value ⊙ σ(gate).
void heed_gated_linear_unit(const float *x, float *y, size_t rows, size_t width);
/// The gradient dx of x, given dy.
void heed_gated_linear_unit_gradient(const float *x, const float *dy, float *dx, size_t rows, size_t width);

/// scores[k] = Σ vector ⊙ tanh(query + key k) over `size` columns (Bahdanau et al., 2015).
void heed_additive_scores(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    float *scores);
/// Adds the gradients, keys in their order; d_keys has the stride of keys.
void heed_additive_scores_gradient(
    const float *query, const float *keys, size_t key_stride, size_t key_count, const float *vector, size_t size,
    const float *d_scores, float *d_query, float *d_keys, float *d_vector);
/// y[r] = Σ x ⊙ row r, for `count` rows of `size` floats.
void heed_row_products(const float *x, const float *rows, size_t stride, size_t count, size_t size, float *y);

// MARK: Optimiser (optimizer.c)

typedef struct {
  double beta1, beta2;  // in double precision, for 1 − 0.999f is wrong by 5 parts in 100,000
  float learning_rate, epsilon;
  float weight_decay;       // decoupled (AdamW): values shrink by learning_rate · weight_decay
  float gradient_scale;     // the gradient is multiplied by it first (clipping)
  float correction1, correction2;  // 1 − beta1^t and 1 − beta2^t
} heed_adam_settings;
/// One step of Adam (Kingma and Ba, 2015) as torch.optim.Adam computes it: m and v are updated, then values −=
/// learning_rate / correction1 · m / (√v / √correction2 + epsilon).
void heed_adam(
    const heed_adam_settings *settings, const float *gradients, float *values, float *m, float *v, size_t count);
/// y = decay · y + (1 − decay) · x.
void heed_moving_average(float decay, const float *x, float *y, size_t count);

// MARK: Search (search.c)

/// The `count` largest of values[0 ..< size] with their indices, in descending order; ties go to the smaller index.
/// NaN counts as −∞. count ≤ size.
void heed_top_k(const float *values, size_t size, size_t count, int32_t *indices, float *best);

// MARK: Quantised and half-precision storage (convert.c, convert_blocks.c)

/// y = x, bfloat16 to float32 and back (round to nearest even); half precision likewise.
void heed_bfloat16_to_float(const uint16_t *x, float *y, size_t count);
void heed_float_to_bfloat16(const float *x, uint16_t *y, size_t count);
void heed_half_to_float(const uint16_t *x, float *y, size_t count);
void heed_float_to_half(const float *x, uint16_t *y, size_t count);
/// Symmetric int8 by row: scale = max |x| / 127 (0 for a row of zeros), y = round(x / scale).
void heed_quantize_int8_row(const float *x, int8_t *y, float *scale, size_t count);
/// y = scale · x.
void heed_dequantize_int8_row(const int8_t *x, float scale, float *y, size_t count);

/// y = the values of the blocks at x, rounded as separate float32 multiplications and additions would be.
void heed_dequantize_blocks(heed_block_format format, const void *x, float *y, size_t block_count);
/// Blocks of Q4_1 from floats: each is rounded to the nearest of 16 values, evenly spaced from the smallest of its block
/// to the largest.
void heed_quantize_q4_1(const float *x, void *y, size_t block_count);

// MARK: Limits of a processor, to measure kernels against (limits.c)

/// Multiply-adds of floats in registers, as fast as one core has them. Returns how many operations these were (two for each);
/// what was computed goes to `sink`, so that it must be.
double heed_limit_multiply_adds(size_t rounds, float *sink);
/// Reads `count` floats, in whole groups of some, and does little else.
void heed_limit_read(const float *values, size_t count, float *sink);

/// How many processors this process is bound to, as by taskset; 0 where the system does not say (processors.c).
size_t heed_bound_processor_count(void);

#endif
