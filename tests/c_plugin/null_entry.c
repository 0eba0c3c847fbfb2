/* An entry that returns NULL. */
#include "stubs.h"

STUB_MANIFEST("null_entry");

const tollgate_entry_t *tollgate_entry(void) {
    return NULL;
}
