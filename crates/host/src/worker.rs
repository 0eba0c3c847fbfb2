//! Workers: this program, or the one that the builder names, executed as a child process for work that must not run
//! here.

use crate::boundary::probe;
use tollgate_platform::child;

/// A role of a worker: its name, and the function that handles the bytes of the request. The process exits normally
/// afterwards.
pub type Role = (&'static str, fn(&[u8]));

/// The roles of every host.
const ROLES: &[Role] = &[(probe::ROLE, probe::work)];

/// Does the work and exits, if this process was started as a worker. Otherwise returns immediately.
///
/// Call it first in `main`, before starting threads or writing output. Without it, whatever needs a worker is refused
/// with `no-worker`, unless [`HostBuilder::worker_program`](crate::HostBuilder::worker_program) names another program,
/// such as the `tollgate` command.
///
/// ```no_run
/// tollgate_host::worker::run_if_worker();
/// // the program's own work
/// ```
pub fn run_if_worker() {
    run_if_worker_in(&[]);
}

/// As [`run_if_worker`], for a program whose workers have more roles than the host's.
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
    // Destructors and exit handlers run, including those of loaded libraries: the probe tests them too.
    std::process::exit(0)
}
