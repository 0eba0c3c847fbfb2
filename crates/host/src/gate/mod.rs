//! The gate: bytes become an [`Artifact`]. None of the plugin's code runs here.

pub(crate) mod artifact;
pub(crate) mod candidate;
pub(crate) mod pin;
pub(crate) mod preflight;
pub(crate) mod search;
pub(crate) mod step;
pub(crate) mod trusted;

pub use artifact::Artifact;
