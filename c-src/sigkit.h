/*
 * sigkit: checksums, running moments, filters and histograms over plain memory.
 *
 * Rules that hold for every function unless its own comment says otherwise:
 *
 *   Ownership  The library keeps no pointer after a function returns. The only memory that it
 *              returns is behind the handles made by a `_create` function, and the
 *              matching `_destroy` frees it. Returned texts are static.
 *   Threads    There is no mutable global state that a caller can see. Any function
 *              may run on any thread; two calls on the same object at the same time
 *              need a lock, unless both only read it.
 *   Errors     A function that can fail returns a sigkit_status and writes its
 *              result through a pointer. When the status is negative nothing was
 *              written and no object was changed.
 *   NULL       A required pointer that is NULL gives SIGKIT_ERR_NULL. An array of no
 *              elements may be NULL.
 *   Lengths    Count elements, not bytes. A length of more than PTRDIFF_MAX bytes
 *              cannot describe an object in C; it gives SIGKIT_ERR_LENGTH where a
 *              status exists and must not be passed where none does.
 *   Arrays     Must be aligned for their element type.
 *
 * Nothing here depends on the locale. Floating point assumes rounding to nearest.
 */
#ifndef SIGKIT_H
#define SIGKIT_H

#include <stddef.h>
#include <stdint.h>

#if defined(SIGKIT_SHARED) && defined(_WIN32)
#if defined(SIGKIT_BUILDING)
#define SIGKIT_API __declspec(dllexport)
#else
#define SIGKIT_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define SIGKIT_API __attribute__((visibility("default")))
#else
#define SIGKIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ version */

#define SIGKIT_VERSION_MAJOR 0
#define SIGKIT_VERSION_MINOR 1
#define SIGKIT_VERSION_PATCH 0

/* The library's version, not the header's: major << 16 | minor << 8 | patch. */
SIGKIT_API uint32_t sigkit_version(void);

/* The same as text, "major.minor.patch". Never NULL. */
SIGKIT_API const char *sigkit_version_text(void);

/* ------------------------------------------------------------------- status */

/*
 * Zero is success, a positive value means that the caller stopped the work, a negative
 * one is an error. An enum's type differs between platforms, so functions
 * use int32_t; each enum here has a negative member, which makes its constants
 * signed for binding generators too.
 */
typedef int32_t sigkit_status;

enum {
    SIGKIT_OK = 0,
    SIGKIT_STOPPED = 1,          /* a callback asked to stop */
    SIGKIT_ERR_NULL = -1,        /* a required pointer is NULL */
    SIGKIT_ERR_LENGTH = -2,      /* a length or count is too large, or zero where it must not be */
    SIGKIT_ERR_DOMAIN = -3,      /* a number is outside of its domain, or is NaN */
    SIGKIT_ERR_OVERLAP = -4,     /* two arrays overlap in part */
    SIGKIT_ERR_MEMORY = -5,      /* memory could not be allocated */
    SIGKIT_ERR_KIND = -6,        /* no such kind, backend or index */
    SIGKIT_ERR_UNSUPPORTED = -7  /* this build or processor cannot do it */
};

/* One English phrase for a status, "unknown status" for any other value. Never NULL. */
SIGKIT_API const char *sigkit_status_text(sigkit_status status);

/* ------------------------------------------------------------------ CRC-32C */

/*
 * CRC-32C (Castagnoli) as in iSCSI: RFC 3720, section 12.1 and appendix B.4.
 * The check value of the nine bytes "123456789" is 0xE3069283.
 */

enum {
    SIGKIT_CRC32C_AUTO = -1,        /* the backend that sigkit_crc32c uses */
    SIGKIT_CRC32C_TABLE = 0,        /* sixteen tables; every processor */
    SIGKIT_CRC32C_SSE42 = 1,        /* x86-64: SSE4.2 and PCLMULQDQ, three streams */
    SIGKIT_CRC32C_AVX512 = 2,       /* x86-64: AVX-512 and VPCLMULQDQ, folding */
    SIGKIT_CRC32C_ARMV8 = 3,        /* AArch64: CRC extension, one stream */
    SIGKIT_CRC32C_ARMV8_PMULL = 4,  /* AArch64: CRC extension and PMULL, three streams */
    SIGKIT_CRC32C_BACKENDS = 5      /* their number */
};

/*
 * The CRC of some bytes and then `data[0..len]`, where `crc` is the CRC of those
 * bytes and 0 that of none: crc(crc(0, a), b) == crc(0, ab). Uses the fastest
 * backend that the processor has, chosen at the first call.
 * len 0, or data NULL, returns crc. len must not exceed PTRDIFF_MAX. Any alignment.
 */
