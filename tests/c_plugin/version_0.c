/*
 * A plugin of the contract's version 0, as it was before version 1 was frozen: it needs no header of today's. A host of
 * version 1 refuses it, by its manifest or, where that lies, by its entry.
 */
#include <stddef.h>
#include <stdint.h>

#ifndef MANIFEST_VERSION
#define MANIFEST_VERSION "0"
#endif

#define JSON                                                                                                    \
    "{\"name\":\"version_0\",\"version\":\"0.1.0\",\"abi\":" MANIFEST_VERSION ",\"panic\":\"none\","             \
    "\"operations\":[{\"name\":\"nothing\",\"takes\":[\"f64\"],\"gives\":{\"kind\":\"none\"}}]}"

#define EXPORT __attribute__((visibility("default")))

struct manifest {
    uint64_t length;
    char json[sizeof(JSON)];
};
extern EXPORT const struct manifest tollgate_manifest;
const struct manifest tollgate_manifest = {sizeof(JSON) - 1, JSON};

struct entry {
    uint32_t size;
    uint32_t abi;
    int32_t (*create)(const void *host, const void *config, uint64_t count, void *sink, void **instance);
    int32_t (*call)(void *instance, uint32_t operation, const void *input, void *output);
    void (*destroy)(void *instance);
    const void *(*extension)(const char *id);
};

static int32_t create(const void *host, const void *config, uint64_t count, void *sink, void **instance) {
    static char made;
    (void)host;
    (void)config;
    (void)count;
    (void)sink;
    *instance = &made;
    return 0;
}

static int32_t call(void *instance, uint32_t operation, const void *input, void *output) {
    (void)instance;
    (void)operation;
    (void)input;
    (void)output;
    return 0;
}

static void destroy(void *instance) {
    (void)instance;
}

static const void *extension(const char *id) {
    (void)id;
    return NULL;
}

EXPORT const struct entry *tollgate_entry(void);
const struct entry *tollgate_entry(void) {
    static const struct entry entry = {sizeof entry, 0, create, call, destroy, extension};
    return &entry;
}
