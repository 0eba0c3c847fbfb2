//! The library as programs call it: the host with the plugins that cargo built, and sigkit's safe binding. One program,
//! since each takes as long to link as all the others; what needs a process of its own is a test program of its own.

#[path = "../support/mod.rs"]
mod support;

mod any_boundary;
mod arrow;
mod authors;
mod boundaries;
mod c_plugin;
mod calls;
mod concurrency;
mod configuration;
mod evolution;
mod filters;
mod gate;
mod hook;
mod invariants;
mod loaded_once;
mod loading;
mod owned;
mod panics;
mod preflight;
mod race;
mod sigkit_misuse;
mod sigkit_properties;
mod tiers;
