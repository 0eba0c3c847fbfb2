#include "sigkit.h"

#include "golden.h"
#include "harness.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define FILTERS (sizeof golden_biquads / sizeof golden_biquads[0])
#define N GOLDEN_BIQUAD_INPUT

static void golden(void)
{
    size_t n;
    double *x = load_samples("ecg.npy", -1, &n), y[N], scale = 1;

    CHECK(n >= N);
    for (size_t i = 0; x != NULL && i < FILTERS; i++) {
        const double *k = golden_biquads[i].coefficients, *want = golden_biquads[i].output;
        sigkit_biquad f = {k[0], k[1], k[2], k[3], k[4], 0, 0}, designed, by_sample;

        CHECK(sigkit_biquad_design(&designed, golden_biquads[i].kind, golden_biquads[i].sample_rate,
                                   golden_biquads[i].frequency, golden_biquads[i].q,
                                   golden_biquads[i].gain_db) == SIGKIT_OK);
        /* An absolute bound: 1 - cos(w) of a low frequency has lost digits by design. */
        CHECK_CASE(near(designed.b0, k[0], 1e-15) && near(designed.b1, k[1], 1e-15), "b", designed.b0, k[0]);
        CHECK_CASE(near(designed.b2, k[2], 1e-15) && near(designed.a1, k[3], 1e-15), "a1", designed.a1, k[3]);
        CHECK_CASE(near(designed.a2, k[4], 1e-15), "a2", designed.a2, k[4]);
        CHECK(designed.z1 == 0 && designed.z2 == 0);

        by_sample = f;
        CHECK(sigkit_biquad_block(&f, x, y, N) == SIGKIT_OK);
        for (size_t t = 0; t < N; t++) {
            scale = fabs(want[t]) > 1 ? fabs(want[t]) : 1;
            CHECK_CASE(near(y[t], want[t], 1e-12 * scale), "filtered", y[t], want[t]);
            CHECK_CASE(sigkit_biquad_sample(&by_sample, x[t]) == y[t], "sample by sample", i, t);
        }
        CHECK(memcmp(&by_sample, &f, sizeof f) == 0);
    }
    free(x);
}

