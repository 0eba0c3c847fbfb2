/*
 * A plugin whose calls do what no plugin may with processes: FAULT names it. Each forks once in the life of a process,
 * and what is left waits under an alarm that ends it should nobody else.
 */
#include "tollgate.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fault {
    /* A call returns in two processes. */
    TWICE,
    /* A call leaves a process that left its group, its session and its parent. */
    LEAVES,
    /* The same with a file left, SIGTERM ignored, and an instance that hangs when it is ended. */
    ALL,
};

TOLLGATE_MANIFEST("{\"name\":\"escapes\",\"version\":\"1\",\"abi\":1,\"panic\":\"none\","
                  "\"operations\":[{\"name\":\"nothing\",\"takes\":[\"f64\"],"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"same\"},\"state\":\"stateless\"}],"
                  "\"config\":[]}");

static void wait_for_ever(void) {
    signal(SIGTERM, SIG_IGN);
    alarm(300);
    for (;;) {
        pause();
    }
}

static void leave(void) {
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            wait_for_ever();
        }
        _exit(0);
    }
}

static void leave_file(void) {
    char path[4096];
    const char *directory = getenv("TMPDIR");
    FILE *file;

    snprintf(path, sizeof path, "%s/left", directory != NULL ? directory : "/tmp");
    file = fopen(path, "w");
    if (file != NULL) {
        fclose(file);
    }
}

static void escape(void) {
    static int done;

    if (done) {
        return;
    }
    done = 1;
    if (FAULT == TWICE) {
        (void)!fork();
        return;
    }
    if (FAULT == ALL) {
        leave_file();
        signal(SIGTERM, SIG_IGN);
    }
    leave();
}

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance) {
    (void)host;
    (void)config;
    (void)count;
    (void)sink;
    *instance = malloc(1);
    return TOLLGATE_OK;
}

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    tollgate_status_t status;
    tollgate_fault_t fault;
    tollgate_block_t block;

    (void)instance;
    (void)operation;
    escape();
    memset(&fault, 0, sizeof fault);
    fault.size = sizeof fault;
    fault.status = TOLLGATE_INPUT;
    fault.message.data = "it takes nothing";
    fault.message.length = strlen(fault.message.data);
    if (input->strides != NULL || input->element != TOLLGATE_F64) {
        output->fail(output, &fault);
        return TOLLGATE_INPUT;
    }
    status = output->reserve(output, input->bytes);
    if (status != TOLLGATE_OK) {
        return status;
    }
    if (input->bytes != 0) {
        memcpy(output->data, input->data, (size_t)input->bytes);
    }
    memset(&block, 0, sizeof block);
    block.size = sizeof block;
    block.element = input->element;
    block.bytes = input->bytes;
    block.rank = input->rank;
    block.data = output->data;
    block.shape = input->shape;
    return output->commit(output, &block);
}

static void destroy(void *instance) {
    if (FAULT == ALL) {
        wait_for_ever();
    }
    free(instance);
}

static const void *extension(const char *name) {
    (void)name;
    return NULL;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
