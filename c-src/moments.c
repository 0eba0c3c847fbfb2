/*
 * Running moments. The update and merge formulas are those of P. Pebay, "Formulas for
 * Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical
 * Moments", SAND2008-6212 (2008).
 *
 * Error bound. Let u = 2^-53 and a_k the mean of |x - mean|^k. The difference of a value
 * and a pivot near the mean has a relative error of u, however far from zero both lie, so
 * sums of its powers are off by no more than about n u a_k n: unlike for a sum of x^2, the
 * offset of the data plays no part, and what is left is the condition of the moment
 * itself, a_k / |m_k|. For up to one chunk of values, sigkit_moments_push_block keeps to
 *     mean       u |mean| + (n + 20) u a_1
 *     variance   (n + 20) u variance
 *     skewness   2 (n + 20) u a_3 / variance^1.5
 *     kurtosis   2 (n + 20) u a_4 / variance^2
 * and single pushes or merges to four times that; the tests hold them to it.
 */
#include "internal.h"
#include "sigkit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Moments of finite values. The mean is kept as an unevaluated sum: with values far from
   zero, the error of a single double would dominate the third central moment. */
typedef struct central {
    double n;
    double mean, mean_low;
    double m2, m3, m4; /* sums of powers of (x - mean) */
} central;

struct sigkit_moments {
    uint64_t count; /* of all values; finite.n is that of the finite ones */
    int32_t nan, plus_inf, minus_inf; /* 1: occurred */
    central finite;
    double min, max; /* of all that is not NaN */
};

static void clear(sigkit_moments *m)
{
    *m = (sigkit_moments){.min = INFINITY, .max = -INFINITY};
}

/* mean + mean_low = mean + mean_low + shift, mean being the sum rounded. Knuth's exact
   sum: nothing is assumed about which is larger. */
static void shift_mean(central *c, double shift)
{
    double sum = c->mean + shift;
    double part = sum - c->mean;
    double low = ((c->mean - (sum - part)) + (shift - part)) + c->mean_low;

    c->mean = sum + low;
    c->mean_low = low - (c->mean - sum);
}

static void add_one(central *c, double x)
{
    double before = c->n, n = before + 1;
    double delta = (x - c->mean) - c->mean_low;
    double step = delta / n, step2 = step * step, term = delta * step * before;

    c->m4 += term * step2 * (n * n - 3 * n + 3) + 6 * step2 * c->m2 - 4 * step * c->m3;
    c->m3 += term * step * (n - 2) - 3 * step * c->m2;
    c->m2 += term;
    c->n = n;
    shift_mean(c, step);
}

static void add_all(central *a, const central *b)
{
    double n = a->n + b->n, fa, fb, delta, delta2, product;

    if (b->n == 0) {
        return;
    }
    if (a->n == 0) {
        *a = *b;
        return;
    }
    fa = a->n / n;
    fb = b->n / n;
    delta = (b->mean - a->mean) + (b->mean_low - a->mean_low);
    delta2 = delta * delta;
    product = a->n * fb;

    a->m4 += b->m4 + delta2 * delta2 * product * (fa * fa - fa * fb + fb * fb) +
             6 * delta2 * (fa * fa * b->m2 + fb * fb * a->m2) +
             4 * delta * (fa * b->m3 - fb * a->m3);
    a->m3 += b->m3 + delta2 * delta * product * ((a->n - b->n) / n) +
             3 * delta * (fa * b->m2 - fb * a->m2);
    a->m2 += b->m2 + delta2 * product;
    a->n = n;
    shift_mean(a, delta * fb);
}

/* One value of any sort; the count is the caller's. */
static void take(sigkit_moments *m, double x)
{
    if (isnan(x)) {
        m->nan = 1;
        return;
    }
    m->min = x < m->min ? x : m->min;
    m->max = x > m->max ? x : m->max;
    if (isinf(x)) {
        if (x > 0) {
            m->plus_inf = 1;
        } else {
            m->minus_inf = 1;
        }
        return;
    }
    add_one(&m->finite, x);
}

/* 8 KiB: read twice, the second time from the first-level cache. */
#define CHUNK 1024

