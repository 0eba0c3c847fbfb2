/*
 * A plugin with one planted fault, or none: FAULT names it. It multiplies each number by a factor; with STATEFUL it adds
 * how often it was called, and saves that.
 */
#include "tollgate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum fault {
    NONE,
    NO_INSTANCE,
    NEVER_WORKS,
    OTHER_ELEMENT,
    READS_EMPTY,
    COUNTS_BELOW_ZERO,
    STACK,
    LOOPS_ON_NAN,
    WANTS_64,
    TRUSTS_ELEMENT,
    WANTS_ATTRIBUTES,
    IGNORES_STRIDES,
    READS_PAST_END,
    WRITES_PAST_ROOM,
    WRITES_INPUT,
    IGNORES_REFUSAL,
    SAYS_NOTHING,
    FEARS_ZERO,
    SIXTEEN_INSTANCES,
    CLOCK,
    REMEMBERS,
    THREAD_LOCAL,
    SHARED,
    LEAKS,
    FORGETS_STATE,
    TRUSTS_STATE,
    CRASHES_AT_EXIT,
    EXITS,
};

#ifndef FAULT
#define FAULT NONE
#endif
#ifdef STATEFUL
#define STATE "\"state\":\"saved\""
#define EXTENSIONS "\"" TOLLGATE_STATE "\""
#else
#define STATE "\"state\":\"stateless\""
#define EXTENSIONS ""
#endif

TOLLGATE_MANIFEST("{\"name\":\"faulty\",\"version\":\"1\",\"abi\":1,\"panic\":\"none\",\"extensions\":[" EXTENSIONS "],"
                  "\"config\":[{\"name\":\"factor\",\"type\":\"number\",\"default\":2.0}],"
                  "\"operations\":[{\"name\":\"scale\",\"takes\":[\"f64\"],"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"same\"}," STATE "}]}");

struct instance {
    double factor;
    double calls;
    int slot;
};

static struct instance slots[16];
static int taken[16];
static double shared;
static _Thread_local double here;

static tollgate_status_t fails(tollgate_sink_t *sink, tollgate_status_t status, const char *why) {
    tollgate_fault_t fault;
    if (FAULT == SAYS_NOTHING) {
        return status;
    }
    memset(&fault, 0, sizeof fault);
    fault.size = sizeof fault;
    fault.status = status;
    fault.message.data = why;
    fault.message.length = strlen(why);
    sink->fail(sink, &fault);
    return status;
}

static void crash(void) {
    *(volatile int *)16 = 0;
}

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance) {
    struct instance *made = NULL;
    int slot = -1;
    (void)host;
    (void)count;
    if (FAULT == NO_INSTANCE) {
        return TOLLGATE_OK;
    }
    if (FAULT == SIXTEEN_INSTANCES) {
        for (slot = 0; slot < 16 && taken[slot]; slot++) {
        }
        if (slot == 16) {
            return fails(sink, TOLLGATE_FAILED, "there are sixteen already");
        }
        taken[slot] = 1;
        made = &slots[slot];
    } else {
        made = malloc(sizeof *made);
    }
    if (made == NULL) {
        return fails(sink, TOLLGATE_FAILED, "no memory");
    }
    if (FAULT == CRASHES_AT_EXIT) {
        atexit(crash);
    }
    memset(made, 0, sizeof *made);
    made->slot = slot;
    made->factor = config[0].real;
    if (FAULT == FEARS_ZERO && made->factor == 0) {
        crash();
    }
    *instance = made;
    return TOLLGATE_OK;
}

static void destroy(void *instance) {
    struct instance *made = instance;
    if (FAULT == SIXTEEN_INSTANCES) {
        taken[made->slot] = 0;
    } else {
        free(made);
    }
}

