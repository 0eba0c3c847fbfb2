//! What goes over a boundary, and what comes back.

mod call;
pub(crate) mod handed;
pub(crate) mod output;

pub(crate) use call::Call;