SIGKIT_API uint32_t sigkit_crc32c(uint32_t crc, const void *data, size_t len);

/*
 * The same with a named backend; every backend gives the same values.
 * SIGKIT_ERR_KIND: no such backend. SIGKIT_ERR_UNSUPPORTED: it does not run here.
 * SIGKIT_ERR_NULL: out is NULL, or data is NULL and len is not 0.
 */
SIGKIT_API sigkit_status sigkit_crc32c_with(int32_t backend, uint32_t crc, const void *data,
                                            size_t len, uint32_t *out);

/*
 * The CRC of a then b from the CRC of each and b's length in bytes (any uint64_t),
 * for parts that were computed separately. Takes a few microseconds at most.
 */
SIGKIT_API uint32_t sigkit_crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t len_b);

/* 1 if this build has the backend and the processor can run it; 0 otherwise and for
   an unknown number. SIGKIT_CRC32C_AUTO gives 1. */
SIGKIT_API int32_t sigkit_crc32c_available(int32_t backend);

/* The backend that sigkit_crc32c uses; never SIGKIT_CRC32C_AUTO. */
SIGKIT_API int32_t sigkit_crc32c_chosen(void);

/* A backend's name ("table", "sse4.2", ...), "unknown" for any other number. Never NULL. */
SIGKIT_API const char *sigkit_crc32c_name(int32_t backend);

/* ---------------------------------------------------------- running moments */

/*
 * Count, mean, variance, skewness, kurtosis and extremes of a sequence that need not
 * be kept. Update and merge formulas: Pebay, "Formulas for Robust, One-Pass Parallel
 * Computation of Covariances and Arbitrary-Order Statistical Moments", SAND2008-6212.
 *
 * NaN and infinities follow NumPy:
 *   a NaN           mean, both variances, skewness, kurtosis, min and max are NaN;
 *   infinities      min and max are right; the mean is that infinity, or NaN if both
 *                   signs occurred; the rest is NaN.
 * They count as values. The order of the values does not matter to these rules.
 *
 * Values beyond about 1e75 overflow the fourth moment, beyond 1e100 the third, beyond
 * 1e150 the second, beyond 1e300 the mean: an overflow reads as infinity or NaN.
 * Spreads below about 1e-72 underflow the fourth moment, below 1e-97 the third: kurtosis
 * and skewness then read as NaN.
 *
 * Rounding errors do not grow with the distance of the data from zero; moments.c states
 * the bound.
 */
typedef struct sigkit_moments sigkit_moments;

typedef struct sigkit_moments_summary {
    uint64_t count;          /* values pushed, NaNs included */
    double mean;             /* NaN if there is no value */
    double variance;         /* of a population: divided by n. NaN if there is no value */
    double sample_variance;  /* divided by n - 1. NaN below two values */
    double skewness;         /* m3 / m2^1.5 (biased, scipy.stats.skew's default) */
    double kurtosis;         /* excess, m4 / m2^2 - 3 (Fisher, biased, scipy.stats.kurtosis' default) */
    double min;              /* NaN if there is no value */
    double max;              /* NaN if there is no value */
} sigkit_moments_summary;
/* Skewness and kurtosis are NaN if all values are equal except for rounding:
   variance <= (1e-15 * mean)^2, SciPy's rule. */

/* A new, empty accumulator in *out. SIGKIT_ERR_NULL, SIGKIT_ERR_MEMORY. */
SIGKIT_API sigkit_status sigkit_moments_create(sigkit_moments **out);

/* Frees the accumulator. NULL is allowed and does nothing. */
SIGKIT_API void sigkit_moments_destroy(sigkit_moments *moments);

/* Makes it empty again. SIGKIT_ERR_NULL. */
SIGKIT_API sigkit_status sigkit_moments_reset(sigkit_moments *moments);

/* Adds one value. SIGKIT_ERR_NULL; SIGKIT_ERR_LENGTH if the count would pass 2^64 - 1. */
SIGKIT_API sigkit_status sigkit_moments_push(sigkit_moments *moments, double value);

/*
 * Adds n values: much faster than n single pushes, and more accurate. The results of
 * the two agree within rounding, not bit for bit.
 * SIGKIT_ERR_NULL: moments is NULL, or values is NULL and n is not 0.
 * SIGKIT_ERR_LENGTH: n * 8 exceeds PTRDIFF_MAX, or the count would pass 2^64 - 1.
 */
SIGKIT_API sigkit_status sigkit_moments_push_block(sigkit_moments *moments, const double *values,
                                                   size_t n);

/*
 * Adds all values of `from` to `into`, as if they had been pushed. `from`
 * is unchanged. It may be `into` itself, which then counts every value twice.
 * SIGKIT_ERR_NULL; SIGKIT_ERR_LENGTH if the count would pass 2^64 - 1.
 */
