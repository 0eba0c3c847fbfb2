//! Workers: this program, or one that the builder names, executed again to do something that must not be done here.

use crate::boundary::probe;
use tollgate_platform::child;

/// A role that a worker can be started in: its name, and what it does with the request's bytes. The process exits in
/// the ordinary way after it.
pub type Role = (&'static str, fn(&[u8]));

/// The roles that every host has.
const ROLES: &[Role] = &[(probe::ROLE, probe::work)];

/// In a process that was started as a worker: does its work and ends the process. In any other: returns at once.
///
/// It belongs first in `main`, before threads are started and anything is written. Without it, what needs a worker is
/// refused with `no-worker`, unless [`HostBuilder::worker_program`](crate::HostBuilder::worker_program) names another
/// program; the `tollgate` command will do.
///
/// ```no_run
/// tollgate_host::worker::run_if_worker();
/// // the program's own work
/// ```
pub fn run_if_worker() {
    run_if_worker_in(&[]);
}

/// As [`run_if_worker`], in a program whose workers have roles beside the host's.
pub fn run_if_worker_in(more: &[Role]) {
    let roles = || ROLES.iter().chain(more);
    let Some(task) = child::accept(|role| roles().any(|(name, _)| *name == role)) else {
        return;
    };
    for (name, work) in roles() {
        if *name == task.role {
            work(&task.request);
        }
    }
    // Destructors and handlers run, those of loaded libraries too: that they can is part of what is tried.
    std::process::exit(0)
}
