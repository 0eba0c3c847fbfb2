/* An entry in which one function is NULL: the one that NULL_FUNCTION names. */
#include "stubs.h"

STUB_MANIFEST("null_function");

const tollgate_entry_t *tollgate_entry(void) {
    static tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, nothing, destroy, extension};
    entry.NULL_FUNCTION = NULL;
    return &entry;
}
