/*
 * tollgate.h: the contract between a Tollgate host and its plugins, version 0.
 *
 * A plugin is a shared library that exports two symbols:
 *
 *   tollgate_manifest   data: a uint64_t length in bytes, and that many bytes of JSON (UTF-8, no terminator). The host
 *                       reads it from the file without running any of the plugin.
 *   tollgate_entry      a function without parameters that returns a pointer to a tollgate_entry_t.
 *
 * Rules for everything below:
 *
 *   Version     `abi` is a major number and is refused unless equal. A structure that begins with `size` grows at its end
 *               only: look at a field only if `size` says that it is there. tollgate_text_t and tollgate_attribute_t never
 *               grow, because they stand in arrays.
 *   Ownership   what crosses is borrowed for the call; keep no pointer after it. The only memory that a plugin hands over
 *               is its instance, which comes back to it through `destroy`. Output is written into the host's memory.
 *   Threads     an instance is called by one thread at a time and may move between threads. `create` and `extension` may
 *               be called by several threads at once.
 *   Unwinding   no exception, panic or longjmp may leave a function.
 *   Numbers     native byte order. Text is UTF-8 with a length; a list of texts is one text in which each ends with a NUL.
 *   Padding     no structure has any inside, on any target; fields named `reserved` are 0.
 */
#ifndef TOLLGATE_H
#define TOLLGATE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOLLGATE_ABI 0u

/* Marks the two exported symbols. */
#if defined(_WIN32)
#define TOLLGATE_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TOLLGATE_EXPORT __attribute__((visibility("default")))
#else
#define TOLLGATE_EXPORT
#endif

/* ---- text and attributes ------------------------------------------------------------------------------------------ */

/* UTF-8, without a terminator. `data` may be NULL where `length` is 0. */
typedef struct tollgate_text {
    uint64_t length; /* bytes */
    const char *data;
} tollgate_text_t;

/* What an attribute holds: an open code. */
#define TOLLGATE_ABSENT 0u  /* nothing: a configuration key that may be left out, and was */
#define TOLLGATE_INTEGER 1u /* `integer`; a truth value is 0 or 1 */
#define TOLLGATE_REAL 2u    /* `real` */
#define TOLLGATE_TEXT 3u    /* `text`: a text, or a list of texts */

/* A named value: one beside a block's data, or one key of a configuration. */
typedef struct tollgate_attribute {
    int64_t integer;
    double real;
    tollgate_text_t key;
    tollgate_text_t text;
    uint32_t kind;
    uint32_t reserved;
} tollgate_attribute_t;

/* Keys of attributes that the host knows. */
#define TOLLGATE_KEY_COLUMNS "columns"         /* a list of texts: the names of the last axis */
#define TOLLGATE_KEY_SAMPLE_RATE "sample_rate" /* real, hertz */

/* ---- element types ------------------------------------------------------------------------------------------------ */

/* An open code: a kind in the top 8 bits, and the size of an element in bytes below. */
#define TOLLGATE_ELEMENT(kind, bytes) ((uint32_t)(kind) << 24 | (uint32_t)(bytes))
#define TOLLGATE_ELEMENT_BYTES(element) ((element) & 0xffffffu)

#define TOLLGATE_U8 TOLLGATE_ELEMENT(1, 1)
#define TOLLGATE_U16 TOLLGATE_ELEMENT(1, 2)
#define TOLLGATE_U32 TOLLGATE_ELEMENT(1, 4)
#define TOLLGATE_U64 TOLLGATE_ELEMENT(1, 8)
#define TOLLGATE_I8 TOLLGATE_ELEMENT(2, 1)
#define TOLLGATE_I16 TOLLGATE_ELEMENT(2, 2)
#define TOLLGATE_I32 TOLLGATE_ELEMENT(2, 4)
#define TOLLGATE_I64 TOLLGATE_ELEMENT(2, 8)
#define TOLLGATE_F16 TOLLGATE_ELEMENT(3, 2)
#define TOLLGATE_F32 TOLLGATE_ELEMENT(3, 4)
#define TOLLGATE_F64 TOLLGATE_ELEMENT(3, 8)
#define TOLLGATE_BOOL TOLLGATE_ELEMENT(4, 1)   /* one byte, 0 or 1 */
#define TOLLGATE_C64 TOLLGATE_ELEMENT(5, 8)    /* two binary32 */
#define TOLLGATE_C128 TOLLGATE_ELEMENT(5, 16)  /* two binary64 */
#define TOLLGATE_RECORD(bytes) TOLLGATE_ELEMENT(6, bytes)
#define TOLLGATE_TEXTS TOLLGATE_ELEMENT(7, 1)  /* a list of texts: a column of texts in a table */

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

#define TOLLGATE_MAX_RANK 32u

