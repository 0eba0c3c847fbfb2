/* An entry whose size leaves out its last function. */
#include "stubs.h"

STUB_MANIFEST("small_entry");

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {offsetof(tollgate_entry_t, extension), TOLLGATE_ABI, create, nothing, destroy,
                                           extension};
    return &entry;
}
