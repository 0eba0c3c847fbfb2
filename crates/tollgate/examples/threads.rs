//! A handle for each thread: no lock, and one loaded plugin.
//!
//! ```sh
//! cargo build -p tollgate-stats && cargo run -p tollgate --example threads [DIRECTORY-OF-PLUGINS]
//! ```

use std::thread;
use tollgate::{Error, Host, Output};

fn main() -> Result<(), Error> {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| "target/debug".into());
    // SAFETY: the directory holds plugins that cargo built from this repository; whoever names another one trusts it.
    let host = unsafe { Host::builder().plugin_path(directory).trust_in_process() }.build();
    let stats = host.open("stats")?;

    let values: Vec<f64> = (0..4000).map(f64::from).collect();
    let means: Vec<Result<f64, Error>> = thread::scope(|scope| {
        let threads: Vec<_> = values
            .chunks(1000)
            .map(|part| {
                let stats = &stats;
                scope.spawn(move || {
                    // The handle has an instance of its own, and returns it to the plugin's pool at the end.
                    let mut describe = stats.operation("describe")?;
                    let mut output = Output::new();
                    describe.call_into(part, &mut output)?;
                    Ok(output.column::<f64>("mean")?[0])
                })
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        // The plugin's panics are errors, so a panic here is this program's own.
        joined.map(|mean| mean.expect("the thread did not panic")).collect()
    });
    for (part, mean) in means.into_iter().enumerate() {
        println!("thread {part}: the mean is {}", mean?);
    }
    Ok(())
}
