//! Arrays of other crates, with strides: what stays in place, what is copied, and why.
//!
//! ```sh
//! cargo build -p tollgate-stats && cargo run -p tollgate --example strided [DIRECTORY-OF-PLUGINS]
//! ```

use std::error::Error;
use tollgate::{Host, Input};

/// Stands for a matrix of `nalgebra`: `as_slice`, `nrows` and `ncols` are its methods. Columns are contiguous.
struct Matrix {
    values: Vec<f64>,
    rows: usize,
    columns: usize,
}

fn show(what: &str, input: &Input<'_, f64>) {
    match input.copy_reason() {
        None => println!("{what}: in place, strides {:?}", input.block().strides()),
        Some(reason) => println!("{what}: {} bytes copied, because {reason}", input.copied_bytes()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| "target/debug".into());
    // SAFETY: the directory holds plugins that cargo built from this repository; whoever names another one trusts it.
    let host = unsafe { Host::builder().plugin_path(directory).trust_in_process() }.build();
    let mut describe = host.open("stats")?.operation("describe")?;

    // nalgebra: the first axis varies fastest.
    let matrix = Matrix {
        values: vec![1.0, 2.0, 3.0, 10.0, 20.0, 30.0],
        rows: 3,
        columns: 2,
    };
    let input = Input::column_major(&matrix.values, &[matrix.rows, matrix.columns])?;
    show("a matrix in Fortran order", &input);

    // The plugin `stats` reads C order only, and says so.
    println!("  {}", describe.call(&input).unwrap_err());
    let input = input.in_c_order()?;
    show("the same for stats", &input);
    println!("{}\n", describe.call(&input)?);

    // ndarray: `as_slice_memory_order`, `shape` and `strides` of an array or a view. This is the view [.., 1] of three
    // rows with two columns: an element every two, from the second on.
    let rows = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
    show("a column of a matrix", &Input::strided(&rows[1..], &[3], &[2])?);

    // The slice begins at the lowest address, so a view in reverse needs no other pointer.
    let reversed = Input::strided(&rows, &[6], &[-1])?;
    show("a view in reverse", &reversed);
    println!("  {:?}", reversed.block().as_slice::<f64>()?);

    // What has no slice comes from an iterator.
    show("an iterator", &Input::collect((0..6).map(f64::from), &[3, 2])?);

    // Bounds are checked, whatever the strides are.
    if let Err(error) = Input::strided(&rows, &[3, 3], &[2, 1]) {
        println!("refused: {error}");
    }
    Ok(())
}
