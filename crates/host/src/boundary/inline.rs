//! The boundary `inline`: a plugin in Rust that is part of the program.

use super::registered::Registered;
use crate::kind::Boundary;

pub(super) const LOADER: Registered = Registered(Boundary::Inline);
