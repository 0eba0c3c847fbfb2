/*
 * A plugin of a later minor version than its host: its entry and its state extension have fields more, its manifest says
 * more, and it offers an extension that no host of today asks for. It counts its calls, and says what it sees of its host.
 *
 * STATE_SIZE, STATE_SAVE and LISTED make variants that are refused.
 */
#include "tollgate.h"

#include <stddef.h>
#include <string.h>

#ifndef STATE_SIZE
#define STATE_SIZE sizeof(struct newer_state)
#endif
#ifndef STATE_SAVE
#define STATE_SAVE save
#endif
#ifndef LISTED
#define LISTED "\"tollgate.state/1\",\"tollgate.later/3\""
#endif
#ifndef REQUIRED
#define REQUIRED ""
#endif

TOLLGATE_MANIFEST("{\"name\":\"newer\",\"version\":\"1\",\"abi\":1,\"panic\":\"none\",\"later\":{\"a\":[1]},"
                  "\"extensions\":[" LISTED "],\"requires\":[" REQUIRED "],"
                  "\"operations\":[{\"name\":\"count\",\"takes\":[\"f64\",\"f1024\"],\"later\":true,"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"u64\"},\"state\":\"saved\"}]}");

struct newer_state {
    tollgate_state_t frozen;
    const void *later;
};

struct newer_entry {
    tollgate_entry_t frozen;
    const void *later;
};

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance) {
    static uint64_t calls[16];
    static unsigned made;
    (void)config;
    (void)count;
    (void)sink;
    /* A host that has no such extension answers NULL, and the plugin does without. */
    if (made == 16 || host->abi != TOLLGATE_ABI || host->extension("tollgate.later/3") != NULL) {
        return TOLLGATE_FAILED;
    }
    *instance = &calls[made++];
    return TOLLGATE_OK;
}

static tollgate_status_t give(tollgate_sink_t *sink, uint64_t number) {
    const uint64_t shape = 1;
    tollgate_block_t block;
    const tollgate_status_t status = sink->reserve(sink, sizeof number);
    if (status != TOLLGATE_OK) {
        return status;
    }
    memcpy(sink->data, &number, sizeof number);
    memset(&block, 0, sizeof block);
    block.size = sizeof block;
    block.element = TOLLGATE_U64;
    block.bytes = sizeof number;
    block.rank = 1;
    block.shape = &shape;
    block.data = sink->data;
    return sink->commit(sink, &block);
}

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    uint64_t *calls = instance;
    (void)operation;
    (void)input;
    *calls += 1;
    return give(output, *calls);
}

static void destroy(void *instance) {
    (void)instance;
}

static inline tollgate_status_t save(void *instance, tollgate_sink_t *output) {
    return give(output, *(const uint64_t *)instance);
}

static tollgate_status_t restore(void *instance, const tollgate_block_t *state, tollgate_sink_t *sink) {
    if (state->element != TOLLGATE_U64 || state->bytes != sizeof(uint64_t)) {
        static const char why[] = "the state of a counter is one number";
        tollgate_fault_t fault;
        memset(&fault, 0, sizeof fault);
        fault.size = sizeof fault;
        fault.status = TOLLGATE_INPUT;
        fault.message.data = why;
        fault.message.length = sizeof why - 1;
        sink->fail(sink, &fault);
        return TOLLGATE_INPUT;
    }
    memcpy(instance, state->data, sizeof(uint64_t));
    return TOLLGATE_OK;
}

static const void *extension(const char *id) {
    static const struct newer_state state = {{STATE_SIZE, 0, STATE_SAVE, restore}, "later"};
    static const char later[] = "later";
    if (strcmp(id, TOLLGATE_STATE) == 0) {
        return &state;
    }
    return strcmp(id, "tollgate.later/3") == 0 ? later : NULL;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const struct newer_entry entry = {
        {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension},
        "later",
    };
    return &entry.frozen;
}
