/*
 * CRC-32C on x86-64: the crc32 instruction of SSE4.2 on three streams, and folding by
 * carry-less multiplication in 512-bit registers.
 *
 * Sources: Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32
 * Instruction" (Intel, 2011), for streams; Gopal et al., "Fast CRC Computation for
 * Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009), for folding.
 *
 * Target attributes instead of compiler flags: the rest of the library keeps running on
 * processors without these instructions.
 */
#include "../crc32c.h"

#ifdef SIGKIT_HAVE_X86_64

#include <cpuid.h>
#include <immintrin.h>
#include <string.h>

#include "crc32c_constants.h"

/* Since Clang 14 the instruction is a separate feature, which SSE4.2 implies unless a flag removes it. */
#if defined(__clang__) && __clang_major__ >= 14
#define CRC32 "crc32,"
#else
#define CRC32 ""
#endif
#define SSE42 __attribute__((target(CRC32 "sse4.2,pclmul")))
#define AVX512 __attribute__((target(CRC32 "sse4.2,pclmul,avx512f,avx512vl,vpclmulqdq")))
#define INLINE static inline __attribute__((always_inline))

/* ------------------------------------------------------------------- SSE4.2 */

INLINE uint64_t load64(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return word;
}

/* One stream: 8 bytes in the instruction's latency of three cycles. */
SSE42 INLINE uint32_t serial(uint32_t state, const uint8_t *p, size_t len)
{
    uint64_t wide = state;

    for (; len >= 8; len -= 8, p += 8) {
        wide = _mm_crc32_u64(wide, load64(p));
    }
    state = (uint32_t)wide;
    if (len & 4) {
        uint32_t word;

        memcpy(&word, p, sizeof word);
        state = _mm_crc32_u32(state, word);
        p += 4;
    }
    if (len & 2) {
        uint16_t word;

        memcpy(&word, p, sizeof word);
        state = _mm_crc32_u16(state, word);
        p += 2;
    }
    if (len & 1) {
        state = _mm_crc32_u8(state, *p);
    }
    return state;
}

/* What must be added to the next 8 bytes of a stream so that it continues as if `state`
   had stood at its start, `words` words ago. See crc32c_shift_words. */
SSE42 INLINE uint64_t shifted(uint64_t state, size_t words)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)(uint32_t)state),
                                           _mm_cvtsi32_si128((int)crc32c_shift_words[words]), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

/* Three neighbouring streams of `words` words each: three instructions in flight. */
SSE42 INLINE uint32_t three_streams(uint32_t state, const uint8_t *p, size_t words)
{
    uint64_t a = state, b = 0, c = 0, joint;
    const uint8_t *pb = p + 8 * words, *pc = pb + 8 * words, *last = pb - 8;

    for (; p < last; p += 8, pb += 8, pc += 8) {
        a = _mm_crc32_u64(a, load64(p));
        b = _mm_crc32_u64(b, load64(pb));
        c = _mm_crc32_u64(c, load64(pc));
    }
    a = _mm_crc32_u64(a, load64(p));
    b = _mm_crc32_u64(b, load64(pb));
    joint = shifted(a, 2 * words) ^ shifted(b, words) ^ load64(pc);
    return (uint32_t)_mm_crc32_u64(c, joint);
}

/* Below this length, joining three streams costs more than it saves (measured). */
#define STREAMS_FROM 144

SSE42 uint32_t sigkit_crc32c_sse42(uint32_t crc, const uint8_t *data, size_t len)
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

/* ------------------------------------------------------------------ AVX-512 */

/* The remainder `x` moved on by the distance that k stands for, added to `next`. */
AVX512 INLINE __m512i fold512(__m512i x, __m512i k, __m512i next)
{
    return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(x, k, 0x00),
                                     _mm512_clmulepi64_epi128(x, k, 0x11), next, 0x96);
}

AVX512 INLINE __m128i fold128(__m128i x, __m128i k, __m128i next)
{
    return _mm_ternarylogic_epi64(_mm_clmulepi64_si128(x, k, 0x00),
                                  _mm_clmulepi64_si128(x, k, 0x11), next, 0x96);
}

