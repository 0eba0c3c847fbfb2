/*
 * Calls within a shared library, bound in each of the ways that a linker has: `tollgate bench` links it twice and prices
 * them. bound_callee is exported, so another library may take its place, and who calls it goes through a table that the
 * loader fills; bound_hidden cannot be replaced and is called directly.
 */
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))
/* GCC copies what it must not inline, unless it is told; Clang does not, and does not know the word. */
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
