/*
 * crc32c: a Tollgate plugin in C. Its operation `checksum` gives the CRC-32C (Castagnoli, as in iSCSI: RFC 3720) of a
 * block's bytes in memory order. It computes eight bytes at a time and works on any processor.
 */
#include "tollgate.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

TOLLGATE_MANIFEST(
    "{\"name\":\"crc32c\",\"version\":\"0.1.0\",\"abi\":1,\"panic\":\"none\","
    "\"description\":\"CRC-32C of a block's bytes, in C.\","
    "\"compiler\":\"" TOLLGATE_COMPILER "\","
    "\"operations\":[{\"name\":\"checksum\","
    "\"description\":\"The CRC-32C (RFC 3720) of the bytes in memory order, and their number.\","
    "\"takes\":[\"u8\",\"u16\",\"u32\",\"u64\",\"i8\",\"i16\",\"i32\",\"i64\",\"f32\",\"f64\"],"
    "\"gives\":{\"kind\":\"table\",\"rows\":\"blocks\",\"columns\":["
    "{\"name\":\"crc\",\"element\":\"u32\"},{\"name\":\"bytes\",\"element\":\"u64\",\"unit\":\"B\"}]},"
    "\"state\":\"stateless\"}],"
    "\"config\":[{\"name\":\"init\",\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295,\"default\":0,"
    "\"description\":\"The CRC of the preceding bytes, to continue from.\"}]}");

/* ---- the checksum ------------------------------------------------------------------------------------------------ */

/*
 * tables[k][i] is the register that byte i leaves after k more bytes. It is linear: the sum, without carries,
 * of the values of the bits of i, so eight numbers give a row of 256. All 64 are one sequence: the last number of the
 * first row is the bit-reversed polynomial, and each of the others is the one to its right advanced by one bit, or
 * the first one of the row above advanced by one bit.
 */
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                                       \
    (((i) & 1u) * (a)) ^ (((i) >> 1 & 1u) * (b)) ^ (((i) >> 2 & 1u) * (c)) ^ (((i) >> 3 & 1u) * (d)) ^         \
        (((i) >> 4 & 1u) * (e)) ^ (((i) >> 5 & 1u) * (f)) ^ (((i) >> 6 & 1u) * (g)) ^ (((i) >> 7 & 1u) * (h))
#define ROW4(i, a, b, c, d, e, f, g, h)                                                      \
    ENTRY(i, a, b, c, d, e, f, g, h), ENTRY(i + 1u, a, b, c, d, e, f, g, h),                 \
        ENTRY(i + 2u, a, b, c, d, e, f, g, h), ENTRY(i + 3u, a, b, c, d, e, f, g, h)
#define ROW16(i, a, b, c, d, e, f, g, h)                                                     \
    ROW4(i, a, b, c, d, e, f, g, h), ROW4(i + 4u, a, b, c, d, e, f, g, h),                   \
        ROW4(i + 8u, a, b, c, d, e, f, g, h), ROW4(i + 12u, a, b, c, d, e, f, g, h)
#define ROW64(i, a, b, c, d, e, f, g, h)                                                     \
    ROW16(i, a, b, c, d, e, f, g, h), ROW16(i + 16u, a, b, c, d, e, f, g, h),                \
        ROW16(i + 32u, a, b, c, d, e, f, g, h), ROW16(i + 48u, a, b, c, d, e, f, g, h)
#define ROW256(a, b, c, d, e, f, g, h)                                                       \
    ROW64(0u, a, b, c, d, e, f, g, h), ROW64(64u, a, b, c, d, e, f, g, h),                   \
        ROW64(128u, a, b, c, d, e, f, g, h), ROW64(192u, a, b, c, d, e, f, g, h)

static const uint32_t tables[8][256] = {
    {ROW256(0xF26B8303u, 0xE13B70F7u, 0xC79A971Fu, 0x8AD958CFu, 0x105EC76Fu, 0x20BD8EDEu, 0x417B1DBCu, 0x82F63B78u)},
    {ROW256(0x13A29877u, 0x274530EEu, 0x4E8A61DCu, 0x9D14C3B8u, 0x3FC5F181u, 0x7F8BE302u, 0xFF17C604u, 0xFBC3FAF9u)},
    {ROW256(0xA541927Eu, 0x4F6F520Du, 0x9EDEA41Au, 0x38513EC5u, 0x70A27D8Au, 0xE144FB14u, 0xC76580D9u, 0x8B277743u)},
    {ROW256(0xDD45AAB8u, 0xBF672381u, 0x7B2231F3u, 0xF64463E6u, 0xE964B13Du, 0xD725148Bu, 0xABA65FE7u, 0x52A0C93Fu)},
    {ROW256(0x38116FACu, 0x7022DF58u, 0xE045BEB0u, 0xC5670B91u, 0x8F2261D3u, 0x1BA8B557u, 0x37516AAEu, 0x6EA2D55Cu)},
    {ROW256(0xEF306B19u, 0xDB8CA0C3u, 0xB2F53777u, 0x6006181Fu, 0xC00C303Eu, 0x85F4168Du, 0x0E045BEBu, 0x1C08B7D6u)},
    {ROW256(0x68032CC8u, 0xD0065990u, 0xA5E0C5D1u, 0x4E2DFD53u, 0x9C5BFAA6u, 0x3D5B83BDu, 0x7AB7077Au, 0xF56E0EF4u)},
    {ROW256(0x493C7D27u, 0x9278FA4Eu, 0x211D826Du, 0x423B04DAu, 0x847609B4u, 0x0D006599u, 0x1A00CB32u, 0x34019664u)},
};