/* A typed array. Address and strides fit the element's alignment. Read-only for the plugin. */
typedef struct tollgate_block {
    uint32_t size;    /* bytes of this structure, as its maker knows it */
    uint32_t element; /* TOLLGATE_F64, … */
    uint64_t bytes;   /* bytes at `data` */
    uint32_t rank;    /* axes, at most TOLLGATE_MAX_RANK */
    uint32_t attribute_count;
    const void *data;
    const uint64_t *shape;  /* `rank` numbers of elements */
    const int64_t *strides; /* `rank` distances in bytes, none negative, or NULL for C order: the last axis varies fastest */
    const tollgate_attribute_t *attributes;
} tollgate_block_t;

/* ---- status, faults, log ------------------------------------------------------------------------------------------ */

/* What a function returns: an open code. Anything but OK comes with a fault through the sink. */
typedef int32_t tollgate_status_t;
#define TOLLGATE_OK 0
#define TOLLGATE_FAILED 1    /* for a reason of the plugin's own */
#define TOLLGATE_PANICKED 2  /* the instance must be destroyed and not called again */
#define TOLLGATE_CONFIG 3    /* the configuration does not fit */
#define TOLLGATE_INPUT 4     /* the input does not fit: element type, shape, layout, a missing attribute */
#define TOLLGATE_OPERATION 5 /* there is no such operation */
#define TOLLGATE_ROOM 6      /* the host has no more room */
#define TOLLGATE_COMMIT 7    /* what was committed does not fit what was reserved */

/* Why a call fails. Its texts are copied by `fail`. */
typedef struct tollgate_fault {
    uint32_t size; /* bytes of this structure, as its maker knows it */
    tollgate_status_t status;
    uint32_t line; /* in `file`, or 0 */
    uint32_t reserved;
    tollgate_text_t message; /* one sentence */
    tollgate_text_t file;    /* the source file, or empty */
} tollgate_fault_t;

/* Syslog's numbers. */
#define TOLLGATE_LOG_ERROR 3u
#define TOLLGATE_LOG_WARN 4u
#define TOLLGATE_LOG_INFO 6u
#define TOLLGATE_LOG_DEBUG 7u

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

/*
 * Where a plugin puts output, errors and log lines. It is the host's, and borrowed for one call; its functions may be
 * called during that call only, by that call's thread.
 *
 * `data` is room of `capacity` bytes, 64-byte aligned and initialised to no particular value. If that is enough, write
 * there; otherwise call `reserve`, after which `data` and `capacity` are new. Then call `commit` with a block that
 * describes what was written: its `data` must be the sink's `data`, its `strides` NULL. After a commit `data` and
 * `capacity` are new again. An operation that gives a block commits once; one that gives a table commits each column, in
 * the manifest's order, as a block of one axis.
 */
typedef struct tollgate_sink {
    uint32_t size; /* bytes of this structure, as the host knows it */
    uint32_t reserved;
    uint64_t capacity; /* bytes at `data` */
    void *data;
    void *context; /* the host's own */
    /* Makes room for at least `bytes` bytes. What was written since the last commit is lost. OK or ROOM. */
    tollgate_status_t (*reserve)(struct tollgate_sink *sink, uint64_t bytes);
    /* Ends one block, or one column of a table. OK or COMMIT. */
    tollgate_status_t (*commit)(struct tollgate_sink *sink, const tollgate_block_t *block);
    /* Says why the call is going to fail; the last one counts. Return its status afterwards. */
    void (*fail)(struct tollgate_sink *sink, const tollgate_fault_t *fault);
    /* Writes a log line. */
    void (*log)(struct tollgate_sink *sink, uint32_t level, const tollgate_text_t *message);
} tollgate_sink_t;

/* ---- the entry ---------------------------------------------------------------------------------------------------- */

/* Who the host is. Valid for the life of the process. */
typedef struct tollgate_host {
    uint32_t size; /* bytes of this structure, as the host knows it */
    uint32_t abi;  /* the contract's version that the host speaks */
    tollgate_text_t name;
    tollgate_text_t version;
    /* The host's side of an extension, named with its version such as "tollgate.state/1", or NULL. Any thread. */
    const void *(*extension)(const char *id);
} tollgate_host_t;

/* A plugin's functions. Valid and unchanged for the life of the process. */
typedef struct tollgate_entry {
    uint32_t size; /* bytes of this structure, as the plugin knows it */
    uint32_t abi;  /* TOLLGATE_ABI */
    /*
     * Makes an instance from a configuration and writes it to *instance. `config` has each key of the manifest's schema
     * once, in the schema's order and with the schema's type, defaults filled in. On failure nothing is written. OK,
     * CONFIG, FAILED or PANICKED. Any thread, several at once.
     */
    tollgate_status_t (*create)(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance);
    /* Runs the operation with that index in the manifest. One thread at a time for one instance. Any status. */
    tollgate_status_t (*call)(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output);
    /* Ends an instance; NULL is ignored. */
    void (*destroy)(void *instance);
    /* The plugin's side of an extension, or NULL. Any thread. */
    const void *(*extension)(const char *id);
} tollgate_entry_t;

TOLLGATE_EXPORT const tollgate_entry_t *tollgate_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* TOLLGATE_H */
