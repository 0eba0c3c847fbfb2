//! A plugin that does as little as a plugin can, to measure boundaries: the price of its call is the price of the
//! crossing. The same source is in the `tollgate` command, behind `inline`.

#![forbid(unsafe_code)]

mod probe;

tollgate_plugin::export!(probe::Probe);
