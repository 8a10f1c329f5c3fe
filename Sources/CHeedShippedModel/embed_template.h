// Defines `static const heed_shipped_file EMBEDDED_NAME` with the content of the file EMBEDDED_PATH, a string relative
// to this directory. Included once for each file; no include guard.
//
// `#embed` (C23, an extension of clang before that mode) is what takes a second for ten megabytes; an older compiler
// takes the file through its assembler instead, which finds it beside the directory of public headers.

#define EMBEDDED_PASTE_(name, suffix) name##suffix
#define EMBEDDED_PASTE(name, suffix) EMBEDDED_PASTE_(name, suffix)
#define EMBEDDED_STRING_(name) #name
#define EMBEDDED_STRING(name) EMBEDDED_STRING_(name)
#define EMBEDDED_BEGIN EMBEDDED_PASTE(EMBEDDED_NAME, _begin)
#define EMBEDDED_END EMBEDDED_PASTE(EMBEDDED_NAME, _end)

#if defined(__has_embed) && !defined(HEED_EMBED_BY_ASSEMBLER)

#if __has_embed(EMBEDDED_PATH) == __STDC_EMBED_FOUND__
static const unsigned char EMBEDDED_BEGIN[] __attribute__((aligned(64))) = {
#embed EMBEDDED_PATH
};
static const heed_shipped_file EMBEDDED_NAME = {EMBEDDED_BEGIN, sizeof EMBEDDED_BEGIN};
#else
static const heed_shipped_file EMBEDDED_NAME = {NULL, 0};
#endif

static inline heed_shipped_file EMBEDDED_PASTE(EMBEDDED_NAME, _file)(void) { return EMBEDDED_NAME; }

#elif __has_include(EMBEDDED_PATH)

#if defined(__APPLE__)
#define EMBEDDED_SECTION ".section __TEXT,__const\n"
#else
#define EMBEDDED_SECTION ".section .rodata,\"a\"\n"
#endif
__asm__(
    EMBEDDED_SECTION
    ".balign 64\n"
    EMBEDDED_STRING(EMBEDDED_BEGIN) ":\n"
    ".incbin \"../" EMBEDDED_PATH "\"\n"
    EMBEDDED_STRING(EMBEDDED_END) ":\n"
    ".byte 0\n"
    ".text\n");
#undef EMBEDDED_SECTION
extern const unsigned char EMBEDDED_BEGIN[] __asm__(EMBEDDED_STRING(EMBEDDED_BEGIN));
extern const unsigned char EMBEDDED_END[] __asm__(EMBEDDED_STRING(EMBEDDED_END));

static inline heed_shipped_file EMBEDDED_PASTE(EMBEDDED_NAME, _file)(void) {
  const heed_shipped_file file = {EMBEDDED_BEGIN, (size_t)(EMBEDDED_END - EMBEDDED_BEGIN)};
  return file;
}

#else

static inline heed_shipped_file EMBEDDED_PASTE(EMBEDDED_NAME, _file)(void) {
  const heed_shipped_file file = {NULL, 0};
  return file;
}

#endif

#undef EMBEDDED_BEGIN
#undef EMBEDDED_END
#undef EMBEDDED_PASTE
#undef EMBEDDED_PASTE_
#undef EMBEDDED_STRING
#undef EMBEDDED_STRING_
#undef EMBEDDED_NAME
#undef EMBEDDED_PATH
