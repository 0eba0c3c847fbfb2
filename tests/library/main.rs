//! The library as programs use it: the host with the plugins that cargo built, and sigkit's safe binding. The tests are
//! one program, because linking each program takes as long as linking all of them. Tests that need their own process
//! are separate programs.

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
