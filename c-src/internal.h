/* Shared by the library's own files. It declares no public names. */
#ifndef SIGKIT_INTERNAL_H
#define SIGKIT_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

/* Fused multiply-adds round differently: a histogram's edges would no longer be NumPy's,
   nor a filter's output the same on every processor. GCC has no such pragma, and fuses
   unless it is told -std=c11 or -ffp-contract=off. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

/* It would remove the tests for NaN and the compensated sums. */
#if defined(__FAST_MATH__)
#error "sigkit must not be built with -ffast-math"
#endif

/* Not exported from a shared library, and called without its indirection. */
#if defined(__GNUC__) && !defined(_WIN32)
#define SIGKIT_HIDDEN __attribute__((visibility("hidden")))
#else
#define SIGKIT_HIDDEN
#endif

/* Elements of `size` bytes, n of them, fit into an object. */
static inline int32_t sigkit_length_fits(size_t n, size_t size)
{
    return n <= (size_t)PTRDIFF_MAX / size;
}

#endif
