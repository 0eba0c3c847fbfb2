/* The interface of a CRC-32C backend. */
#ifndef SIGKIT_CRC32C_H
#define SIGKIT_CRC32C_H

#include "internal.h"

/* Like sigkit_crc32c, but data is not NULL unless len is 0. The two inversions are the
   backend's, so that the dispatch is a jump. */
typedef uint32_t (*sigkit_crc32c_fn)(uint32_t crc, const uint8_t *data, size_t len);

/* Each arch/ file is empty on other targets. SIGKIT_HAVE_ says whether it is not; the
   `_supports_` functions then ask the processor, which may be slow. */

SIGKIT_HIDDEN uint32_t sigkit_crc32c_table(uint32_t crc, const uint8_t *data, size_t len);

/* clang-cl has _MSC_VER and no __GNUC__, and takes the table as MSVC does. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__ILP32__)
#define SIGKIT_HAVE_X86_64 1
SIGKIT_HIDDEN uint32_t sigkit_crc32c_sse42(uint32_t crc, const uint8_t *data, size_t len);
SIGKIT_HIDDEN uint32_t sigkit_crc32c_avx512(uint32_t crc, const uint8_t *data, size_t len);
SIGKIT_HIDDEN int32_t sigkit_crc32c_supports_sse42(void);
SIGKIT_HIDDEN int32_t sigkit_crc32c_supports_avx512(void);
#endif

#if defined(__aarch64__) && defined(__AARCH64EL__) && defined(__GNUC__) && !defined(__ILP32__)
#define SIGKIT_HAVE_AARCH64 1
SIGKIT_HIDDEN uint32_t sigkit_crc32c_armv8(uint32_t crc, const uint8_t *data, size_t len);
SIGKIT_HIDDEN uint32_t sigkit_crc32c_armv8_pmull(uint32_t crc, const uint8_t *data, size_t len);
SIGKIT_HIDDEN int32_t sigkit_crc32c_supports_armv8(void);
SIGKIT_HIDDEN int32_t sigkit_crc32c_supports_armv8_pmull(void);
#endif

#endif
