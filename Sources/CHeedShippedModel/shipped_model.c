#include "heed_shipped_model.h"

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
#endif

#define EMBEDDED_NAME heed_shipped_config
#define EMBEDDED_PATH "model/config.json"
#include "embed_template.h"

#define EMBEDDED_NAME heed_shipped_generation_config
#define EMBEDDED_PATH "model/generation_config.json"
#include "embed_template.h"

#define EMBEDDED_NAME heed_shipped_tokenizer
#define EMBEDDED_PATH "model/tokenizer.json"
#include "embed_template.h"

#define EMBEDDED_NAME heed_shipped_weights
#define EMBEDDED_PATH "model/model.safetensors"
#include "embed_template.h"

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

heed_shipped_file heed_shipped_model_file(heed_shipped_part part) {
  switch (part) {
    case HEED_SHIPPED_CONFIG:
      return heed_shipped_config_file();
    case HEED_SHIPPED_GENERATION_CONFIG:
      return heed_shipped_generation_config_file();
    case HEED_SHIPPED_TOKENIZER:
      return heed_shipped_tokenizer_file();
    case HEED_SHIPPED_WEIGHTS:
      return heed_shipped_weights_file();
  }
  const heed_shipped_file none = {NULL, 0};
  return none;
}