SIGKIT_API sigkit_status sigkit_moments_merge(sigkit_moments *into, const sigkit_moments *from);

/* Writes the summary of the values so far to the caller's struct. SIGKIT_ERR_NULL. */
SIGKIT_API sigkit_status sigkit_moments_read(const sigkit_moments *moments,
                                             sigkit_moments_summary *out);

/* ------------------------------------------------------------ biquad filter */

/*
 * A second-order section in transposed direct form II, the form of
 * scipy.signal.lfilter:
 *     y = b0 x + z1;   z1 = b1 x + z2 - a1 y;   z2 = b2 x - a2 y
 * The caller owns the struct and may copy it; it owns nothing. The coefficients may
 * also be set by hand (a0 is 1, and z1 = z2 = 0 is the initial state). The state is not
 * flushed: set the processor's flush-to-zero mode if slow subnormals matter.
 * A NaN or infinity that enters stays in the state until sigkit_biquad_reset.
 */
typedef struct sigkit_biquad {
    double b0, b1, b2, a1, a2; /* coefficients */
    double z1, z2;             /* state */
} sigkit_biquad;

/* The kinds of the Audio EQ Cookbook (R. Bristow-Johnson; W3C Note, 8 June 2021). */
enum {
    SIGKIT_BIQUAD_NONE = -1, /* no kind; makes the constants signed */
    SIGKIT_BIQUAD_LOW_PASS = 0,
    SIGKIT_BIQUAD_HIGH_PASS = 1,
    SIGKIT_BIQUAD_BAND_PASS = 2, /* constant 0 dB peak gain */
    SIGKIT_BIQUAD_NOTCH = 3,
    SIGKIT_BIQUAD_PEAKING = 4,
    SIGKIT_BIQUAD_LOW_SHELF = 5,
    SIGKIT_BIQUAD_HIGH_SHELF = 6,
    SIGKIT_BIQUAD_KINDS = 7 /* their number */
};

/*
 * Writes a filter with zero state to *out. Frequencies in hertz; for a
 * shelf, `frequency` is its midpoint, and q sets its slope. gain_db is used by
 * PEAKING, LOW_SHELF and HIGH_SHELF and ignored by the others.
 * SIGKIT_ERR_NULL, SIGKIT_ERR_KIND; SIGKIT_ERR_DOMAIN unless all of these hold:
 * 0 < frequency < sample_rate / 2; 0 < q; each number is finite; the poles lie inside of
 * the unit circle after rounding (a frequency of 1e-12 sample rates fails at that).
 */
SIGKIT_API sigkit_status sigkit_biquad_design(sigkit_biquad *out, int32_t kind, double sample_rate,
                                              double frequency, double q, double gain_db);

/* Sets the state to zero and keeps the coefficients. SIGKIT_ERR_NULL. */
SIGKIT_API sigkit_status sigkit_biquad_reset(sigkit_biquad *filter);

/* Filters one sample. filter NULL gives NaN. */
SIGKIT_API double sigkit_biquad_sample(sigkit_biquad *filter, double x);

/*
 * Filters n samples with the same bits as n calls of sigkit_biquad_sample. in == out is
 * allowed; any other overlap gives SIGKIT_ERR_OVERLAP.
 * SIGKIT_ERR_NULL: filter is NULL, or in or out is NULL and n is not 0.
 * SIGKIT_ERR_LENGTH: n * 8 exceeds PTRDIFF_MAX.
 */
SIGKIT_API sigkit_status sigkit_biquad_block(sigkit_biquad *filter, const double *in, double *out,
                                             size_t n);

/* ---------------------------------------------------------------- histogram */

/* The limit of bins. More would not fail, but would take the memory of everything else. */
#define SIGKIT_HISTOGRAM_MAX_BINS 16777216

/*
 * Receives one bin: its index, edges and count. Non-zero stops. It runs on the calling
 * thread, may call any function of this library, and must return: leaving it by an
 * exception, an unwinding panic or longjmp leaks memory or is undefined behaviour.
 */
typedef int32_t (*sigkit_histogram_fn)(void *user, uint64_t index, double left, double right,
                                       uint64_t count);

/* Values outside of all bins. */
typedef struct sigkit_histogram_outside {
    uint64_t below; /* less than low, -infinity included */
    uint64_t above; /* greater than high, +infinity included */
    uint64_t nan;
} sigkit_histogram_outside;

