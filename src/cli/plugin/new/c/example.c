/*
 * NAME: an example of a Tollgate plugin with a table, a key with named values, and two operations. tollgate.h documents
 * the contract.
 */
#include "tollgate.h"

#include <stdlib.h>
#include <string.h>

/* The manifest, in JSON. A key with an "enum" has named values. A column may have a unit. */
TOLLGATE_MANIFEST("{\"name\":\"NAME\",\"version\":\"0.1.0\",\"abi\":1,\"panic\":\"none\","
                  "\"compiler\":\"" TOLLGATE_COMPILER "\","
                  "\"description\":\"Measures the level of a signal, and sets it.\","
                  "\"operations\":["
                  "{\"name\":\"levels\",\"description\":\"The level of the signal by each measure.\","
                  "\"takes\":[\"f64\"],"
                  "\"gives\":{\"kind\":\"table\",\"rows\":\"levels\",\"columns\":["
                  "{\"name\":\"name\",\"element\":\"text\"},"
                  "{\"name\":\"level\",\"element\":\"f64\"},"
                  "{\"name\":\"of_target\",\"element\":\"f64\",\"unit\":\"%\"}]},"
                  "\"state\":\"stateless\"},"
                  "{\"name\":\"normalise\","
                  "\"description\":\"Scales the signal to the target level. Silence stays silence.\","
                  "\"takes\":[\"f64\"],"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"f64\"},"
                  "\"state\":\"stateless\"}],"
                  "\"config\":["
                  "{\"name\":\"measure\",\"type\":\"string\",\"enum\":[\"peak\",\"mean\"],\"default\":\"peak\","
                  "\"description\":\"What counts as the level of a signal.\"},"
                  "{\"name\":\"target\",\"type\":\"number\",\"minimum\":0.001,\"default\":1,"
                  "\"description\":\"The level that `normalise` gives a signal.\"}]}");

/* An operation's index in the manifest. */
enum { LEVELS = 0, NORMALISE = 1 };

/* The measures. */
enum { PEAK = 0, MEAN = 1, MEASURES = 2 };

/* An instance: its configuration. */
typedef struct instance {
    int measure;
    double target;
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
    (void)count; /* 2: the manifest has two keys, and the host checked their values */
    if (made == NULL) {
        return fail(sink, TOLLGATE_FAILED, "out of memory: the instance could not be allocated");
    }
    /* A text has a length and no NUL at its end. */
    made->measure = config[0].text.length == 4 && memcmp(config[0].text.data, "mean", 4) == 0 ? MEAN : PEAK;
    made->target = config[1].real;
    *instance = made;
    return TOLLGATE_OK;
}

static double level_of(int measure, const double *samples, uint64_t count) {
    double peak = 0.0;
    double sum = 0.0;
    for (uint64_t i = 0; i < count; i++) {
        const double magnitude = samples[i] < 0.0 ? -samples[i] : samples[i];
        peak = magnitude > peak ? magnitude : peak;
        sum += magnitude;
    }
    if (measure == PEAK) {
        return peak;
    }
    return count == 0 ? 0.0 : sum / (double)count;
}

/* Commits one column of a table: a copy of these bytes. */
static tollgate_status_t column(tollgate_sink_t *output, uint32_t element, const void *values, uint64_t bytes) {
    const uint64_t shape = bytes / TOLLGATE_ELEMENT_BYTES(element);
    const tollgate_status_t status = output->reserve(output, bytes);
    tollgate_block_t block = {0};
    if (status != TOLLGATE_OK) {
        return status;
    }
    memcpy(output->data, values, (size_t)bytes);
    block.size = sizeof block;
    block.element = element;
    block.bytes = bytes;
    block.rank = 1;
    block.data = output->data;
    block.shape = &shape;
    return output->commit(output, &block);
}

static tollgate_status_t levels(const instance_t *self, const double *samples, uint64_t count,
                                tollgate_sink_t *output) {
    static const char names[] = "peak\0mean"; /* a NUL ends each text, the last one too */
    double level[MEASURES];
    double of_target[MEASURES];
    tollgate_status_t status;
    for (int measure = PEAK; measure < MEASURES; measure++) {
        level[measure] = level_of(measure, samples, count);
        of_target[measure] = 100.0 * level[measure] / self->target;
    }
    /* The columns are committed in their order, each with a value for every row. */
    status = column(output, TOLLGATE_TEXTS, names, sizeof names);
    if (status == TOLLGATE_OK) {
        status = column(output, TOLLGATE_F64, level, sizeof level);
    }
    if (status == TOLLGATE_OK) {
        status = column(output, TOLLGATE_F64, of_target, sizeof of_target);
    }
    return status;
}

static tollgate_status_t normalise(const instance_t *self, const tollgate_block_t *input, uint64_t count,
                                   tollgate_sink_t *output) {
    const double *from = input->data;
    const double level = level_of(self->measure, from, count);
    const double factor = level > 0.0 ? self->target / level : 1.0;
    const tollgate_status_t status = output->reserve(output, input->bytes);
    tollgate_block_t scaled = {0};
    double *to;
    if (status != TOLLGATE_OK) {
        return status;
    }
    to = output->data;
    for (uint64_t i = 0; i < count; i++) {
        to[i] = from[i] * factor;
    }
    scaled.size = sizeof scaled;
    scaled.element = input->element;
    scaled.bytes = input->bytes;
    scaled.rank = input->rank;
    scaled.data = output->data;
    scaled.shape = input->shape;
    scaled.attribute_count = input->attribute_count;
    scaled.attributes = input->attributes;
    return output->commit(output, &scaled);
}

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    const uint64_t count = input->bytes / sizeof(double); /* the host passes only f64, which `takes` lists */
    if (operation != LEVELS && operation != NORMALISE) {
        return fail(output, TOLLGATE_OPERATION, "unknown operation: there are levels (0) and normalise (1)");
    }
    if (input->strides != NULL) {
        return fail(output, TOLLGATE_INPUT, "the block has strides: copy it into C order first");
    }
    return operation == LEVELS ? levels(instance, input->data, count, output)
                               : normalise(instance, input, count, output);
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
