/*
 * probe: plugins/probe in C, for `static-c`. It does as little as a plugin can: the price of its
 * call is that of the crossing.
 */
#include "tollgate.h"

#include <stddef.h>

TOLLGATE_MANIFEST("{\"name\":\"probe\",\"version\":\"0.1.0\",\"abi\":1,\"panic\":\"none\","
                  "\"compiler\":\"" TOLLGATE_COMPILER "\","
                  "\"description\":\"Does as little as a plugin can, so that what remains is the crossing.\","
                  "\"operations\":[{\"name\":\"nothing\","
                  "\"description\":\"Does nothing, and gives nothing.\","
                  "\"takes\":[\"f64\"],\"gives\":{\"kind\":\"none\"},\"state\":\"stateless\"},"
                  "{\"name\":\"sum\","
                  "\"description\":\"Sums its input, in eight sums side by side.\","
                  "\"takes\":[\"f64\"],\"gives\":{\"kind\":\"block\",\"element\":\"f64\"},\"state\":\"stateless\"}],"
                  "\"config\":[]}");

/* It has no state, so one instance serves all; the contract requires an address that is not NULL. */
static char instance_of_all;

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance) {
    (void)host;
    (void)config;
    (void)count;
    (void)sink;
    *instance = &instance_of_all;
    return TOLLGATE_OK;
}

static tollgate_status_t sum(const tollgate_block_t *input, tollgate_sink_t *output) {
    const double *values = input->data;
    const uint64_t count = input->bytes / sizeof *values;
    const uint64_t whole = count - count % 8;
    const uint64_t one = 1;
    double sums[8] = {0};
    double total = 0;
    tollgate_block_t result = {0};
    if (input->strides != NULL) {
        return TOLLGATE_INPUT;
    }
    for (uint64_t i = 0; i < whole; i += 8) {
        for (uint64_t k = 0; k < 8; k++) {
            sums[k] += values[i + k];
        }
    }
    for (uint64_t k = 0; k < 8; k++) {
        total += sums[k];
    }
    for (uint64_t i = whole; i < count; i++) {
        total += values[i];
    }
    if (output->capacity < sizeof total) {
        tollgate_status_t status = output->reserve(output, sizeof total);
        if (status != TOLLGATE_OK) {
            return status;
        }
    }
    *(double *)output->data = total;
    result.size = sizeof result;
    result.element = TOLLGATE_F64;
    result.bytes = sizeof total;
    result.rank = 1;
    result.data = output->data;
    result.shape = &one;
    return output->commit(output, &result);
}

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    (void)instance;
    switch (operation) {
    case 0:
        return TOLLGATE_OK;
    case 1:
        return sum(input, output);
    default:
        return TOLLGATE_OPERATION;
    }
}

static void destroy(void *instance) { (void)instance; }

static const void *extension(const char *id) {
    (void)id;
    return NULL;
}

static const tollgate_entry_t entry = {sizeof(tollgate_entry_t), TOLLGATE_ABI, create, call, destroy, extension};

const tollgate_entry_t *tollgate_entry(void) { return &entry; }
