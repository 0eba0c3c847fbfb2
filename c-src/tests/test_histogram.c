/* For setrlimit. */
#define _XOPEN_SOURCE 700

#include "sigkit.h"

#include "golden.h"
#include "harness.h"

#include <float.h>
#include <stdlib.h>

/* An address sanitizer needs more address space than this test leaves. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__unix__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define LIMIT_MEMORY 1
#include <sys/resource.h>
#endif

#define CASES (sizeof golden_histograms / sizeof golden_histograms[0])

typedef struct expected {
    const double *edges;
    const uint64_t *counts;
    uint64_t calls, stop_after;
} expected;

static int32_t compare(void *user, uint64_t index, double left, double right, uint64_t count)
{
    expected *e = user;

    CHECK_CASE(index == e->calls, "in order", index, e->calls);
    CHECK_CASE(left == e->edges[index] && right == e->edges[index + 1], "edges", left, right);
    CHECK_CASE(count == e->counts[index], "count", count, e->counts[index]);
    e->calls++;
    return e->calls == e->stop_after;
}

static void golden(void)
{
    for (size_t i = 0; i < CASES; i++) {
        size_t n = golden_histograms[i].length, bins = golden_histograms[i].bins;
        double *loaded = NULL;
        const double *x = golden_histograms[i].values;
        double low = golden_histograms[i].low, high = golden_histograms[i].high;
        expected e = {golden_histograms[i].edges, golden_histograms[i].counts, 0, 0};
        sigkit_histogram_outside outside;

        if (x == NULL) {
            x = loaded = load_samples(golden_histograms[i].name, golden_histograms[i].column, &n);
        }
        CHECK(sigkit_histogram(x, n, low, high, bins, compare, &e, &outside) == SIGKIT_OK);
        CHECK_CASE(e.calls == bins, golden_histograms[i].name, e.calls, bins);
        CHECK_CASE(outside.below == golden_histograms[i].below, golden_histograms[i].name, outside.below, i);
        CHECK_CASE(outside.above == golden_histograms[i].above, golden_histograms[i].name, outside.above, i);
        CHECK_CASE(outside.nan == golden_histograms[i].nan, golden_histograms[i].name, outside.nan, i);
        free(loaded);
    }
}

static int32_t tally(void *user, uint64_t index, double left, double right, uint64_t count)
{
    uint64_t *sum = user;

    (void)index;
    (void)left;
    (void)right;
    *sum += count;
    return 0;
}

/* A callback may use the library. */
static int32_t nested(void *user, uint64_t index, double left, double right, uint64_t count)
{
    double x = (left + right) / 2;

    (void)index;
    (void)count;
    return sigkit_histogram(&x, 1, left, right, 2, tally, user, NULL);
}

static void stopping(void)
{
    const double x[] = {0.5, 1.5, 2.5, 9};
    const double edges[] = {0, 1, 2, 3, 4};
    const uint64_t counts[] = {1, 1, 1, 0};
    uint64_t sum = 0;

    for (uint64_t after = 1; after <= 4; after++) {
        expected e = {edges, counts, 0, after};
        sigkit_histogram_outside outside = {7, 7, 7};

        CHECK(sigkit_histogram(x, 4, 0, 4, 4, compare, &e, &outside) == SIGKIT_STOPPED);
        CHECK_CASE(e.calls == after, "calls", e.calls, after);
        CHECK(outside.below == 0 && outside.above == 1 && outside.nan == 0);
    }
    CHECK(sigkit_histogram(x, 4, 0, 4, 4, nested, &sum, NULL) == SIGKIT_OK && sum == 4);
}

static void refusals(void)
{
    const double x[] = {1, 2};
    sigkit_histogram_outside outside = {7, 7, 7};
    uint64_t sum = 0;

    CHECK(sigkit_histogram(NULL, 0, 0, 1, 3, tally, &sum, NULL) == SIGKIT_OK && sum == 0);
    CHECK(sigkit_histogram(NULL, 1, 0, 1, 3, tally, &sum, &outside) == SIGKIT_ERR_NULL);
    CHECK(sigkit_histogram(x, 2, 0, 1, 3, NULL, &sum, &outside) == SIGKIT_ERR_NULL);
    CHECK(sigkit_histogram(x, 2, 0, 1, 0, tally, &sum, &outside) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_histogram(x, 2, 0, 1, SIZE_MAX, tally, &sum, &outside) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_histogram(x, 2, 0, 1, SIZE_MAX / 8 + 1, tally, &sum, &outside) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_histogram(x, 2, 0, 1, SIGKIT_HISTOGRAM_MAX_BINS + 1, tally, &sum, &outside) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_histogram(x, SIZE_MAX / 8, 0, 1, 3, tally, &sum, &outside) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_histogram(x, 2, 1, 1, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(sigkit_histogram(x, 2, 2, 1, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(sigkit_histogram(x, 2, NAN, 1, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(sigkit_histogram(x, 2, 0, NAN, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(sigkit_histogram(x, 2, 0, INFINITY, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(sigkit_histogram(x, 2, -DBL_MAX, DBL_MAX, 3, tally, &sum, &outside) == SIGKIT_ERR_DOMAIN);
    CHECK(outside.below == 7 && outside.above == 7 && outside.nan == 7 && sum == 0);
    /* A range so narrow that bins have no width: still every value is counted. */
    CHECK(sigkit_histogram(x, 2, 1, 1 + DBL_EPSILON, 1000, tally, &sum, &outside) == SIGKIT_OK);
    CHECK(sum == 1 && outside.above == 1);
    sum = 0;
    CHECK(sigkit_histogram(x, 2, 0, 5e-324, 1000, tally, &sum, &outside) == SIGKIT_OK);
    CHECK(sum == 0 && outside.above == 2);
    CHECK(sigkit_histogram(x, 2, 0, 4, SIGKIT_HISTOGRAM_MAX_BINS, tally, &sum, &outside) == SIGKIT_OK && sum == 2);
}

/* 128 MiB of counts, with 64 MiB of address space left to the process. */
static void out_of_memory(void)
{
#ifdef LIMIT_MEMORY
    struct rlimit before, tight;
    const double x = 1;
    uint64_t sum = 0;
    sigkit_status got;
    void *volatile probe;

    CHECK(getrlimit(RLIMIT_AS, &before) == 0);
    tight = before;
    tight.rlim_cur = 64 << 20;
    CHECK(setrlimit(RLIMIT_AS, &tight) == 0);
    probe = malloc(SIGKIT_HISTOGRAM_MAX_BINS * sizeof(uint64_t)); /* emulators may ignore the limit */
    got = sigkit_histogram(&x, 1, 0, 4, SIGKIT_HISTOGRAM_MAX_BINS, tally, &sum, NULL);
    CHECK(setrlimit(RLIMIT_AS, &before) == 0);
    CHECK_CASE(probe != NULL || (got == SIGKIT_ERR_MEMORY && sum == 0), "status", got, sum);
    free(probe);
#endif
}

void test_histogram(void)
{
    golden();
    stopping();
    refusals();
    out_of_memory();
}
