/*
 * The unit test of NAME. It links the plugin into this program and calls it through its entry, with a sink written by
 * hand. `tollgate plugin validate` tests the plugin in a real host, with hostile input.
 */
#include "tollgate.h"

#include <stdio.h>
#include <string.h>

/* ---- a minimal host ----------------------------------------------------------------------------------------------- */

static _Alignas(TOLLGATE_ROOM_ALIGNMENT) unsigned char room[4096];
static tollgate_block_t committed; /* the last block; its data is `room` */
static int commits;
static char message[256]; /* the message of the last fault */

static tollgate_status_t reserve(tollgate_sink_t *sink, uint64_t bytes) {
    sink->data = room;
    sink->capacity = sizeof room;
    return bytes <= sizeof room ? TOLLGATE_OK : TOLLGATE_ROOM;
}

static tollgate_status_t commit(tollgate_sink_t *sink, const tollgate_block_t *block) {
    if (block->data != sink->data || block->bytes > sink->capacity || block->strides != NULL) {
        return TOLLGATE_COMMIT;
    }
    committed = *block;
    commits++;
    return TOLLGATE_OK;
}

static void fail(tollgate_sink_t *sink, const tollgate_fault_t *fault) {
    const size_t length = (size_t)fault->message.length;
    (void)sink;
    snprintf(message, sizeof message, "%.*s", (int)length, fault->message.data);
}

static void say(tollgate_sink_t *sink, uint32_t level, const tollgate_text_t *text) {
    (void)sink;
    printf("%u: %.*s\n", (unsigned)level, (int)text->length, text->data);
}

static const void *extension(const char *id) {
    (void)id;
    return NULL;
}

static const tollgate_host_t host = {sizeof host, TOLLGATE_ABI, {4, "test"}, {1, "1"}, extension};

static tollgate_sink_t new_sink(void) {
    tollgate_sink_t sink = {sizeof sink, 0, 0, NULL, NULL, reserve, commit, fail, say};
    return sink;
}

/* ---- the test ----------------------------------------------------------------------------------------------------- */

static int failed;

#define CHECK(condition)                                                         \
    do {                                                                         \
        if (!(condition)) {                                                      \
            fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
            failed = 1;                                                          \
        }                                                                        \
    } while (0)

