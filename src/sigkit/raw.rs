//! Raw functions and structs, to measure and check the binding: what a call costs without the safe
//! wrapper, and how the structs are laid out. It is hidden because it is not an interface: it changes with sigkit,
//! without notice.
//!
//! Calling one is `unsafe`. The preconditions are those in `c-src/sigkit.h`.

pub use super::ffi::{
    SIGKIT_OK, sigkit_add, sigkit_apply, sigkit_apply_fn, sigkit_apply_times, sigkit_biquad, sigkit_biquad_block,
    sigkit_biquad_design, sigkit_biquad_sample, sigkit_counter, sigkit_counter_add, sigkit_counter_create,
    sigkit_counter_destroy, sigkit_crc32c, sigkit_ends_i64, sigkit_histogram_outside, sigkit_identity, sigkit_layout,
    sigkit_layout_count, sigkit_layout_entry, sigkit_moments_summary, sigkit_nop, sigkit_status, sigkit_sum,
    sigkit_sum_i64, sigkit_text_length, sigkit_vec3, sigkit_vec3_scale, sigkit_vec3_scale_at, sigkit_vec3_sum,
    sigkit_vec3_sum_at,
};
