//! A program that embeds the host: it finds `stats` in the directory that it is given, calls it behind both tiers, and
//! checks what it says.

use std::error::Error;
use tollgate::{Boundary, Host, Probe, worker};

const VALUES: [f64; 4] = [1.0, 2.0, 3.0, 6.0];

fn main() -> Result<(), Box<dyn Error>> {
    worker::run_if_worker();
    let directory = std::env::args_os().nth(1).ok_or("usage: embed DIRECTORY-OF-PLUGINS")?;
    let builder = Host::builder().plugin_path(directory);
    let builder = builder.probe(Probe::Always).probe_cache(None);
    // SAFETY: whoever runs this program names a directory of plugins that cargo built from this repository.
    let host = unsafe { builder.trust_in_process() }.build();
    let stats = host.open("stats")?;
    for boundary in [Boundary::CAbi, Boundary::StableAbi] {
        let mut describe = stats.clone().behind(boundary)?.operation("describe")?;
        let table = describe.call(&VALUES)?;
        match table.column::<f64>("mean")? {
            [mean] if *mean == 3.0 => println!("stats behind {boundary}: the mean is {mean}"),
            other => return Err(format!("stats behind {boundary} gives the means {other:?}, not 3").into()),
        }
    }
    Ok(())
}
