/* Operations that commit what does not fit. Each but the last hands on the status that the sink gives it. */
#include "stubs.h"

#define GIVES "\",\"takes\":[\"f64\"],\"gives\":{\"kind\":\"block\",\"element\":\"f64\"}}"
#define GIVES_ANY "\",\"takes\":[\"f64\"],\"gives\":{\"kind\":\"block\",\"element\":\"any\"}}"

TOLLGATE_MANIFEST("{\"name\":\"commits\",\"version\":\"0\",\"abi\":1,\"panic\":\"none\",\"operations\":["
                  "{\"name\":\"what_fits" GIVES ",{\"name\":\"other_data" GIVES ",{\"name\":\"past_the_room" GIVES
                  ",{\"name\":\"with_strides" GIVES ",{\"name\":\"too_few_bytes" GIVES
                  ",{\"name\":\"too_many_bytes" GIVES ",{\"name\":\"other_data_and_says_ok" GIVES
                  ",{\"name\":\"a_bool_of_7" GIVES_ANY ",{\"name\":\"a_text_of_ff" GIVES_ANY
                  ",{\"name\":\"bools" GIVES_ANY ",{\"name\":\"a_text" GIVES_ANY "]}");

enum {
    WHAT_FITS,
    OTHER_DATA,
    PAST_THE_ROOM,
    WITH_STRIDES,
    TOO_FEW_BYTES,
    TOO_MANY_BYTES,
    OTHER_DATA_AND_SAYS_OK,
    A_BOOL_OF_7,
    A_TEXT_OF_FF,
    BOOLS,
    A_TEXT
};

static tollgate_status_t call(void *instance, uint32_t operation, const tollgate_block_t *input,
                              tollgate_sink_t *output) {
    static const double other[2] = {3.0, 4.0};
    static const int64_t strides[1] = {8};
    uint64_t shape[1] = {2};
    tollgate_block_t block = {0};
    double *room;
    tollgate_status_t status = output->reserve(output, sizeof other);
    (void)instance;
    (void)input;
    if (status != TOLLGATE_OK) {
        return status;
    }
    room = output->data;
    room[0] = 1.0;
    room[1] = 2.0;
    block.size = sizeof block;
    block.element = TOLLGATE_F64;
    block.bytes = sizeof other;
    block.rank = 1;
    block.data = room;
    block.shape = shape;
    switch (operation) {
    case OTHER_DATA:
    case OTHER_DATA_AND_SAYS_OK:
        block.data = other;
        break;
    case PAST_THE_ROOM:
        shape[0] = output->capacity / 8 + 1;
        block.bytes = shape[0] * 8;
        break;
    case WITH_STRIDES:
        block.strides = strides;
        break;
    case TOO_FEW_BYTES:
        block.bytes = 8;
        break;
    case TOO_MANY_BYTES:
        shape[0] = 1;
        break;
    case A_BOOL_OF_7:
    case BOOLS:
        block.element = TOLLGATE_BOOL;
        shape[0] = block.bytes = 2;
        ((uint8_t *)output->data)[0] = 1;
        ((uint8_t *)output->data)[1] = operation == BOOLS ? 0 : 7;
        break;
    case A_TEXT_OF_FF:
    case A_TEXT:
        block.element = TOLLGATE_TEXTS;
        shape[0] = block.bytes = 2;
        ((uint8_t *)output->data)[0] = operation == A_TEXT ? 'a' : 0xff;
        ((uint8_t *)output->data)[1] = 0;
        break;
    default:
        break;
    }
    status = output->commit(output, &block);
    return operation == OTHER_DATA_AND_SAYS_OK ? TOLLGATE_OK : status;
}

const tollgate_entry_t *tollgate_entry(void) {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