/* Continues from `crc`, the checksum of the preceding bytes, or 0. */
static uint32_t checksum(uint32_t crc, const unsigned char *data, uint64_t bytes) {
    crc = ~crc;
    while (bytes >= 8) {
        /* Byte by byte, so that neither alignment nor byte order matters; compilers make one load of it. */
        crc ^= (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
        crc = tables[7][crc & 0xFFu] ^ tables[6][crc >> 8 & 0xFFu] ^ tables[5][crc >> 16 & 0xFFu] ^
              tables[4][crc >> 24] ^ tables[3][data[4]] ^ tables[2][data[5]] ^ tables[1][data[6]] ^ tables[0][data[7]];
        data += 8;
        bytes -= 8;
    }
    while (bytes > 0) {
        crc = crc >> 8 ^ tables[0][(crc ^ *data) & 0xFFu];
        data += 1;
        bytes -= 1;
    }
    return ~crc;
}

/* ---- the contract ------------------------------------------------------------------------------------------------ */

typedef struct instance {
    uint32_t init;
} instance_t;

/* Reports the error to the host and returns the status. */
static tollgate_status_t fail(tollgate_sink_t *sink, tollgate_status_t status, uint32_t line, const char *message) {
    static const char file[] = "crc32c.c";
    tollgate_fault_t fault = {0};
    fault.size = sizeof fault;
    fault.status = status;
    fault.line = line;
    fault.message.data = message;
    fault.message.length = strlen(message);
    fault.file.data = file;
    fault.file.length = sizeof file - 1;
    sink->fail(sink, &fault);
    return status;
}

static tollgate_status_t create(const tollgate_host_t *host, const tollgate_attribute_t *config, uint64_t count,
                                tollgate_sink_t *sink, void **made) {
    instance_t *instance;
    if (host->abi != TOLLGATE_ABI) {
        return fail(sink, TOLLGATE_FAILED, __LINE__, "the host uses a different version of the contract than this plugin");
    }
    /* The host checked it against the manifest, where `init` is the only key. */
    if (count != 1 || config[0].kind != TOLLGATE_INTEGER || config[0].integer < 0 || config[0].integer > UINT32_MAX) {
        return fail(sink, TOLLGATE_CONFIG, __LINE__, "the configuration does not match the manifest: one key, init, a CRC");
    }
    instance = malloc(sizeof *instance);
    if (instance == NULL) {
        return fail(sink, TOLLGATE_FAILED, __LINE__, "out of memory for an instance");
    }
    instance->init = (uint32_t)config[0].integer;
    *made = instance;
    return TOLLGATE_OK;
}

/* Whether the elements are contiguous in C order. */
static int is_c_order(const tollgate_block_t *block) {
    uint64_t distance = TOLLGATE_ELEMENT_BYTES(block->element);
    uint32_t axis = block->rank;
    if (block->strides == NULL || block->bytes == 0) {
        return 1;
    }
    while (axis > 0) {
        axis -= 1;
        if (block->shape[axis] > 1 && (uint64_t)block->strides[axis] != distance) {
            return 0;
        }
        distance *= block->shape[axis];
    }
    return 1;
}

/* Commits one row of a column. */
static tollgate_status_t commit(tollgate_sink_t *output, uint32_t element, const void *value) {
    static const uint64_t rows = 1;
    tollgate_block_t column = {0};
    uint64_t bytes = TOLLGATE_ELEMENT_BYTES(element);
    if (output->capacity < bytes) {
        tollgate_status_t status = output->reserve(output, bytes);
        if (status != TOLLGATE_OK) {
            return fail(output, status, __LINE__, "the host has no room for a column of one row");
        }
    }
    memcpy(output->data, value, (size_t)bytes);
    column.size = sizeof column;
    column.element = element;
    column.bytes = bytes;
    column.rank = 1;
    column.data = output->data;
    column.shape = &rows;
    return output->commit(output, &column);
}

static tollgate_status_t call(void *made, uint32_t operation, const tollgate_block_t *input, tollgate_sink_t *output) {
    const instance_t *instance = made;
    tollgate_status_t status;
    uint32_t crc;
    if (operation != 0) {
        return fail(output, TOLLGATE_OPERATION, __LINE__, "unknown operation: the only one is checksum, with index 0");
    }
    if (!is_c_order(input)) {
        return fail(output, TOLLGATE_INPUT, __LINE__,
                    "the elements are not contiguous in C order: copy the block into C "
                    "order first");
    }
    crc = checksum(instance->init, input->data, input->bytes);
    status = commit(output, TOLLGATE_U32, &crc);
    if (status != TOLLGATE_OK) {
        return status;
    }
    return commit(output, TOLLGATE_U64, &input->bytes);
}

static void destroy(void *instance) {
    free(instance);
}

static const void *extension(const char *id) {
    (void)id;
    return NULL;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
