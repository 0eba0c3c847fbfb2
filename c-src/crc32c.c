/* CRC-32C: the choice of a backend, and the functions that need none. */
#include "crc32c.h"

#include "sigkit.h"

/* Only a build with a choice of backends needs atomics, so compilers without them work too. */
#if defined(SIGKIT_HAVE_X86_64) || defined(SIGKIT_HAVE_AARCH64)
#define DISPATCH 1
#include <stdatomic.h>
#endif

typedef struct backend {
    const char *name;
    sigkit_crc32c_fn run; /* NULL: not in this build */
    int32_t (*supported)(void);
} backend;

static int32_t always(void)
{
    return 1;
}

static const backend backends[SIGKIT_CRC32C_BACKENDS] = {
    [SIGKIT_CRC32C_TABLE] = {"table", sigkit_crc32c_table, always},
#ifdef SIGKIT_HAVE_X86_64
    [SIGKIT_CRC32C_SSE42] = {"sse4.2", sigkit_crc32c_sse42, sigkit_crc32c_supports_sse42},
    [SIGKIT_CRC32C_AVX512] = {"avx512", sigkit_crc32c_avx512, sigkit_crc32c_supports_avx512},
#else
    [SIGKIT_CRC32C_SSE42] = {"sse4.2", NULL, always},
    [SIGKIT_CRC32C_AVX512] = {"avx512", NULL, always},
#endif
#ifdef SIGKIT_HAVE_AARCH64
    [SIGKIT_CRC32C_ARMV8] = {"armv8", sigkit_crc32c_armv8, sigkit_crc32c_supports_armv8},
    [SIGKIT_CRC32C_ARMV8_PMULL] = {"armv8-pmull", sigkit_crc32c_armv8_pmull,
                                   sigkit_crc32c_supports_armv8_pmull},
#else
    [SIGKIT_CRC32C_ARMV8] = {"armv8", NULL, always},
    [SIGKIT_CRC32C_ARMV8_PMULL] = {"armv8-pmull", NULL, always},
#endif
};

static int32_t is_backend(int32_t number)
{
    return number >= 0 && number < SIGKIT_CRC32C_BACKENDS;
}

#ifdef DISPATCH

/* Bit b: backend b runs here. The top bit: known. Kept because asking a virtual
   processor can take microseconds. Every thread would write the same value, and the
   value is all that is shared: relaxed order is enough. */
#define KNOWN 0x80000000U
static _Atomic(uint32_t) known_backends;

static uint32_t usable(void)
{
    uint32_t mask = atomic_load_explicit(&known_backends, memory_order_relaxed);

    if (mask == 0) {
        mask = KNOWN;
        for (uint32_t b = 0; b < SIGKIT_CRC32C_BACKENDS; b++) {
            if (backends[b].run != NULL && backends[b].supported()) {
                mask |= 1U << b;
            }
        }
        atomic_store_explicit(&known_backends, mask, memory_order_relaxed);
    }
    return mask;
}

static uint32_t first_call(uint32_t crc, const uint8_t *data, size_t len);

/* sigkit_crc32c's target. The first call replaces it; every thread would store the same value. */
static _Atomic(sigkit_crc32c_fn) chosen_run = first_call;

static uint32_t first_call(uint32_t crc, const uint8_t *data, size_t len)
{
    sigkit_crc32c_fn run = backends[sigkit_crc32c_chosen()].run;

    atomic_store_explicit(&chosen_run, run, memory_order_relaxed);
    return run(crc, data, len);
}

static uint32_t run_chosen(uint32_t crc, const uint8_t *data, size_t len)
{
    return atomic_load_explicit(&chosen_run, memory_order_relaxed)(crc, data, len);
}

#else

static uint32_t usable(void)
{
    return 1U << SIGKIT_CRC32C_TABLE;
}

static uint32_t run_chosen(uint32_t crc, const uint8_t *data, size_t len)
{
    return sigkit_crc32c_table(crc, data, len);
}

#endif

int32_t sigkit_crc32c_available(int32_t number)
{
    if (number == SIGKIT_CRC32C_AUTO) {
        return 1;
    }
    return is_backend(number) && (usable() >> number & 1) != 0;
}

/* The enum is in ascending order of speed within each architecture. */
int32_t sigkit_crc32c_chosen(void)
{
    int32_t number = SIGKIT_CRC32C_BACKENDS - 1;

    while (number > SIGKIT_CRC32C_TABLE && (usable() >> number & 1) == 0) {
        number--;
    }
    return number;
}

const char *sigkit_crc32c_name(int32_t number)
{
    if (number == SIGKIT_CRC32C_AUTO) {
        return "auto";
    }
    return is_backend(number) ? backends[number].name : "unknown";
}

uint32_t sigkit_crc32c(uint32_t crc, const void *data, size_t len)
{
    if (data == NULL) {
        return crc;
    }
    return run_chosen(crc, data, len);
}

sigkit_status sigkit_crc32c_with(int32_t number, uint32_t crc, const void *data, size_t len,
                                 uint32_t *out)
{
    if (number != SIGKIT_CRC32C_AUTO && !is_backend(number)) {
        return SIGKIT_ERR_KIND;
    }
    if (!sigkit_crc32c_available(number)) {
        return SIGKIT_ERR_UNSUPPORTED;
    }
    if (out == NULL || (data == NULL && len != 0)) {
        return SIGKIT_ERR_NULL;
    }
    if (!sigkit_length_fits(len, 1)) {
        return SIGKIT_ERR_LENGTH;
    }
    if (number == SIGKIT_CRC32C_AUTO) {
        *out = run_chosen(crc, data, len);
    } else {
        *out = backends[number].run(crc, data, len);
    }
    return SIGKIT_OK;
}

/* ---- combine: arithmetic modulo the polynomial, bit i standing for x^(31-i) ---- */

#define POLYNOMIAL 0x82F63B78U

static uint32_t multiply(uint32_t a, uint32_t b)
{
    uint32_t product = 0;

    /* Bit 31 of a stands for x^0. Masks, not branches: the bits are random. */
    for (int32_t bit = 31; bit >= 0; bit--) {
        product ^= b & (0U - (a >> bit & 1));
        b = b >> 1 ^ (POLYNOMIAL & (0U - (b & 1)));
    }
    return product;
}

uint32_t sigkit_crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b)
{
    uint32_t power = 0x00800000U; /* x^8: one byte */

    /* The inversions before and after cancel: crc(ab) = crc(a) x^(8 len_b) + crc(b). */
    while (len_b != 0 && crc_a != 0) {
        if (len_b & 1) {
            crc_a = multiply(crc_a, power);
        }
        power = multiply(power, power);
        len_b >>= 1;
    }
    return crc_a ^ crc_b;
}
