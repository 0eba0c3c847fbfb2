/*
 * A second sigkit_add, for `bench` in a build whose C is inlined into Rust: build.rs
 * always compiles this file without link-time optimisation.
 */
#include <stdint.h>

int64_t tollgate_apart_add(int64_t a, int64_t b);

int64_t tollgate_apart_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}
