//! From a `Vec` to a printed table.
//!
//! ```sh
//! cargo build -p tollgate-stats && cargo run -p tollgate --example from_vec [DIRECTORY-OF-PLUGINS]
//! ```

use std::error::Error;
use tollgate::{Host, Input, Output};

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| "target/debug".into());
    // SAFETY: the directory holds plugins that cargo built from this repository; whoever names another one trusts it.
    let host = unsafe { Host::builder().plugin_path(directory).trust_in_process() }.build();
    let mut describe = host.open("stats")?.operation("describe")?;

    // One column. The Vec is read in place.
    let values = vec![1.0, 2.0, 4.0, 5.0];
    println!("{}", describe.call(&values)?);

    // Three rows of two columns with names, from a slice.
    let sunspots = [1700.0, 5.0, 1701.0, 11.0, 1702.0, 16.0];
    let input = Input::shaped(&sunspots, &[3, 2])?.with_columns(&["year", "sunspots"])?;
    let table = describe.call(&input)?;
    println!("\n{table}\n");

    // The result as typed slices, by the names of its columns.
    let means = table.column::<f64>("mean")?;
    for (name, mean) in table.texts("name")?.into_iter().zip(means) {
        println!("the mean of {name} is {mean}");
    }

    // A loop reuses the output's memory.
    let mut output = Output::new();
    for window in values.windows(2) {
        describe.call_into(window, &mut output)?;
        println!("{window:?}: {:?}", output.column::<f64>("mean")?);
    }

    // What is not there is an error that says what is.
    if let Err(error) = table.column::<f64>("median") {
        println!("{error}");
    }
    Ok(())
}
