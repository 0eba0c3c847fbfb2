//! Second-order filters by the Audio EQ Cookbook, over blocks of one or several channels.
//!
//! A block of one axis is one channel. If a block has more axes, the last one is the channels. The sample rate is the
//! block's attribute `sample_rate`. Samples are computed as `f64`; an `i16` is rounded to the nearest (ties to even)
//! and saturated. The filter continues from block to block: it keeps its state until the sample rate or the number of
//! channels changes.

#![forbid(unsafe_code)]

mod biquad;
mod filter;

tollgate_plugin::export!(biquad::Biquad);
