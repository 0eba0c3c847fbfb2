#include "sigkit.h"

#include "golden.h"
#include "harness.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define FILES (sizeof golden_moments_files / sizeof golden_moments_files[0])
#define SETS (sizeof golden_moments_sets / sizeof golden_moments_sets[0])

typedef enum way { BLOCK, SINGLE, MERGED, WAYS } way;

static sigkit_moments_summary read_all(const sigkit_moments *m)
{
    sigkit_moments_summary s = {0};

    CHECK(sigkit_moments_read(m, &s) == SIGKIT_OK);
    return s;
}

static sigkit_moments *new_moments(void)
{
    sigkit_moments *m = NULL;

    CHECK(sigkit_moments_create(&m) == SIGKIT_OK && m != NULL);
    return m;
}

/* Values in pieces of 1, 2, 3, ... to accumulators that are merged. */
static void merge_pieces(sigkit_moments *into, const double *x, size_t n)
{
    sigkit_moments *piece = new_moments();

    for (size_t at = 0, size = 1; at < n; at += size, size++) {
        size_t part = n - at < size ? n - at : size;

        CHECK(sigkit_moments_reset(piece) == SIGKIT_OK);
        CHECK(sigkit_moments_push_block(piece, x + at, part) == SIGKIT_OK);
        CHECK(sigkit_moments_merge(into, piece) == SIGKIT_OK);
    }
    sigkit_moments_destroy(piece);
}

static sigkit_moments_summary summary_of(const double *x, size_t n, way by)
{
    sigkit_moments *m = new_moments();
    sigkit_moments_summary s;

    if (by == BLOCK) {
        CHECK(sigkit_moments_push_block(m, x, n) == SIGKIT_OK);
    } else if (by == SINGLE) {
        for (size_t i = 0; i < n; i++) {
            CHECK(sigkit_moments_push(m, x[i]) == SIGKIT_OK);
        }
    } else {
        merge_pieces(m, x, n);
    }
    s = read_all(m);
    sigkit_moments_destroy(m);
    return s;
}

static void against(const golden_moments *g, const sigkit_moments_summary *s, double factor)
{
    CHECK_CASE((double)s->count == g->count, g->name, (double)s->count, g->count);
    CHECK_CASE(near(s->mean, g->mean, factor * g->mean_bound), g->name, s->mean, g->mean);
    CHECK_CASE(near(s->variance, g->variance, factor * g->variance_bound), g->name, s->variance, g->variance);
    CHECK_CASE(near(s->sample_variance, g->sample_variance, 2 * factor * g->variance_bound), g->name,
               s->sample_variance, g->sample_variance);
    CHECK_CASE(near(s->skewness, g->skewness, factor * g->skewness_bound), g->name, s->skewness, g->skewness);
    CHECK_CASE(near(s->kurtosis, g->kurtosis, factor * g->kurtosis_bound), g->name, s->kurtosis, g->kurtosis);
    CHECK_CASE(near(s->min, g->min, 0), g->name, s->min, g->min);
    CHECK_CASE(near(s->max, g->max, 0), g->name, s->max, g->max);
}

static void golden_files(void)
{
    for (size_t i = 0; i < FILES; i++) {
        golden_moments g = golden_moments_files[i];
        size_t n;
        double *x = load_samples(g.name, g.column, &n);

        g.mean_bound = 1e-12 * fabs(g.mean);
        g.variance_bound = 1e-12 * g.variance;
        g.skewness_bound = 1e-10 * fabs(g.skewness);
        g.kurtosis_bound = 1e-10 * fabs(g.kurtosis);
        for (way by = BLOCK; x != NULL && by < WAYS; by++) {
            sigkit_moments_summary s = summary_of(x, n, by);

            against(&g, &s, 1);
        }
        free(x);
    }
}

static void golden_sets(void)
{
    for (size_t i = 0; i < SETS; i++) {
        const golden_moments *g = &golden_moments_sets[i];

        for (way by = BLOCK; by < WAYS; by++) {
            sigkit_moments_summary s = summary_of(g->values, (size_t)g->count, by);

            /* Infinities make their NaNs in every way; rounding is the block's bound, and
               four times that for the others (moments.c). */
            against(g, &s, by == BLOCK ? 1 : 4);
        }
    }
}

/* Blocks of every length around the vector width and the chunk against single pushes. */
static void block_lengths(void)
{
    static double x[3000];

    for (size_t i = 0; i < 3000; i++) {
        x[i] = 1e6 + (double)(i * 7919 % 1009);
    }
    for (size_t n = 1; n < 3000; n += n < 40 || (n > 1015 && n < 1035) ? 1 : 97) {
        sigkit_moments_summary a = summary_of(x, n, BLOCK), b = summary_of(x, n, SINGLE);

        CHECK_CASE(a.count == n && b.count == n, "count", n, a.count);
        CHECK_CASE(a.min == b.min && a.max == b.max, "extremes", n, a.min);
        CHECK_CASE(near(a.mean, b.mean, 1e-15 * a.mean), "mean", a.mean, b.mean);
        CHECK_CASE(near(a.variance, b.variance, 1e-12 * a.variance), "variance", a.variance, b.variance);
        CHECK_CASE(near(a.skewness, b.skewness, 1e-11), "skewness", a.skewness, b.skewness);
        CHECK_CASE(near(a.kurtosis, b.kurtosis, 1e-11), "kurtosis", a.kurtosis, b.kurtosis);
    }
    /* A NaN or infinity in any place of a block is seen, the extremes beside it kept. */
    for (size_t at = 0; at < 1030; at += 103) {
        double kept = x[at];
        sigkit_moments_summary s;

        x[at] = INFINITY;
        s = summary_of(x, 1031, BLOCK);
        CHECK_CASE(s.mean == INFINITY && isnan(s.variance) && s.max == INFINITY && s.min >= 1e6, "inf", at, s.mean);
        x[at] = NAN;
        s = summary_of(x, 1031, BLOCK);
        CHECK_CASE(isnan(s.mean) && isnan(s.min) && isnan(s.max) && s.count == 1031, "NaN", at, s.mean);
        x[at] = kept;
    }
}

