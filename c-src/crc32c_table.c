/*
 * CRC-32C by sixteen tables ("slicing": Kounavis and Berry, "A Systematic Approach to
 * Building High Performance Software-Based CRC Generators", 2005).
 */
#include "crc32c.h"

#include "crc32c_tables.h"

/* Byte by byte, hence right for either byte order and any alignment; compilers make
   one load of it. */
static uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The contribution of 4 bytes that `after` further bytes of the same 16 follow. */
static uint32_t slice(uint32_t word, uint32_t after)
{
    return crc32c_slices[after + 3][word & 0xFF] ^ crc32c_slices[after + 2][word >> 8 & 0xFF] ^
           crc32c_slices[after + 1][word >> 16 & 0xFF] ^ crc32c_slices[after][word >> 24];
}

uint32_t sigkit_crc32c_table(uint32_t crc, const uint8_t *data, size_t len)
{
    uint32_t state = ~crc;

    while (len >= 16) {
        state = slice(load_le32(data) ^ state, 12) ^ slice(load_le32(data + 4), 8) ^
                slice(load_le32(data + 8), 4) ^ slice(load_le32(data + 12), 0);
        data += 16;
        len -= 16;
    }
    if (len >= 8) {
        state = slice(load_le32(data) ^ state, 4) ^ slice(load_le32(data + 4), 0);
        data += 8;
        len -= 8;
    }
    while (len > 0) {
        state = state >> 8 ^ crc32c_slices[0][(state ^ *data) & 0xFF];
        data++;
        len--;
    }
    return ~state;
}
