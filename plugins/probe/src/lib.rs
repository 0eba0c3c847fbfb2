//! A plugin that does as little as a plugin can: what a call of it costs is the crossing, and what is measured with it
//! is the boundary. The same source stands in the `tollgate` command, behind `inline`.

#![forbid(unsafe_code)]

mod probe;

tollgate_plugin::export!(probe::Probe);