/* Finite values whose powers overflow or underflow must not give a plausible result. */
static void extreme_values(void)
{
    const double huge[] = {1e308, 1e308, -1e308, 1e308}, far[] = {1e200, -1e200, 3e200};
    const double tiny[] = {1e-200, 2e-200, 4e-200}, low[] = {1e-100, 2e-100, 4e-100};
    const double beyond_cube[] = {1e120, -1e120, 3e120};

    for (way by = BLOCK; by < WAYS; by++) {
        sigkit_moments_summary s = summary_of(huge, 4, by);

        CHECK_CASE(!isfinite(s.variance) && isnan(s.skewness) && isnan(s.kurtosis), "huge", s.variance, by);
        CHECK(s.min == -1e308 && s.max == 1e308);
        s = summary_of(far, 3, by);
        CHECK_CASE(near(s.mean, 1e200, 1e185), "far", s.mean, by);
        CHECK_CASE(!isfinite(s.variance) && isnan(s.skewness) && isnan(s.kurtosis), "far", s.variance, by);
        s = summary_of(beyond_cube, 3, by);
        CHECK_CASE(isfinite(s.variance) && !isfinite(s.skewness) && !isfinite(s.kurtosis), "cube", s.skewness, by);
        s = summary_of(tiny, 3, by);
        CHECK_CASE(s.variance < 1e-300 && isnan(s.skewness) && isnan(s.kurtosis), "tiny", s.variance, by);
        s = summary_of(low, 3, by);
        CHECK_CASE(s.variance > 0 && isnan(s.skewness) && isnan(s.kurtosis), "low", s.variance, by);
    }
}

static void merging(void)
{
    const double x[] = {1, 2, 4, 8, 16}, inf = INFINITY;
    sigkit_moments *a = new_moments(), *b = new_moments();
    sigkit_moments_summary once, twice;

    CHECK(sigkit_moments_push_block(a, x, 5) == SIGKIT_OK);
    once = read_all(a);
    CHECK(sigkit_moments_merge(a, b) == SIGKIT_OK);
    twice = read_all(a);
    CHECK(memcmp(&once, &twice, sizeof once) == 0); /* merging an empty accumulator changes nothing */
    CHECK(sigkit_moments_merge(b, a) == SIGKIT_OK);
    twice = read_all(b);
    CHECK(memcmp(&once, &twice, sizeof once) == 0);
    CHECK(sigkit_moments_merge(a, a) == SIGKIT_OK);
    twice = read_all(a);
    CHECK(twice.count == 10 && near(twice.variance, once.variance, 1e-13));
    CHECK(near(twice.skewness, once.skewness, 1e-13) && near(twice.kurtosis, once.kurtosis, 1e-13));

    /* The count cannot wrap: 10 doubled often enough is refused, and nothing changes. */
    for (int i = 0; i < 60; i++) {
        CHECK(sigkit_moments_merge(a, a) == SIGKIT_OK);
    }
    once = read_all(a);
    CHECK(sigkit_moments_merge(a, a) == SIGKIT_ERR_LENGTH);
    twice = read_all(a);
    CHECK(memcmp(&once, &twice, sizeof once) == 0);
    CHECK(once.count == 10ULL << 60 && near(once.mean, 6.2, 1e-14));

    CHECK(sigkit_moments_reset(a) == SIGKIT_OK);
    once = read_all(a);
    CHECK(once.count == 0 && isnan(once.mean) && isnan(once.variance) && isnan(once.min));
    CHECK(sigkit_moments_push(a, -inf) == SIGKIT_OK);
    CHECK(sigkit_moments_merge(b, a) == SIGKIT_OK);
    once = read_all(b);
    CHECK(once.count == 6 && once.mean == -inf && once.min == -inf && once.max == 16 && isnan(once.variance));
    sigkit_moments_destroy(a);
    sigkit_moments_destroy(b);
}

static void refusals(void)
{
    sigkit_moments *m = new_moments();
    sigkit_moments_summary s = {.count = 7};
    double x = 1;

    CHECK(sigkit_moments_create(NULL) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_push(NULL, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_push_block(NULL, &x, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_push_block(m, NULL, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_push_block(m, NULL, 0) == SIGKIT_OK);
    CHECK(sigkit_moments_push_block(m, &x, SIZE_MAX) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_moments_push_block(m, &x, SIZE_MAX / 8) == SIGKIT_ERR_LENGTH);
    CHECK(sigkit_moments_merge(NULL, m) == SIGKIT_ERR_NULL && sigkit_moments_merge(m, NULL) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_read(NULL, &s) == SIGKIT_ERR_NULL && s.count == 7);
    CHECK(sigkit_moments_read(m, NULL) == SIGKIT_ERR_NULL);
    CHECK(sigkit_moments_reset(NULL) == SIGKIT_ERR_NULL);
    CHECK(read_all(m).count == 0);
    sigkit_moments_destroy(NULL);
    sigkit_moments_destroy(m);
}

void test_moments(void)
{
    golden_files();
    golden_sets();
    block_lengths();
    extreme_values();
    merging();
    refusals();
}
