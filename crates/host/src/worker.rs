//! Workers: this program, or one that the builder names, executed again to do something that must not be done here.

use crate::{probe, validate};
use tollgate_platform::child;

/// What a worker does in a role, with the request's bytes. The process exits in the ordinary way after it.
type Work = fn(&[u8]);

/// The roles. A new one is one line here, and a function that hands its value over with `child::deliver`.
const ROLES: &[(&str, Work)] = &[(probe::ROLE, probe::work), (validate::ROLE, validate::work)];

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
    let Some(task) = child::accept(|role| ROLES.iter().any(|(name, _)| *name == role)) else {
        return;
    };
    for (name, work) in ROLES {
        if *name == task.role {
            work(&task.request);
        }
    }
    // Destructors and handlers run, those of loaded libraries too: that they can is part of what is tried.
    std::process::exit(0)
}
