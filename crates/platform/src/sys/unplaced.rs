//! Platforms without CPU affinity.

use crate::Status;
use crate::affinity::Error;

const NO_AFFINITY: &str = "only the back ends of Linux and Windows set the CPU affinity";
const NO_CORES: &str = "only the back ends of Linux and Windows report which CPUs share a core";

pub(crate) const AFFINITY_STATUS: Status = Status::Unsupported(NO_AFFINITY);

pub(crate) fn current_cpu() -> Result<usize, Error> {
    Err(Error::Unsupported(NO_AFFINITY))
}

pub(crate) fn allowed_cpus() -> Result<Vec<usize>, Error> {
    Err(Error::Unsupported(NO_AFFINITY))
}

pub(crate) fn allow(_cpus: &[usize]) -> Result<(), Error> {
    Err(Error::Unsupported(NO_AFFINITY))
}

pub(crate) fn cores_status() -> Status {
    Status::Unsupported(NO_CORES)
}

pub(crate) fn cores() -> Result<Vec<Vec<usize>>, Error> {
    Err(Error::Unsupported(NO_CORES))
}
