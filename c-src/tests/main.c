#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long passed_checks, failed_checks;

void check(int passed, const char *what, const char *file, int line)
{
    if (passed) {
        passed_checks++;
        return;
    }
    failed_checks++;
    printf("%s:%d: failed: %s\n", file, line, what);
}

void check_case(int passed, const char *what, const char *detail, double a, double b,
                const char *file, int line)
{
    check(passed, what, file, line);
    if (!passed) {
        printf("    %s: %.17g, %.17g\n", detail, a, b);
    }
}

int near(double a, double b, double bound)
{
    return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= bound;
}

/* A little-endian number, on a machine of either byte order. */
static uint64_t little_endian(const unsigned char *at, size_t width)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < width; i++) {
        bits |= (uint64_t)at[i] << (8 * i);
    }
    return bits;
}

/* The header of a .npy file is a Python dictionary as text; only these keys matter. */
static double *parse_npy(const unsigned char *bytes, size_t size, int column, size_t *n)
{
    const char *text = (const char *)bytes + 10;
    size_t data = size < 10 ? 0 : 10U + bytes[8] + 256U * bytes[9], width, step = 1, count = 0;
    const char *shape = data == 0 || data > size ? NULL : strstr(text, "'shape': (");
    int f8 = shape != NULL && strstr(text, "'<f8'") != NULL;
    int f4 = shape != NULL && strstr(text, "'<f4'") != NULL;
    int i4 = shape != NULL && strstr(text, "'<i4'") != NULL;
    double *out;

    if (!f8 && !f4 && !i4) {
        return NULL;
    }
    if (column >= 0) {
        step = strtoul(strchr(shape, ',') + 1, NULL, 10);
    }
    width = f8 ? 8 : 4;
    out = malloc((size - data) / width * sizeof *out + 1);
    for (size_t i = column < 0 ? 0 : (size_t)column; out != NULL && data + (i + 1) * width <= size; i += step) {
        const unsigned char *at = bytes + data + i * width;
        uint64_t bits = little_endian(at, width);
        uint32_t narrow = (uint32_t)bits;
        double d;
        float f;

        memcpy(&d, &bits, sizeof d);
        memcpy(&f, &narrow, sizeof f);
        if (f4) {
            d = (double)f;
        } else if (i4) {
            d = (int32_t)narrow;
        }
        if (!isnan(d)) {
            out[count++] = d;
        }
    }
    *n = count;
    return out;
}

double *load_samples(const char *name, int column, size_t *n)
{
    const char *folder = getenv("SIGKIT_SAMPLES");
    unsigned char *bytes = malloc(1 << 20);
    double *out = NULL;
    char path[1024];
    FILE *file;

    *n = 0;
    snprintf(path, sizeof path, "%s/%s", folder == NULL ? "../samples" : folder, name);
    file = fopen(path, "rb");
    if (file != NULL && bytes != NULL) {
        size_t size = fread(bytes, 1, (1 << 20) - 1, file);

        bytes[size] = 0;
        out = parse_npy(bytes, size, column, n);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(bytes);
    check_case(out != NULL, "the sample file can be read", path, 0, 0, __FILE__, __LINE__);
    return out;
}

int main(void)
{
    test_status();
    test_crc32c();
    test_moments();
    test_biquad();
    test_histogram();
    test_shapes();
    test_layout();
    printf("%lu passed, %lu failed\n", passed_checks, failed_checks);
    return failed_checks != 0;
}
