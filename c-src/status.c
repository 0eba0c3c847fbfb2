#include "sigkit.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

uint32_t sigkit_version(void)
{
    return (uint32_t)SIGKIT_VERSION_MAJOR << 16 | (uint32_t)SIGKIT_VERSION_MINOR << 8 |
           (uint32_t)SIGKIT_VERSION_PATCH;
}

const char *sigkit_version_text(void)
{
    return TEXT(SIGKIT_VERSION_MAJOR) "." TEXT(SIGKIT_VERSION_MINOR) "." TEXT(SIGKIT_VERSION_PATCH);
}

const char *sigkit_status_text(sigkit_status status)
{
    switch (status) {
    case SIGKIT_OK:
        return "success";
    case SIGKIT_STOPPED:
        return "stopped by the callback";
    case SIGKIT_ERR_NULL:
        return "a required pointer is NULL";
    case SIGKIT_ERR_LENGTH:
        return "a length or count is out of range";
    case SIGKIT_ERR_DOMAIN:
        return "a number is outside of its domain";
    case SIGKIT_ERR_OVERLAP:
        return "two arrays overlap in part";
    case SIGKIT_ERR_MEMORY:
        return "memory could not be allocated";
    case SIGKIT_ERR_KIND:
        return "no such kind, backend or index";
    case SIGKIT_ERR_UNSUPPORTED:
        return "not supported by this build or processor";
    default:
        return "unknown status";
    }
}
