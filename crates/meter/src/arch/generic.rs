//! Any other processor.

use super::Calibration;
use std::hint::black_box;

pub(crate) const CALIBRATION: Option<Calibration> = None;

#[inline(always)]
pub(crate) fn hide(value: u64) -> u64 {
    black_box(value)
}

#[inline(always)]
pub(crate) fn keep(value: u64) {
    black_box(value);
}

pub(crate) fn dependent(value: u64, rounds: u64) -> u64 {
    (0..rounds.max(1)).fold(value, |value, _| black_box(value))
}
