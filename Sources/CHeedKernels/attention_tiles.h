// Attention by tiles, in the manner of FlashAttention (Dao et al., 2022): what both directions share.
#ifndef HEED_ATTENTION_TILES_H
#define HEED_ATTENTION_TILES_H

#include "dispatch.h"
#include "dropout.h"

enum {
  QUERY_TILE = 64,
  KEY_TILE = 64,  // tiles start at multiples of it from key 0, whatever the query: the law of the header needs that
  DEPTH = 128,    // columns of a head that are packed at a time
  PANEL = HEED_PANEL,
  ROW_GROUP = 6,  // rows of a product computed together
};

/// How many places after query `i` the key stands, so less than 0 before it: the index of its bias.
HEED_INLINE ptrdiff_t attention_distance(const heed_attention_job *job, size_t i, size_t key) {
  const ptrdiff_t ahead = job->causal ? (ptrdiff_t)job->key_count - (ptrdiff_t)job->query_count : 0;
  return (ptrdiff_t)key - (ptrdiff_t)i - ahead;
}

/// A tile of the score matrix.
typedef struct {
  size_t queries, keys;
  ptrdiff_t diagonal;  // row r sees keys below diagonal + r
} attention_tile;

/// How many keys query `i` sees.
HEED_INLINE size_t attention_visible(const heed_attention_job *job, size_t i) {
  if (!job->causal) return job->key_count;
  const ptrdiff_t visible = (ptrdiff_t)(i + 1 + job->key_count) - (ptrdiff_t)job->query_count;
  return visible > 0 ? (size_t)visible : 0;
}

HEED_INLINE attention_tile make_tile(
    const heed_attention_job *job, size_t first_query, size_t queries, size_t first_key, size_t keys) {
  const ptrdiff_t diagonal = (ptrdiff_t)(first_query + 1 + job->key_count) - (ptrdiff_t)job->query_count -
                             (ptrdiff_t)first_key;
  return (attention_tile){queries, keys, job->causal ? diagonal : (ptrdiff_t)keys};
}

/// How many keys of the tile row r sees.
HEED_INLINE size_t tile_visible(attention_tile tile, size_t r) {
  const ptrdiff_t visible = tile.diagonal + (ptrdiff_t)r;
  if (visible <= 0) return 0;
  return (size_t)visible < tile.keys ? (size_t)visible : tile.keys;
}

/// The bias of query `i` for the key `first_key`, those for the next keys behind it; NULL if there is none.
HEED_INLINE const float *attention_bias(const heed_attention_job *job, size_t i, size_t first_key) {
  if (!job->bias) return NULL;
  return job->bias + attention_distance(job, i, first_key);
}

/// Rows of the next group when `rows` are left: no group of one or two where that can be had.
HEED_INLINE size_t group_size(size_t rows) {
  if (rows == 7 || rows == 8) return 4;
  return rows < ROW_GROUP ? rows : ROW_GROUP;
}

#endif
