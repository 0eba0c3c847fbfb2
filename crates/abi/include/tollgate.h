/*
 * Generated from the types in crates/abi/src and from crates/abi/tollgate.h.in by `cargo xtask codegen`: change those and run
 * that, not this file.
 */
/*
 * tollgate.h: the contract between a Tollgate host and its plugins, version 1.
 *
 * A plugin is a shared library that exports two symbols and nothing else:
 *
 *   tollgate_manifest   data: the manifest, in JSON. The host reads it from the file without running any code of the
 *                       plugin. TOLLGATE_MANIFEST defines it.
 *   tollgate_entry      a function without parameters that returns a pointer to a tollgate_entry_t.
 *
 * A plugin in C11 or C++11 needs only this header; it links no library. docs/PLUGINS.md has a complete plugin and the
 * command that builds it.
 *
 * General rules:
 *
 *   Version     `abi` is a major number, refused unless equal. Version 1 is frozen: nothing in this header
 *               changes. A structure that begins with `size` may grow at its end: read a field that a later version of
 *               this header adds only if `size` covers it. tollgate_text_t and tollgate_attribute_t never grow,
 *               because they are elements of arrays.
 *   Extensions  all other additions are extensions. They are requested by an id that ends with a version. A side that
 *               does not know the id returns NULL: an old host works with a new plugin, and a new host with an old
 *               one.
 *   Ownership   everything that crosses is borrowed for the call; keep no pointer after it. The only memory that a
 *               plugin hands over is its instance, which is returned to it through `destroy`. Output is written into
 *               the host's memory. Only TOLLGATE_OWNED hands blocks over, each with a function that releases it.
 *   Threads     an instance is called by one thread at a time and may move between threads. `create` and `extension`
 *               may be called by several threads at once.
 *   Pointers    function pointers must not be NULL, on either side: if there is nothing to do, use a function that
 *               does nothing. Pointers to data may be NULL only where this header says so.
 *   Unwinding   no exception, panic or longjmp may leave a function.
 *   Numbers     native byte order. Text is UTF-8 with a length. A list of texts is one text in which each item ends
 *               with a NUL.
 *   Padding     structures have no padding inside, on any target. Fields named `reserved` are 0.
 */
#ifndef TOLLGATE_H
#define TOLLGATE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TOLLGATE_ABI 1u

/* Marks the two exported symbols. A program that links a plugin statically defines it as empty. */
#if defined(TOLLGATE_EXPORT)
#elif defined(_WIN32)
#define TOLLGATE_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TOLLGATE_EXPORT __attribute__((visibility("default")))
#else
#define TOLLGATE_EXPORT
#endif

/* ---- the manifest ------------------------------------------------------------------------------------------------- */

/*
 * One JSON object. A host ignores fields that it does not know, so a newer plugin may add fields.
 *
 *   name         text, required, not empty; usually that of the file: libNAME.so, libNAME.dylib, NAME.dll
 *   version      text, required: the plugin's version
 *   abi          integer, required: TOLLGATE_ABI
 *   operations   array, required, not empty: `call` is given an operation's index in it
 *   panic        text, required: "none" if the language has no panics, such as C. In Rust "unwind" or "abort"; hosts
 *                refuse "abort". For C++ "none" as well: no exception may leave a function.
 *   description  text: describes the plugin in one sentence
 *   config       array: the keys of the configuration, in the order in which `create` receives them
 *   extensions   array of texts: the ids of the extensions that `extension` of the entry provides
 *   requires     array of texts: the ids of the host's extensions that the plugin needs; a host without one of them
 *                refuses the file
 *   layouts      object: the layout of this header's structures in memory, which a host compares; only if the plugin's
 *                language can generate it: {"text": {"size": 16, "alignment": 8, "fields": {"length": 0, "data": 8}}}
 *   compiler     text: the compiler; TOLLGATE_COMPILER
 *
 * An operation:
 *
 *   name         text, required, unique among the operations
 *   takes        array of element types, required. The host refuses every other input before the call; it never
 *                converts.
 *   gives        object, required, one of
 *                  {"kind": "none"}                       commits nothing
 *                  {"kind": "block", "element": "f64"}    commits one block of that element type, or of
 *                                                         "same" (the input's) or "any" (the configuration decides)
 *                  {"kind": "table", "rows": "columns", "columns": [{"name": "mean", "element": "f64", "unit": "mV"}]}
 *                                                         commits each column, in this order. `rows` names what a row
 *                                                         represents, in the plural. Column names are unique. `unit`
 *                                                         is optional.
 *   state        text: what an instance keeps between calls. "stateless" (nothing, so an instance may serve any
 *                caller; the default); "resettable" (state that a new instance starts without); "saved" (state that
 *                the plugin saves and restores: `extensions` has TOLLGATE_STATE)
 *   copies       true or false: whether the output is the input in another form; the output then counts as copied
 *                bytes. The default is false.
 *   description  text: describes the operation in one sentence
 *
 * Element types: "u8" "u16" "u32" "u64" "i8" "i16" "i32" "i64" "f16" "f32" "f64" "bool" "c64" "c128", and "text" for a
 * column of texts in a table. A host ignores types in `takes` that it does not know, and refuses an operation that
 * gives a type that it does not know.
 *
 * A key of the configuration, in the terms of JSON Schema:
 *
 *   name         text, required, unique among the keys
 *   type         text, required; it determines the kind of attribute that `create` receives:
 *                  "number"   TOLLGATE_REAL, finite        "boolean"  TOLLGATE_INTEGER, 0 or 1
 *                  "integer"  TOLLGATE_INTEGER             "string"   TOLLGATE_TEXT
 *   minimum, maximum   number: the least and the greatest value of a number or an integer
 *   enum         array of texts: the allowed values; without it every text is allowed
 *   default      the value that is used if none is given; it must satisfy all of the above
 *   optional     boolean: if no value is given and there is no default, `create` receives TOLLGATE_ABSENT
 *   description  text: describes the key in one sentence
 *
 * A key without `default` and `optional` is required. The host checks every value before it calls `create`.
 */

