// A plugin in C++11.
#include "tollgate.h"

#include <new>

TOLLGATE_MANIFEST("{\"name\":\"counter\",\"version\":\"0\",\"abi\":1,\"panic\":\"none\","
                  "\"compiler\":\"" TOLLGATE_COMPILER "\","
                  "\"operations\":[{\"name\":\"count\",\"takes\":[\"f64\"],"
                  "\"gives\":{\"kind\":\"block\",\"element\":\"u64\"},\"state\":\"resettable\"}]}");

namespace {

struct Counter {
    uint64_t calls;
};

tollgate_status_t create(const tollgate_host_t *, const tollgate_attribute_t *, uint64_t, tollgate_sink_t *,
                         void **instance) {
    Counter *made = new (std::nothrow) Counter();
    if (made == nullptr) {
        return TOLLGATE_FAILED;
    }
    *instance = made;
    return TOLLGATE_OK;
}

tollgate_status_t call(void *instance, uint32_t, const tollgate_block_t *, tollgate_sink_t *output) {
    Counter *counter = static_cast<Counter *>(instance);
    const tollgate_status_t status = output->reserve(output, sizeof counter->calls);
    if (status != TOLLGATE_OK) {
        return status;
    }
    counter->calls += 1;
    *static_cast<uint64_t *>(output->data) = counter->calls;
    // No axes: one number.
    tollgate_block_t block = tollgate_block_t();
    block.size = sizeof block;
    block.element = TOLLGATE_U64;
    block.bytes = sizeof counter->calls;
    block.data = output->data;
    return output->commit(output, &block);
}

void destroy(void *instance) {
    delete static_cast<Counter *>(instance);
}

const void *extension(const char *) {
    return nullptr;
}

} // namespace

const tollgate_entry_t *tollgate_entry() {
    static const tollgate_entry_t entry = {sizeof entry, TOLLGATE_ABI, create, call, destroy, extension};
    return &entry;
}
