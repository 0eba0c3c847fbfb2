/*
 * A plugin that is handed blocks with their memory, and hands blocks back: the very same, a part of it, a copy that it makes
 * in secret, and several that no host may take.
 */
#include "stubs.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION(name, gives)                                                      \
    "{\"name\":\"" name "\",\"takes\":[\"f64\",\"bool\"],\"gives\":{\"kind\":\"block\",\"element\":\"" gives "\"}}"

TOLLGATE_MANIFEST("{\"name\":\"owned\",\"version\":\"1\",\"abi\":1,\"panic\":\"none\",\"extensions\":[\"tollgate.owned/1\"],"
                  "\"operations\":[" OPERATION("back", "same") "," OPERATION("half", "same") "," OPERATION("copy", "same") ","
                  OPERATION("misaligned", "same") "," OPERATION("unreleasable", "same") "," OPERATION("element", "f32") ","
                  OPERATION("outgrown", "same") "," OPERATION("null", "same") "," OPERATION("fails", "same") "]}");

/* A block of this plugin's own making, and what it stands on. */
struct made {
    tollgate_block_t block;
    uint64_t shape;
    tollgate_owned_block_t input;
    void *copy;
};

static void release(void *owner) {
    struct made *made = owner;
    made->input.release(made->input.owner);
    free(made->copy);
    free(made);
}

static tollgate_status_t hand(void *instance, uint32_t operation, const tollgate_owned_block_t *input,
                              tollgate_owned_block_t *output, tollgate_sink_t *sink) {
    struct made *made;
    (void)instance;
    (void)sink;
    if (operation == 0) { /* back */
        *output = *input;
        return TOLLGATE_OK;
    }
    made = operation == 8 ? NULL : calloc(1, sizeof *made);
    if (made == NULL || output->size != sizeof *output) {
        input->release(input->owner);
        return TOLLGATE_FAILED;
    }
    made->input = *input;
    made->block = *input->block;
    made->block.rank = 1;
    made->block.strides = NULL;
    made->block.shape = &made->shape;
    made->shape = input->block->bytes / TOLLGATE_ELEMENT_BYTES(input->block->element);
    output->block = &made->block;
    output->owner = made;
    output->release = release;
    switch (operation) {
    case 1: /* half */
        made->shape /= 2;
        made->block.bytes /= 2;
        made->block.data = (const char *)input->block->data + made->block.bytes;
        break;
    case 2: /* copy */
        made->copy = malloc(made->block.bytes);
        if (made->copy == NULL) {
            release(made);
            return TOLLGATE_FAILED;
        }
        made->block.data = memcpy(made->copy, input->block->data, made->block.bytes);
        if (made->block.element == TOLLGATE_BOOL && made->block.bytes > 0) {
            ((char *)made->copy)[made->block.bytes - 1] = 2; /* no truth value */
        }
        break;
    case 3: /* misaligned */
        made->shape -= 1;
        made->block.bytes -= 8;
        made->block.data = (const char *)input->block->data + 1;
        break;
    case 4: /* unreleasable */
        release(made);
        output->release = NULL;
        break;
    case 6: /* outgrown */
        made->shape = UINT64_MAX / 4;
        break;
    case 7: /* null */
        made->block.data = NULL;
        break;
    default: /* element */
        break;
    }
    return TOLLGATE_OK;
}

static const void *owned(const char *id) {
    static const tollgate_owned_t functions = {sizeof functions, 0, hand};
    return strcmp(id, TOLLGATE_OWNED) == 0 ? &functions : extension(id);
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, nothing, destroy, owned};
    return &entry;
}