/*
 * Defines tollgate_manifest from a string literal, which may consist of several parts:
 *
 *   TOLLGATE_MANIFEST("{\"name\":\"gain\",\"version\":\"1.0.0\",\"abi\":1,\"panic\":\"none\","
 *                     "\"compiler\":\"" TOLLGATE_COMPILER "\","
 *                     "\"operations\":[{\"name\":\"scale\",\"takes\":[\"f32\"],"
 *                     "\"gives\":{\"kind\":\"block\",\"element\":\"same\"}}]}");
 *
 * The data is the length of the JSON in bytes, followed by the JSON in UTF-8. The literal's terminator follows and is
 * not counted. Without the macro, for the two bytes {}:
 *
 *   struct tollgate_manifest { uint64_t length; char json[2]; };
 *   TOLLGATE_LINKAGE TOLLGATE_EXPORT const struct tollgate_manifest tollgate_manifest;
 *   const struct tollgate_manifest tollgate_manifest = {2, {'{', '}'}};
 *
 * C11 guarantees literals of up to 4095 bytes. Compilers accept longer ones, and -Wpedantic warns about them.
 */
#ifdef __cplusplus
#define TOLLGATE_LINKAGE extern "C"
#else
#define TOLLGATE_LINKAGE extern
#endif
#define TOLLGATE_MANIFEST(literal)                                                     \
    struct tollgate_manifest {                                                         \
        uint64_t length;                                                               \
        char json[sizeof(literal)];                                                    \
    };                                                                                 \
    TOLLGATE_LINKAGE TOLLGATE_EXPORT const struct tollgate_manifest tollgate_manifest; \
    const struct tollgate_manifest tollgate_manifest = {sizeof(literal) - 1, literal}

/* The compiler's name and version, as a string literal for the manifest. */
#if defined(__clang__)
#define TOLLGATE_COMPILER __VERSION__
#elif defined(__GNUC__)
#define TOLLGATE_COMPILER "GCC " __VERSION__
#elif defined(_MSC_VER)
#define TOLLGATE_DIGITS_(number) #number
#define TOLLGATE_DIGITS(number) TOLLGATE_DIGITS_(number)
#define TOLLGATE_COMPILER "MSVC " TOLLGATE_DIGITS(_MSC_VER)
#else
#define TOLLGATE_COMPILER "unknown"
#endif

/* ---- text and attributes ------------------------------------------------------------------------------------------ */

/* UTF-8, without a terminator. `data` may be NULL if `length` is 0. */
typedef struct tollgate_text {
    uint64_t length; /* bytes */
    const char *data;
} tollgate_text_t;

