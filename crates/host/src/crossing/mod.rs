//! What crosses a boundary, in both directions.

mod call;
pub(crate) mod cell;
mod display;
pub(crate) mod handed;
pub(crate) mod output;
#[cfg(feature = "serde")]
mod serialize;
mod typed;

pub(crate) use call::Call;
