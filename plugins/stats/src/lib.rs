//! Descriptive statistics of a block's columns, in one pass over its memory.
//!
//! The last axis of a block is its columns, and all axes before it are rows. A block of one axis is one column.
//! NaN values are counted separately and skipped. Sums are in `f64` for all element types, so integers beyond 2^53 are
//! rounded to the nearest `f64` first.

#![forbid(unsafe_code)]

mod moments;
mod stats;

tollgate_plugin::export!(stats::Stats);