/* Deeper than any stack, where the numbers are many. */
static double on_the_stack(const double *numbers, uint64_t count) {
    double copy[count + 1];
    memcpy(copy, numbers, count * sizeof *numbers);
    return copy[count / 2];
}

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    struct instance *self = instance;
    const double *from = input->data;
    double *to, more = 0;
    uint64_t count = input->bytes / sizeof(double), index, shown;
    tollgate_block_t block = *input;
    tollgate_status_t status;
    (void)operation;
    if (FAULT == NEVER_WORKS) {
        return fails(output, TOLLGATE_INPUT, "not this block");
    }
    if (FAULT == EXITS) {
        _exit(0);
    }
    if (FAULT == TRUSTS_ELEMENT && input->element != TOLLGATE_F64) {
        crash();
    }
    if (input->element != TOLLGATE_F64) {
        return fails(output, TOLLGATE_INPUT, "only f64");
    }
    if (input->strides != NULL && FAULT != IGNORES_STRIDES) {
        return fails(output, TOLLGATE_INPUT, "copy the block into C order first");
    }
    if (FAULT == IGNORES_STRIDES && input->strides != NULL) {
        for (count = 1, index = 0; index < input->rank; index++) {
            count *= input->shape[index];
        }
        block.strides = NULL;
        block.bytes = count * sizeof(double);
    }
    if (FAULT == READS_EMPTY && count == 0) {
        more = from[0];
    }
    if (FAULT == COUNTS_BELOW_ZERO) {
        /* The differences of neighbours, of which there are count - 1 of one number, and count - 2 of a difference. */
        for (index = 0; count > 0 && index <= count - 2; index++) {
            more += from[index + 1] - from[index] > 4 ? 1 : 0;
        }
    }
    if (FAULT == STACK) {
        more = on_the_stack(from, count) > 4 ? 1 : 0;
    }
    if (FAULT == WANTS_64 && (uintptr_t)from % 64 != 0 && count > 0) {
        crash();
    }
    if (FAULT == WANTS_ATTRIBUTES) {
        more = input->attributes[0].key.data[0] == 0 ? 1 : 0;
    }
    if (FAULT == READS_PAST_END) {
        more = from[count] == 1.5 ? 1 : 0;
    }
    if (FAULT == WRITES_INPUT && count > 0) {
        ((double *)(uintptr_t)from)[0] += 0.0 * from[0] + 1.0;
    }
    if (FAULT == CLOCK) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        more = (double)now.tv_nsec;
    }
    if (FAULT == REMEMBERS) {
        more = self->calls;
    }
    if (FAULT == THREAD_LOCAL) {
        more = here;
        here = self->factor;
        more = self->calls == 0 ? 0 : more - self->factor;
    }
    if (FAULT == SHARED) {
        /* Whose turn it is, kept where other instances keep theirs; long enough for another one to come. */
        shared = (double)(uintptr_t)self;
        usleep(1000);
        more = *(volatile double *)&shared == (double)(uintptr_t)self ? 0 : 1;
    }
    if (FAULT == LEAKS) {
        more = malloc(24) == NULL ? 1 : 0;
    }
    self->calls += 1;
#ifdef STATEFUL
    more += self->calls;
#endif
    status = output->reserve(output, block.bytes);
    if (status != TOLLGATE_OK && FAULT != IGNORES_REFUSAL) {
        return status;
    }
    to = output->data;
    shown = FAULT == WRITES_PAST_ROOM && count > 0 ? count + 1 : count;
    for (index = 0; index < shown && FAULT != OTHER_ELEMENT; index++) {
        const double number = from[index < count ? index : 0];
        while (FAULT == LOOPS_ON_NAN && number != number) {
            sleep(1);
        }
        to[index] = self->factor * number + more;
    }
    block.size = sizeof block;
    block.data = output->data;
    if (FAULT == OTHER_ELEMENT) {
        memset(to, 0, block.bytes);
        block.element = TOLLGATE_I64;
    }
    return output->commit(output, &block);
}

#ifdef STATEFUL
static tollgate_status_t save(void *instance, tollgate_sink_t *output) {
    static const uint64_t shape = 1;
    const struct instance *self = instance;
    tollgate_block_t block;
    tollgate_status_t status = output->reserve(output, sizeof(double));
    if (status != TOLLGATE_OK) {
        return status;
    }
    memcpy(output->data, &self->calls, sizeof self->calls);
    memset(&block, 0, sizeof block);
    block.size = sizeof block;
    block.element = TOLLGATE_F64;
    block.bytes = sizeof(double);
    block.rank = 1;
    block.shape = &shape;
    block.data = output->data;
    return output->commit(output, &block);
}

static tollgate_status_t restore(void *instance, const tollgate_block_t *state, tollgate_sink_t *sink) {
    struct instance *self = instance;
    if (FAULT == FORGETS_STATE) {
        return TOLLGATE_OK;
    }
    if (FAULT != TRUSTS_STATE && (state->element != TOLLGATE_F64 || state->bytes != sizeof(double))) {
        return fails(sink, TOLLGATE_INPUT, "the state is one number");
    }
    memcpy(&self->calls, state->data, sizeof self->calls);
    return TOLLGATE_OK;
}
#endif

static const void *extension(const char *id) {
#ifdef STATEFUL
    static const tollgate_state_t state = {sizeof state, 0, save, restore};
    if (strcmp(id, TOLLGATE_STATE) == 0) {
        return &state;
    }
#endif
    (void)id;
    return NULL;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