/* The kind of an attribute's value: an open code. */
#define TOLLGATE_ABSENT 0u  /* no value: an optional configuration key that was not given */
#define TOLLGATE_INTEGER 1u /* `integer`; for a boolean, 0 or 1 */
#define TOLLGATE_REAL 2u    /* `real` */
#define TOLLGATE_TEXT 3u    /* `text`: a text, or a list of texts */

/* A named value: an attribute of a block, or one key of a configuration. */
typedef struct tollgate_attribute {
    int64_t integer;
    double real;
    tollgate_text_t key;
    tollgate_text_t text;
    uint32_t kind;
    uint32_t reserved;
} tollgate_attribute_t;

/* Attribute keys that the host knows. */
#define TOLLGATE_KEY_COLUMNS "columns"         /* a list of texts: the names of the last axis */
#define TOLLGATE_KEY_SAMPLE_RATE "sample_rate" /* real, hertz */

/* ---- element types ------------------------------------------------------------------------------------------------ */

/* An element type, as an open code: a kind in the top 8 bits, and the size of an element in bytes below. */
#define TOLLGATE_ELEMENT(kind, bytes) ((uint32_t)(kind) << 24 | (uint32_t)(bytes))
#define TOLLGATE_ELEMENT_BYTES(element) ((element) & 0xffffffu)

#define TOLLGATE_U8 TOLLGATE_ELEMENT(1, 1)    /* unsigned, 8 bits */
#define TOLLGATE_U16 TOLLGATE_ELEMENT(1, 2)   /* unsigned, 16 bits */
#define TOLLGATE_U32 TOLLGATE_ELEMENT(1, 4)   /* unsigned, 32 bits */
#define TOLLGATE_U64 TOLLGATE_ELEMENT(1, 8)   /* unsigned, 64 bits */
#define TOLLGATE_I8 TOLLGATE_ELEMENT(2, 1)    /* signed, 8 bits */
#define TOLLGATE_I16 TOLLGATE_ELEMENT(2, 2)   /* signed, 16 bits */
#define TOLLGATE_I32 TOLLGATE_ELEMENT(2, 4)   /* signed, 32 bits */
#define TOLLGATE_I64 TOLLGATE_ELEMENT(2, 8)   /* signed, 64 bits */
#define TOLLGATE_F16 TOLLGATE_ELEMENT(3, 2)   /* IEEE 754 binary16 */
#define TOLLGATE_F32 TOLLGATE_ELEMENT(3, 4)   /* IEEE 754 binary32 */
#define TOLLGATE_F64 TOLLGATE_ELEMENT(3, 8)   /* IEEE 754 binary64 */
#define TOLLGATE_BOOL TOLLGATE_ELEMENT(4, 1)  /* one byte, 0 or 1 */
#define TOLLGATE_C64 TOLLGATE_ELEMENT(5, 8)   /* two binary32: the real part, then the imaginary one */
#define TOLLGATE_C128 TOLLGATE_ELEMENT(5, 16) /* two binary64: the real part, then the imaginary one */
#define TOLLGATE_TEXTS TOLLGATE_ELEMENT(7, 1) /* a list of texts: a column of texts in a table */
#define TOLLGATE_RECORD(bytes) TOLLGATE_ELEMENT(6, bytes)

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

#define TOLLGATE_MAX_RANK 32u

/*
 * A typed array. The receiver may only read it.
 *
 * If `strides` is NULL, `bytes` is the product of the shape and the element size, for every block on both sides. The
 * product of no axes is 1. If `strides` is not NULL, the elements are not contiguous, and `bytes` is the number of
 * bytes that may be read at `data`. `data` and every stride have the alignment of the element type on this target (for
 * a complex type the alignment of its parts, for a record 1). Only the memory of a sink has a larger alignment. If
 * `bytes` is 0, `data` may have any value. Elements of type TOLLGATE_TEXTS are bytes: the shape of such a column is its
 * length in bytes.
 */
typedef struct tollgate_block {
    uint32_t size;    /* the size of this structure in bytes, as known to the side that created it */
    uint32_t element; /* TOLLGATE_F64, … */
    uint64_t bytes;   /* bytes at `data` */
    uint32_t rank;    /* axes, at most TOLLGATE_MAX_RANK */
    uint32_t attribute_count;
    const void *data;
    const uint64_t *shape; /* `rank` numbers of elements; may be NULL if `rank` is 0 */
    /* `rank` distances in bytes, not negative, or NULL for C order: the last axis varies fastest. */
    const int64_t *strides;
    const tollgate_attribute_t *attributes; /* `attribute_count` attributes; may be NULL if it is 0 */
} tollgate_block_t;

