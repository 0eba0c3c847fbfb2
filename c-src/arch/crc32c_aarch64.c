/*
 * CRC-32C on AArch64: the CRC instructions on one stream, or on three that PMULL joins.
 * The arithmetic is that of crc32c_x86_64.c.
 */
#include "../crc32c.h"

#ifdef SIGKIT_HAVE_AARCH64

#include <arm_acle.h>
#include <arm_neon.h>
#include <string.h>

#if defined(__linux__)
#include <sys/auxv.h>
#endif

#include "crc32c_constants.h"

/* The two compilers have different names for it. */
#if defined(__clang__)
#define CRC __attribute__((target("crc")))
#define CRC_PMULL __attribute__((target("crc,aes")))
#else
#define CRC __attribute__((target("+crc")))
#define CRC_PMULL __attribute__((target("+crc+crypto")))
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t load64(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

CRC INLINE uint32_t serial(uint32_t state, const uint8_t *p, size_t len)
{
    for (; len >= 8; len -= 8, p += 8) {
        state = __crc32cd(state, load64(p));
    }
    if (len & 4) {
        uint32_t word;

        memcpy(&word, p, sizeof word);
        state = __crc32cw(state, word);
        p += 4;
    }
    if (len & 2) {
        uint16_t word;

        memcpy(&word, p, sizeof word);
        state = __crc32ch(state, word);
        p += 2;
    }
    if (len & 1) {
        state = __crc32cb(state, *p);
    }
    return state;
}

CRC uint32_t sigkit_crc32c_armv8(uint32_t crc, const uint8_t *data, size_t len)
{
    return ~serial(~crc, data, len);
}

/* See crc32c_shift_words: `state` as it must be added to the next 8 bytes of a stream. */
CRC_PMULL INLINE uint64_t shifted(uint32_t state, size_t words)
{
    poly128_t product = vmull_p64((poly64_t)state, (poly64_t)crc32c_shift_words[words]);

    return vgetq_lane_u64(vreinterpretq_u64_p128(product), 0);
}

CRC_PMULL INLINE uint32_t three_streams(uint32_t state, const uint8_t *p, size_t words)
{
    uint32_t a = state, b = 0, c = 0;
    const uint8_t *pb = p + 8 * words, *pc = pb + 8 * words, *last = pb - 8;

    for (; p < last; p += 8, pb += 8, pc += 8) {
        a = __crc32cd(a, load64(p));
        b = __crc32cd(b, load64(pb));
        c = __crc32cd(c, load64(pc));
    }
    a = __crc32cd(a, load64(p));
    b = __crc32cd(b, load64(pb));
    return __crc32cd(c, shifted(a, 2 * words) ^ shifted(b, words) ^ load64(pc));
}

/* The x86-64 figure; not measured on AArch64. */
#define STREAMS_FROM 144

CRC_PMULL uint32_t sigkit_crc32c_armv8_pmull(uint32_t crc, const uint8_t *data, size_t len)
{
    uint32_t state = ~crc;

    while (len >= STREAMS_FROM) {
        size_t words = len / 24 < CRC32C_STREAM_WORDS ? len / 24 : CRC32C_STREAM_WORDS;

        state = three_streams(state, data, words);
        data += 24 * words;
        len -= 24 * words;
    }
    return ~serial(state, data, len);
}

/* Defined here because not every C library's header has them. Linux, arch/arm64 hwcap.h. */
#define HWCAP_PMULL_BIT (1UL << 4)
#define HWCAP_CRC32_BIT (1UL << 7)

int32_t sigkit_crc32c_supports_armv8(void)
{
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_CRC32_BIT) != 0;
#elif defined(__APPLE__)
    return 1; /* every 64-bit processor that macOS runs on, and iOS since the A10 */
#elif defined(__ARM_FEATURE_CRC32)
    return 1;
#else
    return 0;
#endif
}

int32_t sigkit_crc32c_supports_armv8_pmull(void)
{
#if defined(__linux__)
    return sigkit_crc32c_supports_armv8() && (getauxval(AT_HWCAP) & HWCAP_PMULL_BIT) != 0;
#elif defined(__APPLE__)
    return 1;
#elif defined(__ARM_FEATURE_CRC32) && defined(__ARM_FEATURE_AES)
    return 1;
#else
    return 0;
#endif
}

#endif
