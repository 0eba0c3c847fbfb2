//! What the host adds to a call: the whole call of an operation by its handle, behind `c-abi`, compared with a raw call
//! of a function pointer from `dlsym`, in one interleaved run over several processes.
//!
//! ```text
//! cargo bench --bench crossing [-- --quick]
//! ```
//!
//! It only reports; `tests/instructions.rs` checks the ceilings, in instructions.

use std::error::Error;
use std::path::PathBuf;
use tollgate::{Block, Host, Output};
use tollgate_meter::{Mode, Options, Row, RowReport, Rows, run, run_if_measuring};
use tollgate_platform::dylib;

type Increment = unsafe extern "C" fn(u64) -> u64;

const RAW: &str = "raw call of a dlsym pointer";
const EMPTY: &str = "the host's call of an empty operation";
const DATA: &str = "the host's call that scales 8 bytes";

fn main() -> Result<(), Box<dyn Error>> {
    run_if_measuring(rows);
    let quick = std::env::args().any(|argument| argument == "--quick");
    let options = if quick { Options::quick() } else { Options::default() };
    let report = run(rows()?, &options)?;
    println!("{report}");
    let price = |name: &str| {
        let row = report
            .rows
            .iter()
            .find(|row| row.row == name && row.mode == Mode::Throughput);
        row.map(|row: &RowReport| row.ns.min)
            .ok_or_else(|| format!("there is no row {name:?}"))
    };
    let (raw, host) = (price(RAW)?, price(EMPTY)?);
    println!(
        "The host's whole call of an empty operation costs {:.2} ns more than the raw call, {:.2} times as much \
            ({host:.2} and {raw:.2} ns, minima).",
        host - raw,
        host / raw
    );
    Ok(())
}

fn directory() -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    Ok(program.parent().ok_or("an executable lies in a directory")?.to_owned())
}

fn rows() -> Result<Rows<'static>, Box<dyn Error>> {
    let directory = directory()?;
    // SAFETY: the directory is the one that cargo built this workspace's plugins into.
    let host = unsafe { Host::builder().plugin_path(&directory).trust_in_process() }.build();
    let plugin = host.open("misbehaves")?.config("factor=1")?;
    // SAFETY: the fixture is this workspace's own and has no constructors of its own.
    let library = unsafe { dylib::open(&directory.join(dylib::file_name("no_entry"))) }?;
    // It is never closed: the function pointer outlives this function.
    let library = Box::leak(Box::new(library));
    // SAFETY: the fixture exports the function with this type.
    let increment: Increment = *unsafe { library.get::<Increment>("increment") }?;
    // SAFETY: the function has no precondition, and its library is never closed.
    let raw = move |x| unsafe { increment(x) };
    let address = increment as usize;

    static VALUES: [f64; 1] = [1.0];
    let input = || Block::of(&VALUES, &[1], &[]);

    let (mut nothing, mut output) = (plugin.operation("nothing")?, Output::new());
    let block = input()?;
    let empty = move |x: u64| match nothing.call_into(&block, &mut output) {
        Ok(()) => x + 1,
        Err(_) => 0,
    };

    let (mut scale, mut output) = (plugin.operation("scale")?, Output::new());
    let mut value = [1.0_f64];
    let data = move |x: u64| {
        value[0] = x as f64;
        let block = Block::of(&value, &[1], &[]).expect("one value has this shape");
        match scale.call_into(&block, &mut output) {
            Ok(()) => output
                .block()
                .map_or(0, |block| block.as_slice::<f64>().map_or(0, |values| values[0] as u64)),
            Err(_) => 0,
        }
    };
    Ok(Rows::new()
        .row(Row::latency(RAW, raw).answers(1, 2).callee("increment", address))
        .row(Row::throughput(RAW, raw).answers(1, 2).callee("increment", address))
        .row(Row::throughput(EMPTY, empty).answers(1, 2).boundary("c-abi"))
        .row(Row::latency(DATA, data).answers(7, 7).boundary("c-abi").payload(8)))
}
