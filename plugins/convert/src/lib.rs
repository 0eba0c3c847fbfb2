//! Converts a block between element types.
//!
//! Without scaling, a number keeps its value, as nearly as the new type allows:
//! - to a floating-point type: the nearest value (an `i64` beyond 2^53 is rounded in an `f64`);
//! - to an integer type: rounded to the nearest whole number, ties to even, and saturated at the type's limits.
//!
//! With `scale=full`, integers stand for the range from -1 to 1: an integer of `n` bits is divided by 2^(n-1) on the
//! way to a floating-point type and multiplied on the way back (the zero of an unsigned one is 2^(n-1), as in 8-bit
//! sound). Between integers of different size the numbers are scaled accordingly, through `f64`.
//!
//! A NaN cannot become an integer: the error names its index. The number of saturated values is logged.

#![forbid(unsafe_code)]

mod convert;
mod number;

tollgate_plugin::export!(convert::Convert);
