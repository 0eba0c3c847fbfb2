/* The layout report: what a binding to the public structs must agree with. */
#include "sigkit.h"

#define STRUCT(type) {#type, NULL, NULL, sizeof(type), _Alignof(type), 0}
#define FIELD(type, field, field_type) \
    {#type, #field, #field_type, sizeof(((type *)NULL)->field), _Alignof(field_type), \
     offsetof(type, field)}

static const sigkit_layout_entry entries[] = {
    STRUCT(sigkit_moments_summary),
    FIELD(sigkit_moments_summary, count, uint64_t),
    FIELD(sigkit_moments_summary, mean, double),
    FIELD(sigkit_moments_summary, variance, double),
    FIELD(sigkit_moments_summary, sample_variance, double),
    FIELD(sigkit_moments_summary, skewness, double),
    FIELD(sigkit_moments_summary, kurtosis, double),
    FIELD(sigkit_moments_summary, min, double),
    FIELD(sigkit_moments_summary, max, double),

    STRUCT(sigkit_biquad),
    FIELD(sigkit_biquad, b0, double),
    FIELD(sigkit_biquad, b1, double),
    FIELD(sigkit_biquad, b2, double),
    FIELD(sigkit_biquad, a1, double),
    FIELD(sigkit_biquad, a2, double),
    FIELD(sigkit_biquad, z1, double),
    FIELD(sigkit_biquad, z2, double),

    STRUCT(sigkit_histogram_outside),
    FIELD(sigkit_histogram_outside, below, uint64_t),
    FIELD(sigkit_histogram_outside, above, uint64_t),
    FIELD(sigkit_histogram_outside, nan, uint64_t),

    STRUCT(sigkit_vec3),
    FIELD(sigkit_vec3, x, double),
    FIELD(sigkit_vec3, y, double),
    FIELD(sigkit_vec3, z, double),

    STRUCT(sigkit_layout_entry),
    FIELD(sigkit_layout_entry, type_name, const char *),
    FIELD(sigkit_layout_entry, field_name, const char *),
    FIELD(sigkit_layout_entry, field_type, const char *),
    FIELD(sigkit_layout_entry, size, uint64_t),
    FIELD(sigkit_layout_entry, align, uint64_t),
    FIELD(sigkit_layout_entry, offset, uint64_t),
};

#define ENTRIES ((uint32_t)(sizeof entries / sizeof entries[0]))

uint32_t sigkit_layout_count(void)
{
    return ENTRIES;
}

sigkit_status sigkit_layout(uint32_t index, sigkit_layout_entry *out)
{
    if (out == NULL) {
        return SIGKIT_ERR_NULL;
    }
    if (index >= ENTRIES) {
        return SIGKIT_ERR_KIND;
    }
    *out = entries[index];
    return SIGKIT_OK;
}