/*
 * Counts n values in `bins` bins of equal width and reports every bin in ascending
 * order, empty ones too. numpy.histogram's edges: a bin holds left <= x < right, the
 * last one also x == high. *outside, if not NULL, is written before the first report.
 * n may be 0. `user` is handed to the callback and may be NULL.
 * SIGKIT_STOPPED: the callback returned non-zero; it is not called again.
 * SIGKIT_ERR_NULL: callback is NULL, or values is NULL and n is not 0.
 * SIGKIT_ERR_LENGTH: bins is 0 or more than SIGKIT_HISTOGRAM_MAX_BINS, or n * 8 exceeds
 * PTRDIFF_MAX. SIGKIT_ERR_DOMAIN: low < high does not hold, or high - low is not finite.
 * SIGKIT_ERR_MEMORY: no memory for the counts.
 */
SIGKIT_API sigkit_status sigkit_histogram(const double *values, size_t n, double low, double high,
                                          size_t bins, sigkit_histogram_fn callback, void *user,
                                          sigkit_histogram_outside *outside);

/* -------------------------------------------------------------- call shapes */

/*
 * Functions that do almost nothing, each with a different kind of signature, so that a
 * benchmark can measure what a call costs. They have no other purpose.
 */

typedef struct sigkit_vec3 {
    double x, y, z;
} sigkit_vec3;

typedef int64_t (*sigkit_apply_fn)(void *user, int64_t x);

typedef struct sigkit_counter sigkit_counter;

/* Does nothing. */
SIGKIT_API void sigkit_nop(void);

/* Returns x. */
SIGKIT_API int64_t sigkit_identity(int64_t x);

/* a + b, modulo 2^64. */
SIGKIT_API int64_t sigkit_add(int64_t a, int64_t b);

/* x + y + z of 24 bytes passed by value. */
SIGKIT_API double sigkit_vec3_sum(sigkit_vec3 v);

/* The same by pointer. NULL gives NaN. */
SIGKIT_API double sigkit_vec3_sum_at(const sigkit_vec3 *v);

/* Every component times k; 24 bytes in and out by value. */
SIGKIT_API sigkit_vec3 sigkit_vec3_scale(sigkit_vec3 v, double k);

/* The same in place. NULL does nothing. */
SIGKIT_API void sigkit_vec3_scale_at(sigkit_vec3 *v, double k);

/* First plus last element, modulo 2^64: a slice whose length does not matter. 0 if n is
   0 or values is NULL. */
SIGKIT_API int64_t sigkit_ends_i64(const int64_t *values, size_t n);

/* The sum, modulo 2^64. 0 if n is 0 or values is NULL. */
SIGKIT_API int64_t sigkit_sum_i64(const int64_t *values, size_t n);

/* The sum in order, to *out: a slice in, a status and a result out. 0 for no values.
   SIGKIT_ERR_NULL: out is NULL, or values is NULL and n is not 0. SIGKIT_ERR_LENGTH. */
SIGKIT_API sigkit_status sigkit_sum(const double *values, size_t n, double *out);

/* The number of bytes before the terminating zero byte. 0 for NULL. */
SIGKIT_API size_t sigkit_text_length(const char *text);

/* fn(user, x), the result of the callback; x if fn is NULL. The rules of
   sigkit_histogram_fn hold for fn. */
SIGKIT_API int64_t sigkit_apply(sigkit_apply_fn fn, void *user, int64_t x);

/* x = fn(user, x), `times` times: callbacks from C without a call into C for each. */
SIGKIT_API int64_t sigkit_apply_times(sigkit_apply_fn fn, void *user, int64_t x, uint64_t times);

/* The cheapest life cycle of a handle: 8 bytes that are allocated, used and freed. */
SIGKIT_API sigkit_status sigkit_counter_create(int64_t start, sigkit_counter **out);

/* Adds modulo 2^64 and returns the new value; 0 for NULL. */
SIGKIT_API int64_t sigkit_counter_add(sigkit_counter *counter, int64_t amount);

/* NULL is allowed and does nothing. */
SIGKIT_API void sigkit_counter_destroy(sigkit_counter *counter);

/* ------------------------------------------------------------ layout report */

/* The layout that this library's compiler gives a public struct or one of its fields, so that a
   binding can compare. */
typedef struct sigkit_layout_entry {
    const char *type_name;  /* the struct, without "struct" */
    const char *field_name; /* NULL for the struct itself, which stands before its fields */
    const char *field_type; /* the field's C type; NULL for the struct itself */
    uint64_t size;
    uint64_t align;
    uint64_t offset; /* 0 for the struct itself */
} sigkit_layout_entry;

/* The number of entries. */
SIGKIT_API uint32_t sigkit_layout_count(void);

/* Entry `index` to *out. SIGKIT_ERR_NULL; SIGKIT_ERR_KIND if there is no such entry. */
SIGKIT_API sigkit_status sigkit_layout(uint32_t index, sigkit_layout_entry *out);

#ifdef __cplusplus
}
#endif

#endif
