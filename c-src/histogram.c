/* A histogram with numpy.histogram's edges, bin by bin through a callback. */
#include "internal.h"
#include "sigkit.h"

#include <math.h>
#include <stdlib.h>

typedef struct bins {
    double low, high, width;
    size_t number;
} bins;

/* Edge i of number + 1, rounded as numpy.linspace rounds. */
static double edge(const bins *b, size_t i)
{
    return i == b->number ? b->high : (double)i * b->width + b->low;
}

/* The bin of a value from low to high. The quotient is a guess that rounding can put into
   a neighbour; the edges decide. */
static size_t bin_of(const bins *b, double x)
{
    double guess = (x - b->low) / (b->high - b->low) * (double)b->number;
    size_t i = guess < (double)b->number ? (size_t)guess : b->number - 1;

    if (i > 0 && x < edge(b, i)) {
        i--;
    } else if (i + 1 < b->number && x >= edge(b, i + 1)) {
        i++;
    }
    return i;
}

sigkit_status sigkit_histogram(const double *values, size_t n, double low, double high,
                               size_t number, sigkit_histogram_fn callback, void *user,
                               sigkit_histogram_outside *outside)
{
    sigkit_histogram_outside out = {0, 0, 0};
    sigkit_status status = SIGKIT_OK;
    uint64_t *counts;
    bins b;

    if (callback == NULL || (values == NULL && n != 0)) {
        return SIGKIT_ERR_NULL;
    }
    if (number == 0 || number > SIGKIT_HISTOGRAM_MAX_BINS ||
        !sigkit_length_fits(n, sizeof *values)) {
        return SIGKIT_ERR_LENGTH;
    }
    if (!(low < high) || !isfinite(high - low)) {
        return SIGKIT_ERR_DOMAIN;
    }
    counts = calloc(number, sizeof *counts);
    if (counts == NULL) {
        return SIGKIT_ERR_MEMORY;
    }
    b = (bins){low, high, (high - low) / (double)number, number};
    for (size_t i = 0; i < n; i++) {
        double x = values[i];

        if (x >= low && x <= high) {
            counts[bin_of(&b, x)]++;
        } else if (x < low) {
            out.below++;
        } else if (x > high) {
            out.above++;
        } else {
            out.nan++;
        }
    }
    if (outside != NULL) {
        *outside = out;
    }
    for (size_t i = 0; i < number; i++) {
        if (callback(user, i, edge(&b, i), edge(&b, i + 1), counts[i]) != 0) {
            status = SIGKIT_STOPPED;
            break;
        }
    }
    free(counts);
    return status;
}
