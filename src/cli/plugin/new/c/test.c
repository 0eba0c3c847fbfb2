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

int main(void) {
    const tollgate_entry_t *plugin = tollgate_entry();
    tollgate_sink_t sink = new_sink();
    /* EDIT: the configuration: every key of the manifest, in the manifest's order. */
    tollgate_attribute_t factor = {0};
    void *instance = NULL;
    factor.key.data = "factor";
    factor.key.length = strlen("factor");
    factor.kind = TOLLGATE_REAL;
    factor.real = -2.0;
    CHECK(plugin->abi == TOLLGATE_ABI);
    CHECK(plugin->create(&host, &factor, 1, &sink, &instance) == TOLLGATE_OK);
    if (instance == NULL) {
        fprintf(stderr, "create failed: %s\n", message);
        return 1;
    }

    /* EDIT: an input, and the expected output. */
    const float samples[4] = {0.5f, -1.0f, 3.0f, 0.0f};
    const uint64_t shape[2] = {2, 2};
    tollgate_block_t input = {0};
    input.size = sizeof input;
    input.element = TOLLGATE_F32;
    input.bytes = sizeof samples;
    input.rank = 2;
    input.data = samples;
    input.shape = shape;
    CHECK(plugin->call(instance, 0, &input, &sink) == TOLLGATE_OK);
    CHECK(commits == 1 && committed.element == TOLLGATE_F32 && committed.bytes == sizeof samples);
    const float *scaled = (const float *)(const void *)room;
    CHECK(scaled[0] == -1.0f && scaled[1] == 2.0f && scaled[2] == -6.0f && scaled[3] == 0.0f);

    /* Errors are reported with a status and a message. */
    CHECK(plugin->call(instance, 1, &input, &sink) == TOLLGATE_OPERATION && message[0] != '\0');
    input.bytes = sizeof room + sizeof samples[0];
    CHECK(plugin->call(instance, 0, &input, &sink) == TOLLGATE_ROOM && commits == 1);

    plugin->destroy(instance);
    plugin->destroy(NULL);
    if (!failed) {
        puts("the unit test passed");
    }
    return failed;
}
