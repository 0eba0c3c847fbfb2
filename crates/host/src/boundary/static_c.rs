//! The boundary `static-c`: a plugin in C that is linked into the program.

use super::registered::Registered;
use crate::kind::Boundary;

pub(super) const LOADER: Registered = Registered(Boundary::StaticC);
