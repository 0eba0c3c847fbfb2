//! Where plugins are searched for and which are loaded: flags first, then the environment, then `tollgate.toml`.

use super::failure::Failure;
use std::path::PathBuf;
use tollgate::{Boundary, Configuration, Host, HostBuilder, Probe};

/// In the working directory.
const CONFIGURATION: &str = "tollgate.toml";

/// In the working directory, beside the configuration.
pub(crate) const LOCK: &str = "tollgate.lock";

const BOUNDARY: &str = "TOLLGATE_BOUNDARY";

#[derive(clap::Args)]
pub(crate) struct Policy {
    /// Search this directory for plugins before those of TOLLGATE_PLUGIN_PATH, tollgate.toml and the default ones (may
    /// be repeated)
    #[arg(long, global = true, value_name = "DIR")]
    plugin_path: Vec<PathBuf>,
    /// Load only plugins that are pinned in tollgate.lock (or TOLLGATE_LOCKED=true)
    #[arg(long, global = true)]
    locked: bool,
    /// Skip the trial load of each plugin in a child process (or TOLLGATE_PROBE=false)
    #[arg(long, global = true)]
    no_probe: bool,
    /// Run plugins behind this boundary, unless PLUGIN@BOUNDARY names another (or TOLLGATE_BOUNDARY, or `boundary` in
    /// tollgate.toml) [default: c-abi]
    #[arg(long, global = true, value_name = "BOUNDARY")]
    via: Option<Boundary>,
    /// Accept files and directories that other users can write to (or TOLLGATE_ALLOW_WRITABLE=true)
    #[arg(long, global = true)]
    allow_writable: bool,
}

/// A builder of hosts that run plugins' files in this process.
#[allow(unsafe_code, reason = "it is the command's user who names the plugins")]
pub(crate) fn builder() -> HostBuilder {
    // SAFETY: the command runs the native code that its user names or has put into the searched directories, as the
    // documentation of `run` and of `--plugin-path` says. Files that other users could have written are refused.
    unsafe { Host::builder().trust_in_process() }
}

impl Policy {
    /// The host as the flags, the environment and the file configure it.
    pub(crate) fn host(&self) -> Result<Host, Failure> {
        // What the file says of itself does not count.
        let trusting = self.trusting()?;
        let configuration = Configuration::read(CONFIGURATION, trusting.unwrap_or_default())?;
        let probe = match self.no_probe {
            true => Some(false),
            false => variable("TOLLGATE_PROBE")?.or(configuration.probe),
        };
        let locked = match self.locked {
            true => Some(true),
            false => variable("TOLLGATE_LOCKED")?,
        };
        let mut builder = self
            .plugin_path
            .iter()
            .fold(builder(), HostBuilder::plugin_path)
            .default_plugin_paths()
            .configuration(configuration)
            .lock_file(LOCK)
            .probe(if probe.unwrap_or(true) {
                Probe::Always
            } else {
                Probe::Never
            });
        if let Some((boundary, set_by)) = self.via()? {
            builder = builder.boundary(boundary, set_by);
        }
        if let Some(locked) = locked {
            builder = builder.locked(locked);
        }
        if let Some(trusting) = trusting {
            builder = builder.allow_writable(trusting);
        }
        Ok(builder.build())
    }

    /// The boundary that a flag or the environment sets, and the name of what set it.
    fn via(&self) -> Result<Option<(Boundary, &'static str)>, Failure> {
        if let Some(boundary) = self.via {
            return Ok(Some((boundary, "--via")));
        }
        let name = std::env::var_os(BOUNDARY).unwrap_or_default();
        match name.to_string_lossy().as_ref() {
            "" => Ok(None),
            name => match name.parse() {
                Ok(boundary) => Ok(Some((boundary, BOUNDARY))),
                Err(error) => Err(Failure::usage(format!("{BOUNDARY} is {name:?}: {error}"))),
            },
        }
    }

    fn trusting(&self) -> Result<Option<bool>, Failure> {
        match self.allow_writable {
            true => Ok(Some(true)),
            false => variable("TOLLGATE_ALLOW_WRITABLE"),
        }
    }
}

/// An environment variable that is true or false. An empty one counts as not set.
fn variable(name: &str) -> Result<Option<bool>, Failure> {
    match std::env::var_os(name).unwrap_or_default().to_string_lossy().as_ref() {
        "" => Ok(None),
        "true" | "1" => Ok(Some(true)),
        "false" | "0" => Ok(Some(false)),
        other => Err(Failure::usage(format!("{name} is {other:?}: it must be true or false"))),
    }
}
