// Generated from c-src/sigkit.h by `cargo xtask codegen`, through bindgen: change the header and run that, not this
// file. The header documents every item.

pub const SIGKIT_VERSION_MAJOR: u32 = 0;
pub const SIGKIT_VERSION_MINOR: u32 = 1;
pub const SIGKIT_VERSION_PATCH: u32 = 0;
pub const SIGKIT_HISTOGRAM_MAX_BINS: u32 = 16777216;
pub type sigkit_status = i32;
pub const SIGKIT_OK: _bindgen_ty_1 = 0;
pub const SIGKIT_STOPPED: _bindgen_ty_1 = 1;
pub const SIGKIT_ERR_NULL: _bindgen_ty_1 = -1;
pub const SIGKIT_ERR_LENGTH: _bindgen_ty_1 = -2;
pub const SIGKIT_ERR_DOMAIN: _bindgen_ty_1 = -3;
pub const SIGKIT_ERR_OVERLAP: _bindgen_ty_1 = -4;
pub const SIGKIT_ERR_MEMORY: _bindgen_ty_1 = -5;
pub const SIGKIT_ERR_KIND: _bindgen_ty_1 = -6;
pub const SIGKIT_ERR_UNSUPPORTED: _bindgen_ty_1 = -7;
pub type _bindgen_ty_1 = ::core::ffi::c_int;
pub const SIGKIT_CRC32C_AUTO: _bindgen_ty_2 = -1;
pub const SIGKIT_CRC32C_TABLE: _bindgen_ty_2 = 0;
pub const SIGKIT_CRC32C_SSE42: _bindgen_ty_2 = 1;
pub const SIGKIT_CRC32C_AVX512: _bindgen_ty_2 = 2;
pub const SIGKIT_CRC32C_ARMV8: _bindgen_ty_2 = 3;
pub const SIGKIT_CRC32C_ARMV8_PMULL: _bindgen_ty_2 = 4;
pub const SIGKIT_CRC32C_BACKENDS: _bindgen_ty_2 = 5;
pub type _bindgen_ty_2 = ::core::ffi::c_int;
#[repr(C)]
#[derive(Debug)]
pub struct sigkit_moments {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct sigkit_moments_summary {
    pub count: u64,
    pub mean: f64,
    pub variance: f64,
    pub sample_variance: f64,
    pub skewness: f64,
    pub kurtosis: f64,
    pub min: f64,
    pub max: f64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct sigkit_biquad {
    pub b0: f64,
    pub b1: f64,
    pub b2: f64,
    pub a1: f64,
    pub a2: f64,
    pub z1: f64,
    pub z2: f64,
}
pub const SIGKIT_BIQUAD_NONE: _bindgen_ty_3 = -1;
pub const SIGKIT_BIQUAD_LOW_PASS: _bindgen_ty_3 = 0;
pub const SIGKIT_BIQUAD_HIGH_PASS: _bindgen_ty_3 = 1;
pub const SIGKIT_BIQUAD_BAND_PASS: _bindgen_ty_3 = 2;
pub const SIGKIT_BIQUAD_NOTCH: _bindgen_ty_3 = 3;
pub const SIGKIT_BIQUAD_PEAKING: _bindgen_ty_3 = 4;
pub const SIGKIT_BIQUAD_LOW_SHELF: _bindgen_ty_3 = 5;
pub const SIGKIT_BIQUAD_HIGH_SHELF: _bindgen_ty_3 = 6;
pub const SIGKIT_BIQUAD_KINDS: _bindgen_ty_3 = 7;
pub type _bindgen_ty_3 = ::core::ffi::c_int;
pub type sigkit_histogram_fn = ::core::option::Option<
    unsafe extern "C" fn(user: *mut ::core::ffi::c_void, index: u64, left: f64, right: f64, count: u64) -> i32,
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct sigkit_histogram_outside {
    pub below: u64,
    pub above: u64,
    pub nan: u64,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct sigkit_vec3 {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}
pub type sigkit_apply_fn = ::core::option::Option<unsafe extern "C" fn(user: *mut ::core::ffi::c_void, x: i64) -> i64>;
#[repr(C)]
#[derive(Debug)]
pub struct sigkit_counter {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct sigkit_layout_entry {
    pub type_name: *const ::core::ffi::c_char,
    pub field_name: *const ::core::ffi::c_char,
    pub field_type: *const ::core::ffi::c_char,
    pub size: u64,
    pub align: u64,
    pub offset: u64,
}
unsafe extern "C" {
    pub safe fn sigkit_version() -> u32;
    pub safe fn sigkit_version_text() -> *const ::core::ffi::c_char;
    pub safe fn sigkit_status_text(status: sigkit_status) -> *const ::core::ffi::c_char;
    pub fn sigkit_crc32c(crc: u32, data: *const ::core::ffi::c_void, len: usize) -> u32;
    pub fn sigkit_crc32c_with(
        backend: i32,
        crc: u32,
        data: *const ::core::ffi::c_void,
        len: usize,
        out: *mut u32,
    ) -> sigkit_status;
    pub safe fn sigkit_crc32c_combine(crc_a: u32, crc_b: u32, len_b: u64) -> u32;
    pub safe fn sigkit_crc32c_available(backend: i32) -> i32;
    pub safe fn sigkit_crc32c_chosen() -> i32;
    pub safe fn sigkit_crc32c_name(backend: i32) -> *const ::core::ffi::c_char;
    pub fn sigkit_moments_create(out: *mut *mut sigkit_moments) -> sigkit_status;
    pub fn sigkit_moments_destroy(moments: *mut sigkit_moments);
    pub fn sigkit_moments_reset(moments: *mut sigkit_moments) -> sigkit_status;
    pub fn sigkit_moments_push(moments: *mut sigkit_moments, value: f64) -> sigkit_status;
    pub fn sigkit_moments_push_block(moments: *mut sigkit_moments, values: *const f64, n: usize) -> sigkit_status;
    pub fn sigkit_moments_merge(into: *mut sigkit_moments, from: *const sigkit_moments) -> sigkit_status;
    pub fn sigkit_moments_read(moments: *const sigkit_moments, out: *mut sigkit_moments_summary) -> sigkit_status;
    pub fn sigkit_biquad_design(
        out: *mut sigkit_biquad,
        kind: i32,
        sample_rate: f64,
        frequency: f64,
        q: f64,
        gain_db: f64,
    ) -> sigkit_status;
    pub fn sigkit_biquad_reset(filter: *mut sigkit_biquad) -> sigkit_status;
    pub fn sigkit_biquad_sample(filter: *mut sigkit_biquad, x: f64) -> f64;
    pub fn sigkit_biquad_block(filter: *mut sigkit_biquad, in_: *const f64, out: *mut f64, n: usize) -> sigkit_status;
    pub fn sigkit_histogram(
        values: *const f64,
        n: usize,
        low: f64,
        high: f64,
        bins: usize,
        callback: sigkit_histogram_fn,
        user: *mut ::core::ffi::c_void,
        outside: *mut sigkit_histogram_outside,
    ) -> sigkit_status;
    pub safe fn sigkit_nop();
    pub safe fn sigkit_identity(x: i64) -> i64;
    pub safe fn sigkit_add(a: i64, b: i64) -> i64;
    pub safe fn sigkit_vec3_sum(v: sigkit_vec3) -> f64;
    pub fn sigkit_vec3_sum_at(v: *const sigkit_vec3) -> f64;
    pub safe fn sigkit_vec3_scale(v: sigkit_vec3, k: f64) -> sigkit_vec3;
    pub fn sigkit_vec3_scale_at(v: *mut sigkit_vec3, k: f64);
    pub fn sigkit_ends_i64(values: *const i64, n: usize) -> i64;
    pub fn sigkit_sum_i64(values: *const i64, n: usize) -> i64;
    pub fn sigkit_sum(values: *const f64, n: usize, out: *mut f64) -> sigkit_status;
    pub fn sigkit_text_length(text: *const ::core::ffi::c_char) -> usize;
    pub fn sigkit_apply(fn_: sigkit_apply_fn, user: *mut ::core::ffi::c_void, x: i64) -> i64;
    pub fn sigkit_apply_times(fn_: sigkit_apply_fn, user: *mut ::core::ffi::c_void, x: i64, times: u64) -> i64;
    pub fn sigkit_counter_create(start: i64, out: *mut *mut sigkit_counter) -> sigkit_status;
    pub fn sigkit_counter_add(counter: *mut sigkit_counter, amount: i64) -> i64;
    pub fn sigkit_counter_destroy(counter: *mut sigkit_counter);
    pub safe fn sigkit_layout_count() -> u32;
    pub fn sigkit_layout(index: u32, out: *mut sigkit_layout_entry) -> sigkit_status;
}
