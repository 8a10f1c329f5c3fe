// The files of the model that ships with Heed, inside the binary.
//
// They lie in the read-only part of the binary: the system maps them with it, pages that nobody reads cost no memory,
// and a binary that is copied elsewhere takes them along.
#ifndef HEED_SHIPPED_MODEL_H
#define HEED_SHIPPED_MODEL_H

#include <stddef.h>

typedef enum {
  HEED_SHIPPED_CONFIG = 0,             // config.json
  HEED_SHIPPED_GENERATION_CONFIG = 1,  // generation_config.json
  HEED_SHIPPED_TOKENIZER = 2,          // tokenizer.json
  HEED_SHIPPED_WEIGHTS = 3,            // model.safetensors
} heed_shipped_part;

/// A file's bytes, at an address divisible by 64, valid while the process lives.
typedef struct {
  const void *bytes;  // NULL if the build had no such file
  size_t size;
} heed_shipped_file;

/// The file as it was when Heed was built; empty if Sources/CHeedShippedModel/model did not hold it.
heed_shipped_file heed_shipped_model_file(heed_shipped_part part);

#endif