AVX512 INLINE __m128i load128(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

#define K128(d) _mm_set_epi64x((long long)FOLD_##d##_HI, (long long)FOLD_##d##_LO)
#define K512(d) _mm512_broadcast_i32x4(K128(d))

/* 128 bits to the register that they leave. */
AVX512 INLINE uint32_t reduce128(__m128i x)
{
    uint64_t state = _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(x));

    return (uint32_t)_mm_crc32_u64(state, (uint64_t)_mm_extract_epi64(x, 1));
}

/* Four neighbouring remainders to the register that they leave. */
AVX512 INLINE uint32_t reduce4(__m128i a, __m128i b, __m128i c, __m128i d)
{
    d = fold128(c, K128(128), d);
    d = fold128(b, K128(256), d);
    d = fold128(a, K128(384), d);
    return reduce128(d);
}

AVX512 INLINE uint32_t reduce512(__m512i x)
{
    return reduce4(_mm512_castsi512_si128(x), _mm512_extracti32x4_epi32(x, 1),
                   _mm512_extracti32x4_epi32(x, 2), _mm512_extracti32x4_epi32(x, 3));
}

/* From 64 bytes on. Narrow registers: nothing must be taken out of a wide one. */
AVX512 INLINE uint32_t fold_narrow(uint32_t state, const uint8_t *p, size_t len)
{
    __m128i a = load128(p), b = load128(p + 16), c = load128(p + 32), d = load128(p + 48);

    a = _mm_xor_si128(a, _mm_cvtsi32_si128((int)state));
    for (p += 64, len -= 64; len >= 64; p += 64, len -= 64) {
        a = fold128(a, K128(512), load128(p));
        b = fold128(b, K128(512), load128(p + 16));
        c = fold128(c, K128(512), load128(p + 32));
        d = fold128(d, K128(512), load128(p + 48));
    }
    return serial(reduce4(a, b, c, d), p, len);
}

/* From 256 bytes on. */
AVX512 static uint32_t fold_wide(uint32_t state, const uint8_t *p, size_t len)
{
    __m512i a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(p + 64);
    __m512i c = _mm512_loadu_si512(p + 128), d = _mm512_loadu_si512(p + 192);

    a = _mm512_xor_si512(a, _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)state)));
    p += 256;
    len -= 256;
    while (len >= 256) {
        __m512i k = K512(2048);

        a = fold512(a, k, _mm512_loadu_si512(p));
        b = fold512(b, k, _mm512_loadu_si512(p + 64));
        c = fold512(c, k, _mm512_loadu_si512(p + 128));
        d = fold512(d, k, _mm512_loadu_si512(p + 192));
        p += 256;
        len -= 256;
    }
    d = fold512(c, K512(512), d);
    d = fold512(b, K512(1024), d);
    d = fold512(a, K512(1536), d);
    while (len >= 64) {
        d = fold512(d, K512(512), _mm512_loadu_si512(p));
        p += 64;
        len -= 64;
    }
    return serial(reduce512(d), p, len);
}

AVX512 uint32_t sigkit_crc32c_avx512(uint32_t crc, const uint8_t *data, size_t len)
{
    uint32_t state = ~crc;

    if (len < 64) {
        return ~serial(state, data, len);
    }
    return ~(len < 256 ? fold_narrow(state, data, len) : fold_wide(state, data, len));
}

/* ---------------------------------------------------------------- detection */

/* cpuid by hand, not __builtin_cpu_supports: that needs a symbol of the compiler's own
   run-time library, which a Rust link does not always bring in. */

int32_t sigkit_crc32c_supports_sse42(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) && (c & bit_PCLMUL);
}

int32_t sigkit_crc32c_supports_avx512(void)
{
#if defined(_WIN32) && !defined(__clang__)
    /* GCC aligns the Windows stack to 16 bytes but spills 512-bit registers with aligned
       stores (GCC bug 54412). */
    return 0;
#else
    unsigned a, b, c, d, low, high;

    if (!sigkit_crc32c_supports_sse42() || !__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) {
        return 0;
    }
    /* The system saves the opmask, upper ZMM, YMM and XMM registers. */
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    if ((low & 0xE6U) != 0xE6U || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        return 0;
    }
    return (b & bit_AVX512F) && (b & bit_AVX512VL) && (c & bit_VPCLMULQDQ);
#endif
}

#endif
