//! A result as JSON, with the feature `serde`.
//!
//! ```sh
//! cargo build -p tollgate-stats
//! cargo run -p tollgate --features serde --example document [DIRECTORY-OF-PLUGINS]
//! ```

use std::error::Error;
use tollgate::Host;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| "target/debug".into());
    // SAFETY: the directory holds plugins that cargo built from this repository; whoever names another one trusts it.
    let host = unsafe { Host::builder().plugin_path(directory).trust_in_process() }.build();
    let stats = host.open("stats")?;
    let table = stats.operation("describe")?.call(&[1.0, 2.0, 4.0, 5.0])?;
    println!("{}", serde_json::to_string_pretty(&table)?);
    // What the plugin declares can be written too.
    let manifest = serde_json::to_value(stats.manifest())?;
    println!("rows stand for {}", manifest["operations"][0]["gives"]["rows"]);
    Ok(())
}
