/* A minimal test harness: CHECK continues after a failure and prints its location. */
#ifndef SIGKIT_HARNESS_H
#define SIGKIT_HARNESS_H

#include <stddef.h>
#include <stdint.h>

void check(int passed, const char *what, const char *file, int line);

/* For checks in loops: `detail` and two numbers identify the failed iteration. */
void check_case(int passed, const char *what, const char *detail, double a, double b,
                const char *file, int line);

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)
#define CHECK_CASE(condition, detail, a, b) \
    check_case((condition), #condition, (detail), (double)(a), (double)(b), __FILE__, __LINE__)

/* |a - b| <= bound, or both NaN, or both the same infinity. */
int near(double a, double b, double bound);

/* The values of a sample file (f64, f32 or i32, one or two dimensions; column -1 for one)
   without its NaNs, or NULL with a failure counted. The caller frees it. */
double *load_samples(const char *name, int column, size_t *n);

void test_status(void);
void test_crc32c(void);
void test_moments(void);
void test_biquad(void);
void test_histogram(void);
void test_shapes(void);
void test_layout(void);

#endif
