/* A plugin whose code does what AT_OPENING, AT_ENTRY and AT_END say, where the loader or the host calls it. */
#include "stubs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef AT_OPENING
#define AT_OPENING (void)0
#endif
#ifndef AT_ENTRY
#define AT_ENTRY (void)0
#endif
#ifndef AT_END
#define AT_END (void)0
#endif

STUB_MANIFEST("at_load");

/* Writing to it is a crash. */
static char *volatile nowhere;

/* Leaves a mark in a file. */
static void mark(const char *path) {
    FILE *file = fopen(path, "a");
    if (file != NULL) {
        fputc('x', file);
        fclose(file);
    }
}

__attribute__((constructor)) static void opening(void) {
    (void)nowhere;
    (void)mark;
    AT_OPENING;
}

__attribute__((destructor)) static void end(void) {
    AT_END;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, nothing, destroy, extension};
    AT_ENTRY;
    return &entry;
}