/* ---- status, faults, log ------------------------------------------------------------------------------------------ */

/* The status that a function returns: an open code. Every status but OK is reported with a fault through the sink. */
typedef int32_t tollgate_status_t;
#define TOLLGATE_OK 0        /* success */
#define TOLLGATE_FAILED 1    /* the operation failed, for a reason of the plugin's own */
#define TOLLGATE_PANICKED 2  /* The plugin panicked. The instance must be destroyed and not called again. */
#define TOLLGATE_CONFIG 3    /* the configuration is not accepted */
#define TOLLGATE_INPUT 4     /* the input is not accepted: element type, shape, layout, a missing attribute */
#define TOLLGATE_OPERATION 5 /* unknown operation */
#define TOLLGATE_ROOM 6      /* the host is out of memory for the output */
#define TOLLGATE_COMMIT 7    /* the committed block does not match the reserved memory */

/* The reason why a call fails. `fail` copies its texts. */
typedef struct tollgate_fault {
    uint32_t size;            /* the size of this structure in bytes, as known to the side that created it */
    tollgate_status_t status; /* the status that the function will return */
    uint32_t line;            /* the line in `file`, or 0 */
    uint32_t reserved;        /* reserved, 0 */
    tollgate_text_t message;  /* the message, one sentence */
    tollgate_text_t file;     /* the source file, or empty */
} tollgate_fault_t;

/* The severity of a log line: four of syslog's numbers. */
#define TOLLGATE_LOG_ERROR 3u /* an error */
#define TOLLGATE_LOG_WARN 4u  /* a warning */
#define TOLLGATE_LOG_INFO 6u  /* information */
#define TOLLGATE_LOG_DEBUG 7u /* details for debugging */

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

#define TOLLGATE_ROOM_ALIGNMENT 64u

/*
 * Receives output, errors and log lines of a plugin. It belongs to the host and is borrowed for one call. Its functions
 * may be called only during that call, and only by that call's thread.
 *
 * `data` points to `capacity` bytes of memory, with an alignment of TOLLGATE_ROOM_ALIGNMENT, initialised to unspecified
 * values. `capacity` may be 0. If it is enough, write there. Otherwise call `reserve`, which sets new values of `data`
 * and `capacity`. Then call `commit` with a block that describes what was written: its `data` is the sink's `data`
 * (ignored for an empty block), its `strides` are NULL, and its `bytes` are at most `capacity`. Any other block is
 * refused with COMMIT, and nothing is committed. `commit` copies the shape and the attributes, so they may be on the
 * stack or belong to the input. The data is not moved. After a commit `data` and `capacity` have new values again.
 *
 * An operation that gives a block commits once. An operation that gives a table commits each column, in the manifest's
 * order, as a block of one axis. All columns have the same number of rows. If a call returns any status but OK,
 * everything that it committed is discarded.
 */
typedef struct tollgate_sink {
    uint32_t size;     /* the size of this structure in bytes, as known to the host */
    uint32_t reserved; /* reserved, 0 */
    uint64_t capacity; /* bytes at `data` */
    void *data;        /* the memory to write to */
    void *context;     /* private data of the host */
    /* Reserves at least `bytes` bytes. Data that was written since the last commit is lost. OK or ROOM. */
    tollgate_status_t (*reserve)(struct tollgate_sink *sink, uint64_t bytes);
    /* Commits one block, or one column of a table. OK or COMMIT. */
    tollgate_status_t (*commit)(struct tollgate_sink *sink, const tollgate_block_t *block);
    /* Reports why the call will fail. The last report counts. Return its status afterwards. */
    void (*fail)(struct tollgate_sink *sink, const tollgate_fault_t *fault);
    /* Writes a log line. */
    void (*log)(struct tollgate_sink *sink, uint32_t level, const tollgate_text_t *message);
} tollgate_sink_t;

/* ---- the entry ---------------------------------------------------------------------------------------------------- */

/* Identifies the host. Valid for the life of the process. */
typedef struct tollgate_host {
    uint32_t size;           /* the size of this structure in bytes, as known to the host */
    uint32_t abi;            /* the version of the contract that the host uses */
    tollgate_text_t name;    /* the host's name */
    tollgate_text_t version; /* the host's version */
    /* The host's side of an extension, named with its version such as "tollgate.state/1", or NULL. Any thread. */
    const void *(*extension)(const char *id);
} tollgate_host_t;

