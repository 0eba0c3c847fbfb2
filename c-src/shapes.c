/*
 * Call shapes: each function does as little as its signature allows, so that the time of
 * a call is the price of calling. Sums use unsigned types, whose overflow is defined.
 */
#include "internal.h"
#include "sigkit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sigkit_counter {
    int64_t value;
};

void sigkit_nop(void)
{
}

int64_t sigkit_identity(int64_t x)
{
    return x;
}

int64_t sigkit_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

double sigkit_vec3_sum(sigkit_vec3 v)
{
    return v.x + v.y + v.z;
}

double sigkit_vec3_sum_at(const sigkit_vec3 *v)
{
    return v == NULL ? NAN : v->x + v->y + v->z;
}

sigkit_vec3 sigkit_vec3_scale(sigkit_vec3 v, double k)
{
    return (sigkit_vec3){v.x * k, v.y * k, v.z * k};
}

void sigkit_vec3_scale_at(sigkit_vec3 *v, double k)
{
    if (v != NULL) {
        v->x *= k;
        v->y *= k;
        v->z *= k;
    }
}

int64_t sigkit_ends_i64(const int64_t *values, size_t n)
{
    return values == NULL || n == 0 ? 0 : sigkit_add(values[0], values[n - 1]);
}

int64_t sigkit_sum_i64(const int64_t *values, size_t n)
{
    uint64_t sum = 0;

    if (values != NULL) {
        for (size_t i = 0; i < n; i++) {
            sum += (uint64_t)values[i];
        }
    }
    return (int64_t)sum;
}

sigkit_status sigkit_sum(const double *values, size_t n, double *out)
{
    double sum = 0;

    if (out == NULL || (values == NULL && n != 0)) {
        return SIGKIT_ERR_NULL;
    }
    if (!sigkit_length_fits(n, sizeof *values)) {
        return SIGKIT_ERR_LENGTH;
    }
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    *out = sum;
    return SIGKIT_OK;
}

size_t sigkit_text_length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

int64_t sigkit_apply(sigkit_apply_fn fn, void *user, int64_t x)
{
    return fn == NULL ? x : fn(user, x);
}

int64_t sigkit_apply_times(sigkit_apply_fn fn, void *user, int64_t x, uint64_t times)
{
    if (fn != NULL) {
        for (; times > 0; times--) {
            x = fn(user, x);
        }
    }
    return x;
}

sigkit_status sigkit_counter_create(int64_t start, sigkit_counter **out)
{
    sigkit_counter *counter;

    if (out == NULL) {
        return SIGKIT_ERR_NULL;
    }
    counter = malloc(sizeof *counter);
    if (counter == NULL) {
        return SIGKIT_ERR_MEMORY;
    }
    counter->value = start;
    *out = counter;
    return SIGKIT_OK;
}

int64_t sigkit_counter_add(sigkit_counter *counter, int64_t amount)
{
    if (counter == NULL) {
        return 0;
    }
    counter->value = sigkit_add(counter->value, amount);
    return counter->value;
}

void sigkit_counter_destroy(sigkit_counter *counter)
{
    free(counter);
}
