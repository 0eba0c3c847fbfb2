//! What crosses a boundary, in both directions.

mod call;
pub(crate) mod handed;
pub(crate) mod output;

pub(crate) use call::Call;
