/*
 * NAME: a Tollgate plugin. It builds and runs as it is. Edit the places marked EDIT. tollgate.h documents the contract.
 */
#include "tollgate.h"

#include <stdlib.h>
#include <string.h>

/* EDIT: the manifest, in JSON. The host reads it from the file before any of this code runs. */
TOLLGATE_MANIFEST("{\"name\":\"NAME\",\"version\":\"0.1.0\",\"abi\":1,\"panic\":\"none\","
                  "\"compiler\":\"" TOLLGATE_COMPILER "\","
                  "\"description\":\"Makes a signal louder or softer.\","
                  "\"operations\":[{\"name\":\"scale\","
                  "\"description\":\"Multiplies each sample by the factor.\","
                  "\"takes\":[\"f32\",\"f64\"],"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"same\"},"
                  "\"state\":\"stateless\"}],"
                  "\"config\":[{\"name\":\"factor\",\"type\":\"number\",\"default\":1.0,"
                  "\"description\":\"What each sample is multiplied by.\"}]}");

/* EDIT: the data of an instance: its configuration, and what it keeps between calls. */
typedef struct instance {
    double factor;
} instance_t;

/* Reports an error to the host, and returns the status. */
static tollgate_status_t fail(tollgate_sink_t *sink, tollgate_status_t status, const char *message) {
    tollgate_fault_t fault = {0};
    fault.size = sizeof fault;
    fault.status = status;
    fault.message.data = message;
    fault.message.length = strlen(message);
    sink->fail(sink, &fault);
    return status;
}

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance) {
    instance_t *made = malloc(sizeof *made);
    (void)host;
    (void)count; /* 1: the manifest has one key, and the host checked its value */
    if (made == NULL) {
        return fail(sink, TOLLGATE_FAILED, "out of memory: the instance could not be allocated");
    }
    made->factor = config[0].real;
    *instance = made;
    return TOLLGATE_OK;
}

static void scale_f32(float *to, const float *from, uint64_t count, double factor) {
    for (uint64_t i = 0; i < count; i++) {
        to[i] = (float)(from[i] * factor);
    }
}

static void scale_f64(double *to, const double *from, uint64_t count, double factor) {
    for (uint64_t i = 0; i < count; i++) {
        to[i] = from[i] * factor;
    }
}

/* EDIT: the operations. `operation` is an operation's index in the manifest. */
static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    const instance_t *self = instance;
    const uint64_t samples = input->bytes / TOLLGATE_ELEMENT_BYTES(input->element);
    tollgate_block_t scaled = {0};
    tollgate_status_t status;
    if (operation != 0) {
        return fail(output, TOLLGATE_OPERATION, "unknown operation: the only one is scale, with index 0");
    }
    if (input->strides != NULL) {
        return fail(output, TOLLGATE_INPUT, "the block has strides: copy it into C order first");
    }
    status = output->reserve(output, input->bytes); /* memory of the host, written in place */
    if (status != TOLLGATE_OK) {
        return status;
    }
    if (input->element == TOLLGATE_F32) {
        scale_f32(output->data, input->data, samples, self->factor);
    } else { /* TOLLGATE_F64: the host passes only the types that `takes` lists */
        scale_f64(output->data, input->data, samples, self->factor);
    }
    scaled.size = sizeof scaled;
    scaled.element = input->element;
    scaled.bytes = input->bytes;
    scaled.rank = input->rank;
    scaled.data = output->data;
    scaled.shape = input->shape; /* `commit` copies the shape and attributes, so the sample rate is kept */
    scaled.attribute_count = input->attribute_count;
    scaled.attributes = input->attributes;
    return output->commit(output, &scaled);
}

static void destroy(void *instance) {
    free(instance);
}

static const void *extension(const char *id) {
    (void)id;
    return NULL;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
