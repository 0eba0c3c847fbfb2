/*
 * Biquad filters. Designs: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad
 * filter coefficients" (Audio EQ Cookbook), published as a W3C Note, 8 June 2021.
 */
#include "internal.h"
#include "sigkit.h"

#include <math.h>

#define PI 3.14159265358979323846264338327950288

/* As in the cookbook, before the division by a0. */
typedef struct raw {
    double b0, b1, b2, a0, a1, a2;
} raw;

/* The cookbook's low shelf; its high shelf is the same with the sign of every cosine and
   of the odd coefficients reversed, that is mirrored at a quarter of the sample rate. */
static raw shelf(double a, double cosine, double alpha, double sign)
{
    double c = sign * cosine, root = 2 * sqrt(a) * alpha;

    return (raw){
        .b0 = a * ((a + 1) - (a - 1) * c + root),
        .b1 = sign * 2 * a * ((a - 1) - (a + 1) * c),
        .b2 = a * ((a + 1) - (a - 1) * c - root),
        .a0 = (a + 1) + (a - 1) * c + root,
        .a1 = sign * -2 * ((a - 1) + (a + 1) * c),
        .a2 = (a + 1) + (a - 1) * c - root,
    };
}

/* `w` is the angle per sample; gain_db is used only by kinds with a gain. */
static raw cookbook(int32_t kind, double w, double q, double gain_db)
{
    double cosine = cos(w), alpha = sin(w) / (2 * q);
    raw r = {.a0 = 1 + alpha, .a1 = -2 * cosine, .a2 = 1 - alpha};

    switch (kind) {
    case SIGKIT_BIQUAD_LOW_PASS:
        r.b1 = 1 - cosine;
        r.b0 = r.b2 = r.b1 / 2;
        break;
    case SIGKIT_BIQUAD_HIGH_PASS:
        r.b1 = -(1 + cosine);
        r.b0 = r.b2 = -r.b1 / 2;
        break;
    case SIGKIT_BIQUAD_BAND_PASS:
        r.b0 = alpha;
        r.b2 = -alpha;
        break;
    case SIGKIT_BIQUAD_NOTCH:
        r.b0 = r.b2 = 1;
        r.b1 = r.a1;
        break;
    case SIGKIT_BIQUAD_PEAKING: {
        double a = pow(10, gain_db / 40);

        r.b0 = 1 + alpha * a;
        r.b1 = r.a1;
        r.b2 = 1 - alpha * a;
        r.a0 = 1 + alpha / a;
        r.a2 = 1 - alpha / a;
        break;
    }
    case SIGKIT_BIQUAD_LOW_SHELF:
        return shelf(pow(10, gain_db / 40), cosine, alpha, 1);
    default: /* SIGKIT_BIQUAD_HIGH_SHELF */
        return shelf(pow(10, gain_db / 40), cosine, alpha, -1);
    }
    return r;
}

static int32_t uses_gain(int32_t kind)
{
    return kind >= SIGKIT_BIQUAD_PEAKING;
}

sigkit_status sigkit_biquad_design(sigkit_biquad *out, int32_t kind, double sample_rate,
                                   double frequency, double q, double gain_db)
{
    sigkit_biquad f = {0};
    raw r;

    if (out == NULL) {
        return SIGKIT_ERR_NULL;
    }
    if (kind < 0 || kind >= SIGKIT_BIQUAD_KINDS) {
        return SIGKIT_ERR_KIND;
    }
    /* Written so that a NaN fails. An infinite frequency is not below an infinite rate. */
    if (!(frequency > 0 && frequency < sample_rate / 2) || !isfinite(sample_rate) ||
        !(q > 0 && isfinite(q)) || (uses_gain(kind) && !isfinite(gain_db))) {
        return SIGKIT_ERR_DOMAIN;
    }
    r = cookbook(kind, 2 * PI * (frequency / sample_rate), q, gain_db);
    f.b0 = r.b0 / r.a0;
    f.b1 = r.b1 / r.a0;
    f.b2 = r.b2 / r.a0;
    f.a1 = r.a1 / r.a0;
    f.a2 = r.a2 / r.a0;
    /* Extreme but legal numbers can overflow, or round a pole onto the unit circle. The
       poles are inside of it exactly if (a1, a2) is inside of the stability triangle. */
    if (!isfinite(f.b0) || !isfinite(f.b1) || !isfinite(f.b2) || !(fabs(f.a2) < 1) ||
        !(fabs(f.a1) < 1 + f.a2)) {
        return SIGKIT_ERR_DOMAIN;
    }
    *out = f;
    return SIGKIT_OK;
}

sigkit_status sigkit_biquad_reset(sigkit_biquad *filter)
{
    if (filter == NULL) {
        return SIGKIT_ERR_NULL;
    }
    filter->z1 = filter->z2 = 0;
    return SIGKIT_OK;
}

/* The products are grouped so that only a multiplication and two additions depend on the
   sample before. */
static inline double step(sigkit_biquad *f, double x)
{
    double y = f->b0 * x + f->z1;

    f->z1 = (f->b1 * x + f->z2) - f->a1 * y;
    f->z2 = f->b2 * x - f->a2 * y;
    return y;
}

double sigkit_biquad_sample(sigkit_biquad *filter, double x)
{
    return filter == NULL ? NAN : step(filter, x);
}

sigkit_status sigkit_biquad_block(sigkit_biquad *filter, const double *in, double *out, size_t n)
{
    sigkit_biquad f;
    uintptr_t from, to;

    if (filter == NULL || (n != 0 && (in == NULL || out == NULL))) {
        return SIGKIT_ERR_NULL;
    }
    if (!sigkit_length_fits(n, sizeof *in)) {
        return SIGKIT_ERR_LENGTH;
    }
    from = (uintptr_t)in;
    to = (uintptr_t)out;
    if (from != to && (from < to ? to - from : from - to) < n * sizeof *in) {
        return SIGKIT_ERR_OVERLAP;
    }
    f = *filter; /* in registers: the compiler must assume that out can point to *filter */
    for (size_t i = 0; i < n; i++) {
        out[i] = step(&f, in[i]);
    }
    filter->z1 = f.z1;
    filter->z2 = f.z2;
    return SIGKIT_OK;
}
