/* What the fixtures share: a manifest, and functions that do nothing. */
#ifndef STUBS_H
#define STUBS_H

#include "tollgate.h"

#include <stddef.h>

#define STUB_MANIFEST(name)                                                           \
    TOLLGATE_MANIFEST("{\"name\":\"" name "\",\"version\":\"0\",\"abi\":1,"           \
                      "\"panic\":\"none\",\"compiler\":\"" TOLLGATE_COMPILER "\","    \
                      "\"operations\":[{\"name\":\"nothing\",\"takes\":[\"f64\"],"    \
                      "\"gives\":{\"kind\":\"none\"}}]}")

static inline tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                       tollgate_sink_t *sink, void **instance) {
    static char made;
    (void)host;
    (void)config;
    (void)count;
    (void)sink;
    *instance = &made;
    return TOLLGATE_OK;
}

static inline tollgate_status_t nothing(void *instance, uint32_t operation, const tollgate_block_t *input,
                                        tollgate_sink_t *output) {
    (void)instance;
    (void)operation;
    (void)input;
    (void)output;
    return TOLLGATE_OK;
}

static inline void destroy(void *instance) {
    (void)instance;
}

static inline const void *extension(const char *id) {
    (void)id;
    return NULL;
}

#endif