/* A plugin's functions: a static constant. Valid and unchanged for the life of the process. */
typedef struct tollgate_functions {
    uint32_t size; /* the size of this structure in bytes, as known to the plugin */
    uint32_t abi;  /* TOLLGATE_ABI */
    /*
     * Creates an instance from a configuration and writes it to *instance. `config` has each key of the manifest's
     * schema once, in the schema's order and with the schema's type, including defaults. The instance must not be NULL.
     * On failure nothing is written. OK, CONFIG, FAILED or PANICKED. Any thread, several at once.
     */
    tollgate_status_t (*create)(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance);
    /*
     * Runs the operation with this index in the manifest. The input's element type is one of its `takes`. One thread at
     * a time for one instance. Any status.
     */
    tollgate_status_t (*call)(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output);
    /* Destroys an instance made by `create`, after its last call. Null is ignored. Any thread. */
    void (*destroy)(void *instance);
    /* The plugin's side of an extension, or NULL. Any thread. A plugin without extensions returns NULL. */
    const void *(*extension)(const char *id);
} tollgate_entry_t;

/* The exported function. Any thread. */
TOLLGATE_EXPORT const tollgate_entry_t *tollgate_entry(void);

/* ---- extensions --------------------------------------------------------------------------------------------------- */

#define TOLLGATE_STATE "tollgate.state/1"

/*
 * The plugin's functions for TOLLGATE_STATE. They save and restore what an instance keeps between calls, without its
 * configuration. Another instance of the same plugin, created with the same configuration, restores the state and
 * continues where the first one stopped.
 */
typedef struct tollgate_state {
    uint32_t size;     /* the size of this structure in bytes, as known to the plugin */
    uint32_t reserved; /* reserved, 0 */
    /*
     * Commits the state as one block. The plugin chooses its element type and shape. The instance is not changed. One
     * thread at a time for one instance. OK, FAILED, PANICKED, or the status of a function of the sink.
     */
    tollgate_status_t (*save)(void *instance, tollgate_sink_t *output);
    /*
     * Restores the state from a block that `save` committed, in this version of the plugin or an older one. A block
     * that does not match is refused with INPUT, and the instance is not changed. The sink is only for errors and log
     * lines. One thread at a time for one instance. OK, INPUT, FAILED or PANICKED.
     */
    tollgate_status_t (*restore)(void *instance, const tollgate_block_t *state, tollgate_sink_t *sink);
} tollgate_state_t;

#define TOLLGATE_OWNED "tollgate.owned/1"

/*
 * A block together with the owner of its memory. Besides instances, it is the only thing that is handed over instead of
 * borrowed.
 *
 * The holder may read the block, from any thread, until it hands the block on or calls `release`, which it does once.
 * Nobody changes the block's bytes during that time. Handing the block on copies these fields and then ignores them.
 * The receiver checks the block again: rank, sizes, alignment, and that bool elements are 0 or 1.
 */
typedef struct tollgate_owned_block {
    uint32_t size;                 /* the size of this structure in bytes, as known to the side that created it */
    uint32_t reserved;             /* reserved, 0 */
    const tollgate_block_t *block; /* The block. It lives as long as its owner. */
    void *owner;                   /* private data of the side that gave the block */
    /* Releases the block and its owner. Any thread. */
    void (*release)(void *owner);
} tollgate_owned_block_t;

/* The plugin's functions for TOLLGATE_OWNED. */
typedef struct tollgate_owned {
    uint32_t size;     /* the size of this structure in bytes, as known to the plugin */
    uint32_t reserved; /* reserved, 0 */
    /*
     * Runs the operation with this index, like `call` of the entry, on a block that belongs to the plugin from now on,
     * whatever this function returns: the plugin may keep it, hand it back, or release it. On OK it has written its
     * output to *output, as a block that belongs to the host from then on. Before the call *output is 0 except for
     * `size`, the number of bytes that may be written there. The manifest says what operations take and give. The sink
     * is only for errors and log lines. One thread at a time for one instance. Any status.
     */
    tollgate_status_t (*call)(void *instance, uint32_t operation, const tollgate_owned_block_t *input,
                              tollgate_owned_block_t *output, tollgate_sink_t *sink);
} tollgate_owned_t;

#ifdef __cplusplus
}
#endif

#endif /* TOLLGATE_H */
