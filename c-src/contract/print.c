/*
 * Prints the layout that this C compiler gives tollgate.h, a line for each structure and field, as the example
 * `layout` of crates/abi does for Rust.
 */
#include "layout.c"

#include <inttypes.h>
#include <stdio.h>

int main(void) {
    for (uint64_t index = 0; tollgate_contract_layout(index) != NULL; index++) {
        const tollgate_layout_t *layout = tollgate_contract_layout(index);
        if (layout->alignment != 0) {
            printf("%s %" PRIu64 " %" PRIu64 "\n", layout->name, layout->size, layout->alignment);
        } else {
            printf("%s %" PRIu64 "\n", layout->name, layout->offset);
        }
    }
    return 0;
}
