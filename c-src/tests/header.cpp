// Includes only the header, as C++.
#include "sigkit.h"

static_assert(sizeof(sigkit_status) == 4, "a status has 32 bits");
static_assert(SIGKIT_ERR_NULL < 0 && SIGKIT_CRC32C_AUTO < 0, "constants are signed");
