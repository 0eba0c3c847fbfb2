/*
 * Generated from the types in crates/abi/src and from crates/abi/tollgate.h.in by `cargo xtask codegen`: change those and run
 * that, not this file.
 */
/*
 * tollgate.h: the contract between a Tollgate host and its plugins, version 1.
 *
 * A plugin is a shared library that exports two symbols and nothing else:
 *
 *   tollgate_manifest   data: what the plugin is, in JSON. The host reads it from the file without running any of the
 *                       plugin. TOLLGATE_MANIFEST defines it.
 *   tollgate_entry      a function without parameters that returns a pointer to a tollgate_entry_t.
 *
 * This header is all that a plugin in C11 or C++11 needs; nothing is linked. docs/PLUGINS.md has a whole plugin and the
 * command that builds it.
 *
 * Rules for everything below:
 *
 *   Version     `abi` is a major number and is refused unless equal. Version 1 is frozen: what this header has now never
 *               changes. A structure that begins with `size` may grow at its end: look at a field that a later version of
 *               this header adds only if `size` says that it is there. tollgate_text_t and tollgate_attribute_t never grow,
 *               because they stand in arrays.
 *   Extensions  whatever else is added is asked for by an id that ends with a version of its own, and who does not know it
 *               answers NULL: an old host works with a new plugin, and a new host with an old one.
 *   Ownership   what crosses is borrowed for the call; keep no pointer after it. The only memory that a plugin hands over
 *               is its instance, which comes back to it through `destroy`. Output is written into the host's memory.
 *               TOLLGATE_OWNED alone hands blocks over, each with a function that releases it.
 *   Threads     an instance is called by one thread at a time and may move between threads. `create` and `extension` may
 *               be called by several threads at once.
 *   Pointers    none of the pointers to functions may be NULL, the host's or the plugin's: where there is nothing to do, a
 *               function that does nothing stands there. Pointers to data are NULL only where this header says so.
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

#define TOLLGATE_ABI 1u

/* Marks the two exported symbols. A program that links a plugin statically defines it as nothing. */
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
 * One JSON object. Fields that a host does not know are ignored, so a newer plugin may say more.
 *
 *   name         text, required, not empty; by custom that of the file: libNAME.so, libNAME.dylib, NAME.dll
 *   version      text, required: the plugin's own
 *   abi          whole number, required: TOLLGATE_ABI
 *   operations   array, required, not empty: `call` is given an operation's index in it
 *   panic        text, required: "none" where the language has no panics, as C. In Rust "unwind" or "abort"; hosts refuse
 *                "abort". For C++ "none" as well: no exception may leave a function.
 *   description  text: what the plugin is, in a sentence
 *   config       array: the keys of the configuration, in the order in which `create` is given them
 *   extensions   array of texts: the ids of the extensions that `extension` of the entry gives
 *   requires     array of texts: the ids of the host's extensions that the plugin cannot work without; a host that lacks one
 *                refuses the file
 *   layouts      object: how the structures of this header lie in memory, for a host to compare, where a plugin's language can
 *                say it: {"text": {"size": 16, "alignment": 8, "fields": {"length": 0, "data": 8}}}
 *   compiler     text: what compiled it; TOLLGATE_COMPILER
 *
 * An operation:
 *
 *   name         text, required, no other operation's
 *   takes        array of element types, required. The host refuses every other input before it calls: it never converts.
 *   gives        object, required, one of
 *                  {"kind": "none"}                       commits nothing
 *                  {"kind": "block", "element": "f64"}    commits one block of that element type, or of
 *                                                         "same" (the input's) or "any" (what the configuration decides)
 *                  {"kind": "table", "rows": "columns", "columns": [{"name": "mean", "element": "f64", "unit": "mV"}]}
 *                                                         commits each column, in this order. `rows` says what a row stands
 *                                                         for, in the plural; a column's name is no other column's; its
 *                                                         unit may be left out.
 *   state        text: what an instance keeps between calls. "stateless" (nothing, so an instance may serve anyone), which
 *                it is where the field is missing; "resettable" (something that a new instance forgets); "saved" (something
 *                that the plugin saves and restores: `extensions` has TOLLGATE_STATE)
 *   copies       true or false: whether what it gives is its input in another form; its output then counts as copied
 *                bytes. False where the field is missing.
 *   description  text: what it does, in a sentence
 *
 * Element types: "u8" "u16" "u32" "u64" "i8" "i16" "i32" "i64" "f16" "f32" "f64" "bool" "c64" "c128", and "text" for a
 * column of texts in a table. A host leaves out those of `takes` that it does not know, and refuses an operation that gives
 * one that it does not know.
 *
 * A key of the configuration, in JSON Schema's words:
 *
 *   name         text, required, no other key's
 *   type         text, required, and with it the kind of attribute that `create` is given:
 *                  "number"   TOLLGATE_REAL, finite        "boolean"  TOLLGATE_INTEGER, 0 or 1
 *                  "integer"  TOLLGATE_INTEGER             "string"   TOLLGATE_TEXT
 *   minimum, maximum   number: the least and the greatest value of a number or an integer
 *   enum         array of texts: those that fit, where not every one does
 *   default      the value where none is given; it must fit all of the above
 *   optional     boolean: where none is given and there is no default, `create` is given TOLLGATE_ABSENT
 *   description  text: what it is, in a sentence
 *
 * A key without `default` and `optional` must be given. The host checks every value before it calls `create`.
 */

/*
 * Defines tollgate_manifest from a string literal, which may be in pieces:
 *
 *   TOLLGATE_MANIFEST("{\"name\":\"gain\",\"version\":\"1.0.0\",\"abi\":1,\"panic\":\"none\","
 *                     "\"compiler\":\"" TOLLGATE_COMPILER "\","
 *                     "\"operations\":[{\"name\":\"scale\",\"takes\":[\"f32\"],"
 *                     "\"gives\":{\"kind\":\"block\",\"element\":\"same\"}}]}");
 *
 * That is the length of the JSON in bytes, and the JSON in UTF-8. The literal's terminator lies behind it, not counted.
 * The two bytes {} by hand:
 *
 *   struct tollgate_manifest { uint64_t length; char json[2]; };
 *   TOLLGATE_LINKAGE TOLLGATE_EXPORT const struct tollgate_manifest tollgate_manifest;
 *   const struct tollgate_manifest tollgate_manifest = {2, {'{', '}'}};
 *
 * A literal of more than 4095 bytes is more than C11 promises to take: compilers do, and -Wpedantic says so.
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

/* The compiler's name and version, as a string literal to put into the manifest. */
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
 * A typed array, read-only for who is given it.
 *
 * Where `strides` is NULL, `bytes` is the product of the shape and of the element type's size, for every block on both
 * sides; the product of no axes is 1. Where it is not, the elements do not lie one after the other, and `bytes` is all
 * that may be read at `data`. `data` lies at the alignment that the element type has on this target (that of its parts
 * for a complex one, 1 for a record) and so does every stride; more is promised for a sink's room only. Where `bytes`
 * is 0, `data` may be anything. Elements that are TOLLGATE_TEXTS count bytes: the shape of such a column is its length
 * in bytes.
 */
typedef struct tollgate_block {
    uint32_t size;    /* bytes of this structure, as its maker knows it */
    uint32_t element; /* TOLLGATE_F64, … */
    uint64_t bytes;   /* bytes at `data` */
    uint32_t rank;    /* axes, at most TOLLGATE_MAX_RANK */
    uint32_t attribute_count;
    const void *data;
    const uint64_t *shape; /* `rank` numbers of elements; may be NULL where `rank` is 0 */
    /* `rank` distances in bytes, none negative, or NULL for C order: the last axis varies fastest. */
    const int64_t *strides;
    const tollgate_attribute_t *attributes; /* `attribute_count` of them; may be NULL where it is 0 */
} tollgate_block_t;

/* ---- status, faults, log ------------------------------------------------------------------------------------------ */

/* What a function returns: an open code. Anything but OK comes with a fault through the sink. */
typedef int32_t tollgate_status_t;
#define TOLLGATE_OK 0        /* it worked */
#define TOLLGATE_FAILED 1    /* for a reason of the plugin's own */
#define TOLLGATE_PANICKED 2  /* the instance must be destroyed and not called again */
#define TOLLGATE_CONFIG 3    /* the configuration does not fit */
#define TOLLGATE_INPUT 4     /* the input does not fit: element type, shape, layout, a missing attribute */
#define TOLLGATE_OPERATION 5 /* there is no such operation */
#define TOLLGATE_ROOM 6      /* the host has no more room */
#define TOLLGATE_COMMIT 7    /* what was committed does not fit what was reserved */

/* Why a call fails. Its texts are copied by `fail`. */
typedef struct tollgate_fault {
    uint32_t size;            /* bytes of this structure, as its maker knows it */
    tollgate_status_t status; /* what the function is going to return */
    uint32_t line;            /* in `file`, or 0 */
    uint32_t reserved;        /* 0 */
    tollgate_text_t message;  /* one sentence */
    tollgate_text_t file;     /* the source file, or empty */
} tollgate_fault_t;

/* How much a log line matters: syslog's numbers, of which four are used. */
#define TOLLGATE_LOG_ERROR 3u /* something failed */
#define TOLLGATE_LOG_WARN 4u  /* something is odd */
#define TOLLGATE_LOG_INFO 6u  /* something worth knowing happened */
#define TOLLGATE_LOG_DEBUG 7u /* for whoever looks for a fault */

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

#define TOLLGATE_ROOM_ALIGNMENT 64u

/*
 * Where a plugin puts output, errors and log lines. It is the host's, and borrowed for one call; its functions may be
 * called during that call only, by that call's thread.
 *
 * `data` is room of `capacity` bytes, at an alignment of TOLLGATE_ROOM_ALIGNMENT and initialised to no particular
 * value; there may be none yet. If it is enough, write there; otherwise call `reserve`, after which `data` and
 * `capacity` are new. Then call `commit` with a block that describes what was written: its `data` is the sink's `data`
 * (of an empty block it is not looked at), its `strides` are NULL, and its `bytes` are at most `capacity`. Anything
 * else is refused with COMMIT, and commits nothing. `commit` copies shape and attributes, so they may lie on the stack
 * or be the input's own; the data stays where it is. After a commit `data` and `capacity` are new again.
 *
 * An operation that gives a block commits once; one that gives a table commits each column, in the manifest's order, as
 * a block of one axis, each with as many rows. A call that returns anything but OK gives nothing, whatever it
 * committed.
 */
typedef struct tollgate_sink {
    uint32_t size;     /* bytes of this structure, as the host knows it */
    uint32_t reserved; /* 0 */
    uint64_t capacity; /* bytes at `data` */
    void *data;        /* the room */
    void *context;     /* the host's own */
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
    uint32_t size;           /* bytes of this structure, as the host knows it */
    uint32_t abi;            /* the contract's version that the host speaks */
    tollgate_text_t name;    /* the host's name */
    tollgate_text_t version; /* the host's version */
    /* The host's side of an extension, named with its version such as "tollgate.state/1", or NULL. Any thread. */
    const void *(*extension)(const char *id);
} tollgate_host_t;

/* A plugin's functions: a static constant. Valid and unchanged for the life of the process. */
typedef struct tollgate_functions {
    uint32_t size; /* bytes of this structure, as the plugin knows it */
    uint32_t abi;  /* TOLLGATE_ABI */
    /*
     * Makes an instance from a configuration and writes it to *instance. `config` has each key of the manifest's schema
     * once, in the schema's order and with the schema's type, defaults filled in. The instance is not NULL. On failure
     * nothing is written. OK, CONFIG, FAILED or PANICKED. Any thread, several at once.
     */
    tollgate_status_t (*create)(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **instance);
    /*
     * Runs the operation with that index in the manifest, whose `takes` has the input's element type. One thread at a
     * time for one instance. Any status.
     */
    tollgate_status_t (*call)(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output);
    /* Ends an instance that `create` made, after its last call, on any thread; NULL is ignored. */
    void (*destroy)(void *instance);
    /* The plugin's side of an extension, or NULL. Any thread. A plugin without extensions returns NULL. */
    const void *(*extension)(const char *id);
} tollgate_entry_t;

/* The exported function. Any thread. */
TOLLGATE_EXPORT const tollgate_entry_t *tollgate_entry(void);

/* ---- extensions --------------------------------------------------------------------------------------------------- */

#define TOLLGATE_STATE "tollgate.state/1"

/*
 * The plugin's side of TOLLGATE_STATE: saves and restores what an instance keeps between calls, without its
 * configuration. An instance of the same plugin that was made with the same configuration and restores it goes on where
 * the other was.
 */
typedef struct tollgate_state {
    uint32_t size;     /* bytes of this structure, as the plugin knows it */
    uint32_t reserved; /* 0 */
    /*
     * Commits the state as one block, of an element type and shape of the plugin's own choice, and leaves the instance
     * as it is. One thread at a time for one instance. OK, FAILED, PANICKED or what a function of the sink returned.
     */
    tollgate_status_t (*save)(void *instance, tollgate_sink_t *output);
    /*
     * Puts the instance into the state of a block that `save` gave, in this version of the plugin or an older one. What
     * does not fit is refused with INPUT and leaves the instance as it is. The sink is for errors and log lines alone.
     * One thread at a time for one instance. OK, INPUT, FAILED or PANICKED.
     */
    tollgate_status_t (*restore)(void *instance, const tollgate_block_t *state, tollgate_sink_t *sink);
} tollgate_state_t;

#define TOLLGATE_OWNED "tollgate.owned/1"

/*
 * A block and whoever owns its memory: the one thing beside an instance that is handed over and not borrowed.
 *
 * Whoever holds it may read the block, from any thread, until it hands it on or calls `release`, which it does once.
 * Nobody changes the block's bytes meanwhile. Handing it on copies these fields and forgets them. Whoever is handed a
 * block checks it again: rank, sizes, alignment, and that truth values are 0 or 1.
 */
typedef struct tollgate_owned_block {
    uint32_t size;                 /* bytes of this structure, as its maker knows it */
    uint32_t reserved;             /* 0 */
    const tollgate_block_t *block; /* the block, which lives as long as its owner */
    void *owner;                   /* the giver's own */
    /* Ends block and owner. Any thread. */
    void (*release)(void *owner);
} tollgate_owned_block_t;

/* The plugin's side of TOLLGATE_OWNED. */
typedef struct tollgate_owned {
    uint32_t size;     /* bytes of this structure, as the plugin knows it */
    uint32_t reserved; /* 0 */
    /*
     * Runs the operation with that index as `call` of the entry does, on a block that is the plugin's from now on,
     * whatever this returns: it may keep it, hand it back, or release it. On OK it has written what it gives to
     * *output, which is 0 but for `size`, the bytes that may be written there: a block that is the host's from then on.
     * What operations take and give is as the manifest has it. The sink is for errors and log lines alone. One thread
     * at a time for one instance. Any status.
     */
    tollgate_status_t (*call)(void *instance, uint32_t operation, const tollgate_owned_block_t *input,
                              tollgate_owned_block_t *output, tollgate_sink_t *sink);
} tollgate_owned_t;

#ifdef __cplusplus
}
#endif

#endif /* TOLLGATE_H */
