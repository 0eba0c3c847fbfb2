#include "sigkit.h"

#include "golden.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#define VECTORS (sizeof golden_crc_vectors / sizeof golden_crc_vectors[0])
#define PREFIXES (sizeof golden_crc_prefixes / sizeof golden_crc_prefixes[0])
#define PATTERN 30000

static uint8_t *pattern(void)
{
    uint8_t *bytes = malloc(PATTERN);

    for (size_t i = 0; bytes != NULL && i < PATTERN; i++) {
        bytes[i] = (uint8_t)(131 * i + 17 + i / 256);
    }
    return bytes;
}

static uint32_t with(int32_t backend, uint32_t crc, const void *data, size_t len)
{
    uint32_t out = 0;

    CHECK_CASE(sigkit_crc32c_with(backend, crc, data, len, &out) == SIGKIT_OK, "backend", backend, len);
    return out;
}

static void golden(int32_t backend, const uint8_t *bytes)
{
    for (size_t i = 0; i < VECTORS; i++) {
        uint32_t crc = with(backend, 0, golden_crc_vectors[i].bytes, golden_crc_vectors[i].length);

        CHECK_CASE(crc == golden_crc_vectors[i].crc, golden_crc_vectors[i].name, backend, crc);
    }
    for (size_t i = 0; i < PREFIXES; i++) {
        uint32_t crc = with(backend, 0, bytes, golden_crc_prefixes[i].length);

        CHECK_CASE(crc == golden_crc_prefixes[i].crc, "prefix", backend, golden_crc_prefixes[i].length);
    }
}

/* Each block is allocated at its exact end, so that the address sanitizer sees a read past
   it, and shifted at its start. */
static void lengths_and_alignments(int32_t backend)
{
    for (size_t shift = 0; shift <= 16; shift++) {
        for (size_t len = 0; len <= 1000; len++) {
            uint8_t *block = malloc(shift + len + 1), *data;
            uint32_t start = (uint32_t)(len * 2654435761U);

            if (block == NULL) {
                CHECK(block != NULL);
                return;
            }
            data = block + shift + 1;
            for (size_t i = 0; i < len; i++) {
                data[i] = (uint8_t)(i * 167 + len * 13 + shift);
            }
            CHECK_CASE(with(backend, start, data, len) == with(SIGKIT_CRC32C_TABLE, start, data, len),
                       sigkit_crc32c_name(backend), len, shift);
            free(block);
        }
    }
}

/* Every length of a stream, and so every constant that joins streams. */
static void stream_lengths(int32_t backend, const uint8_t *bytes)
{
    for (size_t len = 24; len <= 24 * 520; len += 24) {
        CHECK_CASE(with(backend, 5, bytes, len) == with(SIGKIT_CRC32C_TABLE, 5, bytes, len),
                   sigkit_crc32c_name(backend), len, 0);
    }
}

static void splits(int32_t backend, const uint8_t *bytes)
{
    static const size_t totals[] = {9, 300, 2500, PATTERN};

    for (size_t t = 0; t < sizeof totals / sizeof totals[0]; t++) {
        size_t total = totals[t];
        uint32_t whole = with(backend, 0, bytes, total);

        for (size_t cut = 0; cut <= total; cut += 1 + total / 300) {
            uint32_t a = with(backend, 0, bytes, cut), b = with(backend, 0, bytes + cut, total - cut);

            CHECK_CASE(with(backend, a, bytes + cut, total - cut) == whole, "cut", cut, backend);
            CHECK_CASE(sigkit_crc32c_combine(a, b, total - cut) == whole, "combine", cut, backend);
        }
    }
}

static void every_backend(const uint8_t *bytes)
{
    int32_t best = SIGKIT_CRC32C_TABLE;

    for (int32_t backend = SIGKIT_CRC32C_AUTO; backend < SIGKIT_CRC32C_BACKENDS; backend++) {
        uint32_t out = 7;

        CHECK(strcmp(sigkit_crc32c_name(backend), "unknown") != 0);
        if (!sigkit_crc32c_available(backend)) {
            CHECK(sigkit_crc32c_with(backend, 0, "x", 1, &out) == SIGKIT_ERR_UNSUPPORTED);
            CHECK(out == 7);
            continue;
        }
        golden(backend, bytes);
        lengths_and_alignments(backend);
        stream_lengths(backend, bytes);
        splits(backend, bytes);
        CHECK(with(backend, 42, NULL, 0) == 42);
        CHECK(sigkit_crc32c_with(backend, 0, NULL, 1, &out) == SIGKIT_ERR_NULL);
        CHECK(sigkit_crc32c_with(backend, 0, "x", 1, NULL) == SIGKIT_ERR_NULL);
        CHECK(sigkit_crc32c_with(backend, 0, "x", SIZE_MAX, &out) == SIGKIT_ERR_LENGTH);
        CHECK(out == 7);
        best = backend > best ? backend : best;
    }
    CHECK(sigkit_crc32c_chosen() == best);
}

void test_crc32c(void)
{
    uint8_t *bytes = pattern();
    uint32_t out = 7;

    CHECK(bytes != NULL);
    if (bytes == NULL) {
        return;
    }
    /* The first call of all: it chooses. */
    CHECK(sigkit_crc32c(0, "123456789", 9) == 0xE3069283U);
    CHECK(sigkit_crc32c(42, NULL, 0) == 42);
    CHECK(sigkit_crc32c(42, NULL, 5) == 42);
    CHECK(sigkit_crc32c(42, bytes, 0) == 42);
    every_backend(bytes);

    CHECK(sigkit_crc32c_with(-2, 0, "x", 1, &out) == SIGKIT_ERR_KIND);
    CHECK(sigkit_crc32c_with(SIGKIT_CRC32C_BACKENDS, 0, "x", 1, &out) == SIGKIT_ERR_KIND);
    CHECK(out == 7);
    CHECK(sigkit_crc32c_available(SIGKIT_CRC32C_TABLE) == 1);
    CHECK(sigkit_crc32c_available(SIGKIT_CRC32C_AUTO) == 1);
    CHECK(sigkit_crc32c_available(-2) == 0 && sigkit_crc32c_available(SIGKIT_CRC32C_BACKENDS) == 0);
    CHECK(strcmp(sigkit_crc32c_name(99), "unknown") == 0);

    CHECK(sigkit_crc32c_combine(0, 0, UINT64_MAX) == 0);
    CHECK(sigkit_crc32c_combine(0x12345678U, 0x9ABCDEF0U, 0) == (0x12345678U ^ 0x9ABCDEF0U));
    /* Lengths add up, even for the longest possible sum. */
    CHECK(sigkit_crc32c_combine(sigkit_crc32c_combine(1, 0, 1ULL << 63), 0, (1ULL << 63) - 1) ==
          sigkit_crc32c_combine(1, 0, UINT64_MAX));
    free(bytes);
}