/* Two values at a time if the compiler has vector types: they become SSE2 or NEON, which
   need no flag. Left to itself, GCC 12 makes slower code of the same loops. */
#if defined(__GNUC__)
typedef double lanes __attribute__((vector_size(16)));
#else
typedef double lanes;
#endif

#define WIDTH (sizeof(lanes) / sizeof(double))

/* Values per iteration: two independent sums cover the latency of an addition. */
#define TURN (2 * WIDTH)

/* The same value in each lane. Where doubles are computed with more digits, a vector and a scalar do not mix. */
static inline lanes splat(double x)
{
    double all[WIDTH];
    lanes v;

    for (size_t i = 0; i < WIDTH; i++)
        all[i] = x;
    memcpy(&v, all, sizeof v);
    return v;
}

static inline lanes load(const double *x)
{
    lanes v;

    memcpy(&v, x, sizeof v);
    return v;
}

static double total(const lanes *a, const lanes *b)
{
    lanes both = *a + *b;
    double part[2] = {0};

    memcpy(part, &both, sizeof both);
    return part[0] + part[1];
}

typedef struct range {
    double min, max;
} range;

static inline range widened(range r, double x)
{
    return (range){x < r.min ? x : r.min, x > r.max ? x : r.max};
}

/* Sum and extremes of n >= 1 values. The sum is not finite if a value is not; then the
   extremes mean nothing. */
static double survey(const double *x, size_t n, range *extremes)
{
    lanes s = {0}, t = {0};
    range r[4] = {{x[0], x[0]}, {x[0], x[0]}, {x[0], x[0]}, {x[0], x[0]}};
    double sum;
    size_t i = 0;

    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k += TURN) {
            s += load(x + i + k);
            t += load(x + i + k + WIDTH);
        }
        r[0] = widened(r[0], x[i]);
        r[1] = widened(r[1], x[i + 1]);
        r[2] = widened(r[2], x[i + 2]);
        r[3] = widened(r[3], x[i + 3]);
    }
    sum = total(&s, &t);
    for (; i < n; i++) {
        sum += x[i];
        r[0] = widened(r[0], x[i]);
    }
    for (size_t k = 1; k < 4; k++) {
        r[0] = widened(r[0], r[k].min);
        r[0] = widened(r[0], r[k].max);
    }
    *extremes = r[0];
    return sum;
}

/* Central moments of n >= 1 finite values, `pivot` being their mean but for rounding. */
static central about(const double *x, size_t n, double pivot)
{
    lanes s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, t1 = {0}, t2 = {0}, t3 = {0}, t4 = {0};
    double u1, u2, u3, u4, e;
    central c = {.n = (double)n, .mean = pivot};
    const lanes pivots = splat(pivot);
    size_t i = 0;

    for (; i + TURN <= n; i += TURN) {
        lanes d = load(x + i) - pivots, d2 = d * d;
        lanes f = load(x + i + WIDTH) - pivots, f2 = f * f;

        s1 += d;
        t1 += f;
        s2 += d2;
        t2 += f2;
        s3 += d2 * d;
        t3 += f2 * f;
        s4 += d2 * d2;
        t4 += f2 * f2;
    }
    u1 = total(&s1, &t1);
    u2 = total(&s2, &t2);
    u3 = total(&s3, &t3);
    u4 = total(&s4, &t4);
    for (; i < n; i++) {
        double d = x[i] - pivot, d2 = d * d;

        u1 += d;
        u2 += d2;
        u3 += d2 * d;
        u4 += d2 * d2;
    }
    /* What the pivot lacks is the mean of the differences, which are far smaller than the
       values: moving the sums by it makes up for the rounding of the first pass. */
    e = u1 / c.n;
    c.m2 = u2 - e * u1;
    c.m3 = u3 - 3 * e * u2 + 2 * e * e * u1;
    c.m4 = u4 - 4 * e * u3 + 6 * e * e * u2 - 3 * e * e * e * u1;
    shift_mean(&c, e);
    return c;
}

