/*
 * Calls within a shared library, bound in each of a linker's ways: `tollgate bench` links it twice and measures
 * them. bound_callee is exported, so another library may replace it, and calls go through a table that the
 * loader fills. bound_hidden cannot be replaced and is called directly.
 */
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))
/* Without noclone, GCC may clone a function that it must not inline. Clang does not, and lacks the attribute. */
#if defined(__clang__)
#define HIDDEN __attribute__((visibility("hidden"), noinline))
#else
#define HIDDEN __attribute__((visibility("hidden"), noinline, noclone))
#endif

EXPORTED int64_t bound_callee(int64_t a, int64_t b);
EXPORTED int64_t bound_call(int64_t a, int64_t b);
EXPORTED int64_t bound_call_hidden(int64_t a, int64_t b);
HIDDEN int64_t bound_hidden(int64_t a, int64_t b);

int64_t bound_callee(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

int64_t bound_hidden(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

/* The empty statement keeps the call from becoming a jump. */
int64_t bound_call(int64_t a, int64_t b) {
    const int64_t sum = bound_callee(a, b);
    __asm__ volatile("");
    return sum;
}

int64_t bound_call_hidden(int64_t a, int64_t b) {
    const int64_t sum = bound_hidden(a, b);
    __asm__ volatile("");
    return sum;
}
