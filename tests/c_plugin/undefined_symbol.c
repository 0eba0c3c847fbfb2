/* A plugin that calls a function which nothing defines. */
#include "stubs.h"

STUB_MANIFEST("undefined_symbol");

tollgate_status_t tollgate_fixture_missing(void);

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    (void)instance;
    (void)operation;
    (void)input;
    (void)output;
    return tollgate_fixture_missing();
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