/* In place, in pieces, and after a reset: the same output. */
static void blocks(void)
{
    double x[64], whole[64], pieces[64], in_place[64];
    sigkit_biquad f, at_rest;

    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_LOW_SHELF, 44100, 800, 0.7, 5) == SIGKIT_OK);
    at_rest = f;
    for (size_t i = 0; i < 64; i++) {
        x[i] = in_place[i] = (double)(i * 37 % 19) - 9;
    }
    CHECK(sigkit_biquad_block(&f, x, whole, 64) == SIGKIT_OK);
    CHECK(sigkit_biquad_reset(&f) == SIGKIT_OK);
    CHECK(memcmp(&f, &at_rest, sizeof f) == 0);
    for (size_t at = 0, size = 0; at < 64; at += size, size++) {
        CHECK(sigkit_biquad_block(&f, x + at, pieces + at, 64 - at < size ? 64 - at : size) == SIGKIT_OK);
    }
    CHECK(memcmp(whole, pieces, sizeof whole) == 0);
    CHECK(sigkit_biquad_reset(&f) == SIGKIT_OK);
    CHECK(sigkit_biquad_block(&f, in_place, in_place, 64) == SIGKIT_OK);
    CHECK(memcmp(whole, in_place, sizeof whole) == 0);

    at_rest = f;
    CHECK(sigkit_biquad_block(&f, x, x + 1, 63) == SIGKIT_ERR_OVERLAP);
    CHECK(sigkit_biquad_block(&f, x + 31, x, 32) == SIGKIT_ERR_OVERLAP);
    CHECK(sigkit_biquad_block(&f, x, whole, SIZE_MAX / 8) == SIGKIT_ERR_LENGTH);
    CHECK(memcmp(&f, &at_rest, sizeof f) == 0);
    CHECK(sigkit_biquad_block(&f, x, x + 32, 32) == SIGKIT_OK);
    CHECK(sigkit_biquad_block(&f, NULL, NULL, 0) == SIGKIT_OK);
    CHECK(sigkit_biquad_block(&f, NULL, whole, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_biquad_block(&f, x, NULL, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_biquad_block(NULL, x, whole, 1) == SIGKIT_ERR_NULL);
    CHECK(sigkit_biquad_reset(NULL) == SIGKIT_ERR_NULL);
    CHECK(isnan(sigkit_biquad_sample(NULL, 1)));
}

static void absurd(void)
{
    static const double rates[] = {0, -48000, NAN, INFINITY, -INFINITY};
    static const double frequencies[] = {0, -1, 24000, 24001, 48000, NAN, INFINITY, -INFINITY, 1e-12, DBL_MIN, 5e-324};
    static const double qs[] = {0, -1, NAN, INFINITY, -INFINITY};
    static const double gains[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, 1e5, -1e5};
    sigkit_biquad f, untouched;

    memset(&f, 0x5A, sizeof f);
    untouched = f;
    for (int32_t kind = 0; kind < SIGKIT_BIQUAD_KINDS; kind++) {
        int uses_gain = kind >= SIGKIT_BIQUAD_PEAKING;

        for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
            CHECK_CASE(sigkit_biquad_design(&f, kind, rates[i], 1000, 1, 0) == SIGKIT_ERR_DOMAIN, "rate", kind, rates[i]);
        }
        for (size_t i = 0; i < sizeof frequencies / sizeof frequencies[0]; i++) {
            CHECK_CASE(sigkit_biquad_design(&f, kind, 48000, frequencies[i], 1, 0) == SIGKIT_ERR_DOMAIN, "frequency",
                       kind, frequencies[i]);
        }
        for (size_t i = 0; i < sizeof qs / sizeof qs[0]; i++) {
            CHECK_CASE(sigkit_biquad_design(&f, kind, 48000, 1000, qs[i], 0) == SIGKIT_ERR_DOMAIN, "q", kind, qs[i]);
        }
        CHECK(sigkit_biquad_design(&f, kind, INFINITY, INFINITY, 1, 0) == SIGKIT_ERR_DOMAIN);
        CHECK(sigkit_biquad_design(&f, kind, 48000, 1000, 1e300, 0) == SIGKIT_ERR_DOMAIN);
        CHECK(memcmp(&f, &untouched, sizeof f) == 0);
        for (size_t i = 0; i < sizeof gains / sizeof gains[0]; i++) {
            sigkit_status got = sigkit_biquad_design(&f, kind, 48000, 1000, 1, gains[i]);

            CHECK_CASE(got == (uses_gain ? SIGKIT_ERR_DOMAIN : SIGKIT_OK), "gain", kind, gains[i]);
        }
        f = untouched;
    }
    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_NONE, 48000, 1000, 1, 0) == SIGKIT_ERR_KIND);
    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_KINDS, 48000, 1000, 1, 0) == SIGKIT_ERR_KIND);
    CHECK(sigkit_biquad_design(NULL, 0, 48000, 1000, 1, 0) == SIGKIT_ERR_NULL);
    CHECK(memcmp(&f, &untouched, sizeof f) == 0);
    /* Close to the limits, but valid. */
    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_LOW_PASS, 48000, 23999.99, 0.01, 0) == SIGKIT_OK);
    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_LOW_PASS, 48000, 0.01, 100, 0) == SIGKIT_OK);
}

/* A NaN stays until the reset. */
static void poison(void)
{
    sigkit_biquad f;

    CHECK(sigkit_biquad_design(&f, SIGKIT_BIQUAD_NOTCH, 1000, 50, 5, 0) == SIGKIT_OK);
    CHECK(isnan(sigkit_biquad_sample(&f, NAN)) && isnan(sigkit_biquad_sample(&f, 1)));
    CHECK(sigkit_biquad_reset(&f) == SIGKIT_OK && sigkit_biquad_sample(&f, 1) == f.b0);
}

void test_biquad(void)
{
    golden();
    blocks();
    absurd();
    poison();
}