static void take_chunk(sigkit_moments *m, const double *x, size_t n)
{
    range r;
    double sum = survey(x, n, &r);
    central chunk;

    if (!isfinite(sum)) { /* a NaN, an infinity, or a sum that overflows */
        for (size_t i = 0; i < n; i++) {
            take(m, x[i]);
        }
        return;
    }
    m->min = r.min < m->min ? r.min : m->min;
    m->max = r.max > m->max ? r.max : m->max;
    chunk = about(x, n, sum / (double)n);
    add_all(&m->finite, &chunk);
}

sigkit_status sigkit_moments_create(sigkit_moments **out)
{
    sigkit_moments *m;

    if (out == NULL) {
        return SIGKIT_ERR_NULL;
    }
    m = malloc(sizeof *m);
    if (m == NULL) {
        return SIGKIT_ERR_MEMORY;
    }
    clear(m);
    *out = m;
    return SIGKIT_OK;
}

void sigkit_moments_destroy(sigkit_moments *moments)
{
    free(moments);
}

sigkit_status sigkit_moments_reset(sigkit_moments *moments)
{
    if (moments == NULL) {
        return SIGKIT_ERR_NULL;
    }
    clear(moments);
    return SIGKIT_OK;
}

sigkit_status sigkit_moments_push(sigkit_moments *moments, double value)
{
    if (moments == NULL) {
        return SIGKIT_ERR_NULL;
    }
    if (moments->count == UINT64_MAX) {
        return SIGKIT_ERR_LENGTH;
    }
    moments->count++;
    take(moments, value);
    return SIGKIT_OK;
}

sigkit_status sigkit_moments_push_block(sigkit_moments *moments, const double *values, size_t n)
{
    if (moments == NULL || (values == NULL && n != 0)) {
        return SIGKIT_ERR_NULL;
    }
    if (!sigkit_length_fits(n, sizeof *values) || n > UINT64_MAX - moments->count) {
        return SIGKIT_ERR_LENGTH;
    }
    moments->count += n;
    while (n > 0) {
        size_t part = n < CHUNK ? n : CHUNK;

        take_chunk(moments, values, part);
        values += part;
        n -= part;
    }
    return SIGKIT_OK;
}

sigkit_status sigkit_moments_merge(sigkit_moments *into, const sigkit_moments *from)
{
    central added;

    if (into == NULL || from == NULL) {
        return SIGKIT_ERR_NULL;
    }
    if (from->count > UINT64_MAX - into->count) {
        return SIGKIT_ERR_LENGTH;
    }
    added = from->finite; /* a copy: both may be the same object */
    into->count += from->count;
    into->nan |= from->nan;
    into->plus_inf |= from->plus_inf;
    into->minus_inf |= from->minus_inf;
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    add_all(&into->finite, &added);
    return SIGKIT_OK;
}

/* Not overflown, and far enough above the smallest normal number, 2.2e-308, that a sum of
   such powers has all of its digits. */
static int32_t in_range(double power)
{
    return power > 1e-290 && power < INFINITY;
}

sigkit_status sigkit_moments_read(const sigkit_moments *moments, sigkit_moments_summary *out)
{
    sigkit_moments_summary s;

    if (moments == NULL || out == NULL) {
        return SIGKIT_ERR_NULL;
    }
    s = (sigkit_moments_summary){moments->count, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (moments->count != 0 && !moments->nan) {
        s.min = moments->min;
        s.max = moments->max;
        if (moments->plus_inf || moments->minus_inf) {
            if (!(moments->plus_inf && moments->minus_inf)) {
                s.mean = moments->plus_inf ? INFINITY : -INFINITY;
            }
        } else {
            const central *c = &moments->finite;
            double smallest = 1e-15 * c->mean, cube, square;

            s.mean = c->mean;
            s.variance = c->m2 / c->n;
            if (moments->count > 1) {
                s.sample_variance = c->m2 / (c->n - 1);
            }
            cube = s.variance * sqrt(s.variance);
            square = s.variance * s.variance;
            if (s.variance > smallest * smallest && in_range(cube)) {
                s.skewness = c->m3 / c->n / cube;
            }
            if (s.variance > smallest * smallest && in_range(square)) {
                s.kurtosis = c->m4 / c->n / square - 3;
            }
        }
    }
    *out = s;
    return SIGKIT_OK;
}
