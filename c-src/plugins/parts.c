/* The addresses of the linked plugins' manifests: the types differ in length, so Rust asks for addresses. */
#include <stddef.h>
#include <stdint.h>

struct tollgate_manifest;
extern const struct tollgate_manifest crc32c_tollgate_manifest;
extern const struct tollgate_manifest probe_tollgate_manifest;

/* The manifest of a part: 0 is crc32c, 1 is probe; NULL for any other. */
const void *tollgate_part_manifest(uint32_t part);
const void *tollgate_part_manifest(uint32_t part) {
    switch (part) {
    case 0:
        return &crc32c_tollgate_manifest;
    case 1:
        return &probe_tollgate_manifest;
    default:
        return NULL;
    }
}
