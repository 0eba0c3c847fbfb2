/*
 * The layout that this C compiler gives tollgate.h: the size, the alignment and the offset of every field, for the
 * Rust side to compare with its own. The order is that of the header; a structure's entry is followed by its fields'.
 */
#include "tollgate.h"

#include <stddef.h>

typedef struct tollgate_layout {
    const char *name;   /* "struct" or "struct.field" */
    uint64_t size;      /* of the structure or the field, in bytes */
    uint64_t alignment; /* of the structure, in bytes; 0 for a field */
    uint64_t offset;    /* of the field, in bytes; 0 for a structure */
} tollgate_layout_t;

#define STRUCT(type)                                          \
    {                                                         \
        #type, sizeof(tollgate_##type##_t), _Alignof(tollgate_##type##_t), 0 \
    }
#define FIELD(type, field)                                                                                    \
    {                                                                                                         \
        #type "." #field, sizeof(((tollgate_##type##_t *)0)->field), 0, offsetof(tollgate_##type##_t, field) \
    }

static const tollgate_layout_t layouts[] = {
    STRUCT(text),
    FIELD(text, length),
    FIELD(text, data),
    STRUCT(attribute),
    FIELD(attribute, integer),
    FIELD(attribute, real),
    FIELD(attribute, key),
    FIELD(attribute, text),
    FIELD(attribute, kind),
    FIELD(attribute, reserved),
    STRUCT(block),
    FIELD(block, size),
    FIELD(block, element),
    FIELD(block, bytes),
    FIELD(block, rank),
    FIELD(block, attribute_count),
    FIELD(block, data),
    FIELD(block, shape),
    FIELD(block, strides),
    FIELD(block, attributes),
    STRUCT(fault),
    FIELD(fault, size),
    FIELD(fault, status),
    FIELD(fault, line),
    FIELD(fault, reserved),
    FIELD(fault, message),
    FIELD(fault, file),
    STRUCT(sink),
    FIELD(sink, size),
    FIELD(sink, reserved),
    FIELD(sink, capacity),
    FIELD(sink, data),
    FIELD(sink, context),
    FIELD(sink, reserve),
    FIELD(sink, commit),
    FIELD(sink, fail),
    FIELD(sink, log),
    STRUCT(host),
    FIELD(host, size),
    FIELD(host, abi),
    FIELD(host, name),
    FIELD(host, version),
    FIELD(host, extension),
    STRUCT(entry),
    FIELD(entry, size),
    FIELD(entry, abi),
    FIELD(entry, create),
    FIELD(entry, call),
    FIELD(entry, destroy),
    FIELD(entry, extension),
    STRUCT(state),
    FIELD(state, size),
    FIELD(state, reserved),
    FIELD(state, save),
    FIELD(state, restore),
    STRUCT(owned_block),
    FIELD(owned_block, size),
    FIELD(owned_block, reserved),
    FIELD(owned_block, block),
    FIELD(owned_block, owner),
    FIELD(owned_block, release),
    STRUCT(owned),
    FIELD(owned, size),
    FIELD(owned, reserved),
    FIELD(owned, call),
};

/* The entry at `index`, or NULL past the last one. */
const tollgate_layout_t *tollgate_contract_layout(uint64_t index);
const tollgate_layout_t *tollgate_contract_layout(uint64_t index) {
    return index < sizeof layouts / sizeof layouts[0] ? &layouts[index] : NULL;
}

/* The header's own numbers, for the same purpose: element codes in the order of Rust's Element::NAMED. */
uint32_t tollgate_contract_element(uint64_t index);
uint32_t tollgate_contract_element(uint64_t index) {
    static const uint32_t elements[] = {
        TOLLGATE_U8,  TOLLGATE_U16, TOLLGATE_U32, TOLLGATE_U64,  TOLLGATE_I8,  TOLLGATE_I16,  TOLLGATE_I32,   TOLLGATE_I64,
        TOLLGATE_F16, TOLLGATE_F32, TOLLGATE_F64, TOLLGATE_BOOL, TOLLGATE_C64, TOLLGATE_C128, TOLLGATE_TEXTS,
    };
    return index < sizeof elements / sizeof elements[0] ? elements[index] : 0;
}
