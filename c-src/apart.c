/*
 * sigkit_add once more, for `bench` in a build whose C is inlined into Rust: build.rs
 * compiles this file without link-time optimisation, whatever the rest is compiled with.
 */
#include <stdint.h>

int64_t tollgate_apart_add(int64_t a, int64_t b);

int64_t tollgate_apart_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
