//! The meter refuses a plugin's row that claims not to copy its payload but does. This test has no
//! harness, because measuring processes run this program again, and calls are stepped in a process with one thread.

mod support;

use std::hint::black_box;
use std::process::exit;
use support::host;
use tollgate::{Block, Output};
use tollgate_meter::{Error, Options, Report, Row, Rows};
use tollgate_platform::{Status, facilities};

/// Few enough that the C library copies them with instructions that are stepped once for 32 bytes, not with `rep
/// movsb`, which is stepped for each byte.
const COUNT: usize = 240;
const PAYLOAD: u64 = 8 * COUNT as u64;

/// The most bytes that the rows claim to copy: unoptimised code moves some structures with `memcpy`, but no
/// payload.
const CLAIMED: u64 = PAYLOAD / 2;

/// A call over the payload by an operation of the misbehaving plugin.
fn row(operation: &'static str) -> Result<Row<'static>, tollgate::Error> {
    static VALUES: [f64; COUNT] = [0.5; COUNT];
    static SHAPE: [u64; 1] = [COUNT as u64];
    let mut call = host().open("misbehaves")?.operation(operation)?;
    let mut output = Output::new();
    let body = move |x| {
        let block = Block::of(black_box(&VALUES), &SHAPE, &[]).expect("the shape is the values' length");
        x + u64::from(call.call_into(&block, &mut output).is_ok())
    };
    Ok(Row::throughput(operation, body)
        .answers(1, 2)
        .payload(PAYLOAD)
        .copied_bytes(CLAIMED))
}

fn rows() -> Result<Rows<'static>, tollgate::Error> {
    Ok(Rows::new().row(row("nothing")?).row(row("copies")?))
}

fn measured(only: &str) -> Result<Report, Error> {
    let options = Options {
        processes: 2,
        batches: 5,
        only: vec![only.to_owned()],
        ..Options::default()
    };
    tollgate_meter::run(rows().expect("the plugins lie beside this program"), &options)
}

fn main() {
    tollgate_meter::run_if_measuring(rows);
    let is_stepped = facilities()
        .iter()
        .any(|facility| facility.name == "stepper" && facility.status == Status::Supported);
    if !is_stepped {
        println!("skipped: calls cannot be stepped here, so that a copy is not seen");
        exit(0);
    }
    measured("nothing").expect("it copies no payload");
    let error = measured("copies").expect_err("it copies its payload");
    let Error::Copies { row, claimed, found } = &error else {
        panic!("{error}");
    };
    assert_eq!((row.as_str(), *claimed), ("copies", CLAIMED));
    assert!(*found >= PAYLOAD as f64, "{error}");
    println!("{error}");
}
